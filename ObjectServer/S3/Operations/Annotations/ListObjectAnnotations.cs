using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.ListObjectAnnotations)]
internal sealed class ListObjectAnnotations(AnnotationService annotations) : S3Operation
{
    private sealed record Answer(AnnotationListRequest Request, AnnotationPage Page, string? Token);

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var token = Parameters.Optional(context, "continuation-token");
        var request = new AnnotationListRequest
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            VersionId = Parameters.VersionId(context),
            Prefix = context.Query["annotation-prefix"] ?? "",
            After = token is null ? null : Position(context, token),
            MaxResults = PageSize(context),
        };
        var page = await annotations.ListAsync(request, ct);
        if (!page.IsOk)
        {
            await context.SendFailureAsync(page.Failure, ct);
            return;
        }

        AnnotationCalls.SetVersion(context, page.Value.Object);
        await context.SendXmlAsync(StatusCodes.Status200OK, new Answer(request, page.Value, token), Write, ct);
    }

    private static void Write(IBufferWriter<byte> output, Answer answer)
    {
        var (request, page, token) = answer;
        var xml = new XmlBuilder(output);
        xml.Begin("ListObjectAnnotationsOutput"u8);
        xml.Open("Annotations"u8);
        foreach (var annotation in page.Annotations) Write(ref xml, annotation);
        xml.Close("Annotations"u8);
        xml.Element("Bucket"u8, request.Bucket);
        xml.Element("Key"u8, request.Key);
        if (request.Prefix.Length > 0) xml.Element("AnnotationPrefix"u8, request.Prefix);
        xml.Element("MaxAnnotationResults"u8, request.MaxResults);
        xml.Element("AnnotationCount"u8, page.Annotations.Count);
        xml.Optional("ContinuationToken"u8, token);
        if (page.NextAfter is { } next) xml.Element("NextContinuationToken"u8, ListingToken.Encode(Scope(request.Bucket, request.Key), next));
        xml.Close("ListObjectAnnotationsOutput"u8);
        xml.Complete();
    }

    private static void Write(ref XmlBuilder xml, AnnotationInfo annotation)
    {
        xml.Open("AnnotationEntry"u8);
        xml.Element("AnnotationName"u8, annotation.Name);
        xml.Element("LastModified"u8, annotation.LastModified);
        xml.ETag(annotation.ETag);
        if (annotation.Checksum is { } checksum) xml.Element("ChecksumAlgorithm"u8, ChecksumNames.Name(checksum.Algorithm));
        xml.Element("Size"u8, annotation.LengthBytes);
        xml.Close("AnnotationEntry"u8);
    }

    private static int PageSize(S3RequestContext context)
    {
        const string Name = "max-annotation-results";
        var size = Parameters.PageSize(context, Name, AnnotationRules.MaxCount);
        return size > 0 ? size : throw new S3Exception(Invalid.Argument(Name, "0", "A page has at least one annotation."));
    }

    private static string Position(S3RequestContext context, string token) =>
        ListingToken.TryDecode(Scope(context.Bucket!, context.Key!), token, out var position)
            ? position
            : throw new S3Exception(Invalid.Argument("continuation-token", token, "The continuation token provided is incorrect"));

    private static string Scope(string bucket, string key) => $"annotations/{bucket}/{key}";
}
