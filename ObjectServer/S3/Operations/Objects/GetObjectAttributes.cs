using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectAttributes)]
internal sealed class GetObjectAttributes(ObjectReader objects, S3OperationOptions options) : S3Operation
{
    private const int MaxParts = 1000;

    [Flags]
    private enum Attributes
    {
        None = 0,
        ETag = 1,
        Checksum = 2,
        ObjectParts = 4,
        StorageClass = 8,
        ObjectSize = 16,
    }

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var wanted = Wanted(context);
        var marker = Parameters.Marker("x-amz-part-number-marker", context.Header("x-amz-part-number-marker"));
        var maxParts = context.Header("x-amz-max-parts") is { Length: > 0 } text ? Math.Min(Parameters.Marker("x-amz-max-parts", text), MaxParts) : MaxParts;

        var opened = await objects.OpenAsync(ObjectAnswer.Request(context, options) with { AsksOnly = true }, ct);
        if (!opened.IsOk)
        {
            await context.SendFailureAsync(opened.Failure, ct);
            return;
        }

        using var handle = opened.Value;
        PartPage? parts = null;
        if (wanted.HasFlag(Attributes.ObjectParts) && handle.Info.PartCount > 0)
            parts = await handle.ListPartsAsync(marker, maxParts, ct);

        context.Response.Headers.LastModified = Timestamps.HttpDate(handle.Info.LastModified);
        Answers.SetVersion(context, handle.Info.Versioning, handle.Info.VersionId);
        await context.SendXmlAsync(StatusCodes.Status200OK, (handle.Info, wanted, parts, marker, maxParts), Write, ct);
    }

    private static Attributes Wanted(S3RequestContext context)
    {
        var header = context.Header("x-amz-object-attributes");
        if (string.IsNullOrEmpty(header))
            throw new S3Exception(S3ErrorCode.InvalidRequest, "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty");

        var wanted = Attributes.None;
        foreach (var name in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            wanted |= name switch
            {
                "ETag" => Attributes.ETag,
                "Checksum" => Attributes.Checksum,
                "ObjectParts" => Attributes.ObjectParts,
                "StorageClass" => Attributes.StorageClass,
                "ObjectSize" => Attributes.ObjectSize,
                _ => throw new S3Exception(Invalid.Argument("x-amz-object-attributes", name, "Invalid attribute name specified.")),
            };
        }

        return wanted;
    }

    private static void Write(IBufferWriter<byte> output, (ObjectInfo Info, Attributes Wanted, PartPage? Parts, int Marker, int MaxParts) state)
    {
        var (info, wanted, parts, marker, maxParts) = state;
        var xml = new XmlBuilder(output);
        xml.Begin("GetObjectAttributesResponse"u8);
        // Here, and only here, S3 writes the ETag without quotes.
        if (wanted.HasFlag(Attributes.ETag))
            xml.Element("ETag"u8, info.ETag);
        if (wanted.HasFlag(Attributes.Checksum) && info.Checksum is not null)
        {
            xml.Open("Checksum"u8);
            ChecksumNames.Write(ref xml, info.Checksum, withType: true);
            xml.Close("Checksum"u8);
        }

        if (parts is not null)
            WriteParts(ref xml, parts, marker, maxParts);
        if (wanted.HasFlag(Attributes.StorageClass))
            xml.Element("StorageClass"u8, info.StorageClass ?? StorageClasses.Standard);
        if (wanted.HasFlag(Attributes.ObjectSize))
            xml.Element("ObjectSize"u8, info.LengthBytes);
        xml.Close("GetObjectAttributesResponse"u8);
        xml.Complete();
    }

    private static void WriteParts(ref XmlBuilder xml, PartPage page, int marker, int maxParts)
    {
        xml.Open("ObjectParts"u8);
        xml.Element("PartsCount"u8, page.TotalParts);
        xml.Element("PartNumberMarker"u8, marker);
        if (page.NextMarker is { } next)
            xml.Element("NextPartNumberMarker"u8, next);
        xml.Element("MaxParts"u8, maxParts);
        xml.Element("IsTruncated"u8, page.NextMarker is not null);
        foreach (var part in page.Parts)
        {
            xml.Open("Part"u8);
            xml.Element("PartNumber"u8, part.PartNumber);
            xml.Element("Size"u8, part.LengthBytes);
            ChecksumNames.Write(ref xml, part.Checksum, withType: false);
            xml.Close("Part"u8);
        }

        xml.Close("ObjectParts"u8);
    }
}
