using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.ListObjectVersions)]
internal sealed class ListObjectVersions(VersionLister versions) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var request = new ListVersionsRequest
        {
            Bucket = context.Bucket!,
            Prefix = context.Query["prefix"] ?? "",
            Delimiter = Parameters.Optional(context, "delimiter"),
            KeyMarker = Parameters.Optional(context, "key-marker"),
            VersionIdMarker = Parameters.Optional(context, "version-id-marker"),
            MaxKeys = Parameters.PageSize(context, "max-keys"),
            WithRestores = ListingFields.WantsRestores(context),
        };
        if (request.VersionIdMarker is not null && request.KeyMarker is null)
            throw new S3Exception(Invalid.Argument("version-id-marker", request.VersionIdMarker, "A version-id marker cannot be specified without a key marker."));

        var urlEncoded = Parameters.UrlEncoding(context);
        var page = await versions.ListAsync(request, ct);
        if (page.IsOk)
            await context.SendXmlAsync(StatusCodes.Status200OK, (request, page.Value, urlEncoded, context.Principal), Write, ct);
        else
            await context.SendFailureAsync(page.Failure, ct);
    }

    private static void Write(IBufferWriter<byte> output, (ListVersionsRequest Request, VersionPage Page, bool UrlEncoded, Principal Principal) state)
    {
        var (request, page, urlEncoded, principal) = state;
        var xml = new XmlBuilder(output);
        xml.Begin("ListVersionsResult"u8);
        xml.Element("Name"u8, request.Bucket);
        xml.Name("Prefix"u8, request.Prefix, urlEncoded);
        xml.Name("KeyMarker"u8, request.KeyMarker, urlEncoded);
        xml.Element("VersionIdMarker"u8, request.VersionIdMarker);
        if (page.NextKeyMarker is not null)
        {
            xml.Name("NextKeyMarker"u8, page.NextKeyMarker, urlEncoded);
            xml.Optional("NextVersionIdMarker"u8, page.NextVersionIdMarker);
        }

        ListingFields.WriteEcho(ref xml, request.MaxKeys, request.Delimiter, urlEncoded, page.IsTruncated);
        foreach (var version in page.Versions)
            WriteVersion(ref xml, version, urlEncoded, principal);
        Answers.WritePrefixes(ref xml, page.CommonPrefixes, urlEncoded);
        xml.Close("ListVersionsResult"u8);
        xml.Complete();
    }

    private static void WriteVersion(ref XmlBuilder xml, in ListedVersion version, bool urlEncoded, Principal principal)
    {
        xml.Open(version.IsDeleteMarker ? "DeleteMarker"u8 : "Version"u8);
        xml.Name("Key"u8, version.Key, urlEncoded);
        xml.Element("VersionId"u8, version.VersionId);
        xml.Element("IsLatest"u8, version.IsLatest);
        xml.Element("LastModified"u8, version.LastModified);
        if (!version.IsDeleteMarker)
            ListingFields.WriteContent(ref xml, version.ETag, version.ChecksumAlgorithm, version.ChecksumType, version.LengthBytes);
        Answers.WriteOwner(ref xml, "Owner"u8, version.OwnerId, principal);
        if (!version.IsDeleteMarker)
        {
            ListingFields.WriteStorageClass(ref xml, version.StorageClass);
            ListingFields.WriteRestore(ref xml, version.Restore);
        }

        xml.Close(version.IsDeleteMarker ? "DeleteMarker"u8 : "Version"u8);
    }
}
