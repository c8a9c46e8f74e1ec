using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.ListParts)]
internal sealed class ListParts(UploadLister uploads, IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var request = new ListPartsRequest
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            UploadId = Parameters.UploadId(context),
            PartNumberMarker = Parameters.Marker("part-number-marker", context.Query["part-number-marker"]),
            MaxParts = Parameters.PageSize(context, "max-parts"),
        };
        var urlEncoded = Parameters.UrlEncoding(context);
        var page = await uploads.ListPartsAsync(request, ct);
        if (!page.IsOk)
        {
            await context.SendFailureAsync(page.Failure, ct);
            return;
        }

        Answers.SetAbort(context, page.Value.Upload.Abort);
        await context.SendXmlAsync(StatusCodes.Status200OK, (request, page.Value, urlEncoded, context.Principal, identities), Write, ct);
    }

    private static void Write(IBufferWriter<byte> output, (ListPartsRequest Request, UploadPartPage Page, bool UrlEncoded, Principal Principal, IIdentities Identities) state)
    {
        var (request, page, urlEncoded, principal, identities) = state;
        var xml = new XmlBuilder(output);
        xml.Begin("ListPartsResult"u8);
        xml.Element("Bucket"u8, request.Bucket);
        xml.Name("Key"u8, request.Key, urlEncoded);
        xml.Element("UploadId"u8, request.UploadId);
        Answers.WriteInitiator(ref xml, page.Upload, principal, identities);
        Answers.WriteOwner(ref xml, page.Upload, principal, identities);
        xml.Element("StorageClass"u8, page.Upload.StorageClass ?? StorageClasses.Standard);
        xml.Element("PartNumberMarker"u8, request.PartNumberMarker);
        if (page.NextPartNumberMarker is { } next)
            xml.Element("NextPartNumberMarker"u8, next);
        xml.Element("MaxParts"u8, request.MaxParts);
        xml.Element("IsTruncated"u8, page.NextPartNumberMarker is not null);
        if (page.Upload.ChecksumAlgorithm != ChecksumAlgorithm.None)
        {
            xml.Element("ChecksumAlgorithm"u8, ChecksumNames.Name(page.Upload.ChecksumAlgorithm));
            xml.Element("ChecksumType"u8, ChecksumNames.TypeName(page.Upload.ChecksumType));
        }

        foreach (var part in page.Parts)
        {
            xml.Open("Part"u8);
            xml.Element("PartNumber"u8, part.PartNumber);
            xml.Element("LastModified"u8, part.LastModified);
            xml.ETag(part.ETag);
            xml.Element("Size"u8, part.LengthBytes);
            ChecksumNames.Write(ref xml, part.Checksum, withType: false);
            xml.Close("Part"u8);
        }

        xml.Close("ListPartsResult"u8);
        xml.Complete();
    }
}
