using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.ListMultipartUploads)]
internal sealed class ListMultipartUploads(UploadLister uploads, IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var keyMarker = Parameters.Optional(context, "key-marker");
        var request = new ListUploadsRequest
        {
            Bucket = context.Bucket!,
            Prefix = context.Query["prefix"] ?? "",
            Delimiter = Parameters.Optional(context, "delimiter"),
            KeyMarker = keyMarker,
            // Without a key S3 ignores it.
            UploadIdMarker = keyMarker is null ? null : Parameters.Optional(context, "upload-id-marker"),
            MaxUploads = Parameters.PageSize(context, "max-uploads"),
        };
        var urlEncoded = Parameters.UrlEncoding(context);
        var page = await uploads.ListUploadsAsync(request, ct);
        if (page.IsOk)
            await context.SendXmlAsync(StatusCodes.Status200OK, (request, page.Value, urlEncoded, context.Principal, identities), Write, ct);
        else
            await context.SendFailureAsync(page.Failure, ct);
    }

    private static void Write(IBufferWriter<byte> output, (ListUploadsRequest Request, UploadPage Page, bool UrlEncoded, Principal Principal, IIdentities Identities) state)
    {
        var (request, page, urlEncoded, principal, identities) = state;
        var xml = new XmlBuilder(output);
        xml.Begin("ListMultipartUploadsResult"u8);
        xml.Element("Bucket"u8, request.Bucket);
        xml.Name("KeyMarker"u8, request.KeyMarker, urlEncoded);
        xml.Element("UploadIdMarker"u8, request.UploadIdMarker);
        if (page.NextKeyMarker is not null)
        {
            xml.Name("NextKeyMarker"u8, page.NextKeyMarker, urlEncoded);
            xml.Element("NextUploadIdMarker"u8, page.NextUploadIdMarker);
        }

        if (request.Delimiter is not null)
            xml.Name("Delimiter"u8, request.Delimiter, urlEncoded);
        xml.Name("Prefix"u8, request.Prefix, urlEncoded);
        if (urlEncoded)
            xml.Raw("<EncodingType>url</EncodingType>"u8);
        xml.Element("MaxUploads"u8, request.MaxUploads);
        xml.Element("IsTruncated"u8, page.IsTruncated);
        foreach (var upload in page.Uploads)
            WriteUpload(ref xml, upload, urlEncoded, principal, identities);
        Answers.WritePrefixes(ref xml, page.CommonPrefixes, urlEncoded);
        xml.Close("ListMultipartUploadsResult"u8);
        xml.Complete();
    }

    private static void WriteUpload(ref XmlBuilder xml, UploadInfo upload, bool urlEncoded, Principal principal, IIdentities identities)
    {
        xml.Open("Upload"u8);
        xml.Name("Key"u8, upload.Key, urlEncoded);
        xml.Element("UploadId"u8, upload.UploadId);
        Answers.WriteInitiator(ref xml, upload, principal, identities);
        Answers.WriteOwner(ref xml, upload, principal, identities);
        xml.Element("StorageClass"u8, upload.StorageClass ?? StorageClasses.Standard);
        xml.Element("Initiated"u8, upload.InitiatedAt);
        if (upload.ChecksumAlgorithm != ChecksumAlgorithm.None)
        {
            xml.Element("ChecksumAlgorithm"u8, ChecksumNames.Name(upload.ChecksumAlgorithm));
            xml.Element("ChecksumType"u8, ChecksumNames.TypeName(upload.ChecksumType));
        }

        xml.Close("Upload"u8);
    }
}
