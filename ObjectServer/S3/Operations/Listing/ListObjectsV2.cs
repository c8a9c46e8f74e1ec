using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.ListObjectsV2)]
internal sealed class ListObjectsV2(ObjectLister objects) : S3Operation
{
    private sealed record Answer(ListRequest Request, ObjectPage Page, string? Token, string? StartAfter, bool UrlEncoded, bool WithOwner, Principal Principal);

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var token = context.Query["continuation-token"];
        var startAfter = Parameters.Optional(context, "start-after");
        var request = new ListRequest
        {
            Bucket = context.Bucket!,
            Prefix = context.Query["prefix"] ?? "",
            Delimiter = Parameters.Optional(context, "delimiter"),
            // A token is further on than what the listing began with.
            StartAfter = string.IsNullOrEmpty(token) ? startAfter : Position(context, token),
            MaxKeys = Parameters.PageSize(context, "max-keys"),
            WithRestores = ListingFields.WantsRestores(context),
        };
        var urlEncoded = Parameters.UrlEncoding(context);
        var withOwner = string.Equals(context.Query["fetch-owner"], "true", StringComparison.OrdinalIgnoreCase);

        var page = await objects.ListAsync(request, ct);
        if (page.IsOk)
            await context.SendXmlAsync(StatusCodes.Status200OK, new Answer(request, page.Value, token, startAfter, urlEncoded, withOwner, context.Principal), Write, ct);
        else
            await context.SendFailureAsync(page.Failure, ct);
    }

    private static void Write(IBufferWriter<byte> output, Answer answer)
    {
        var (request, page, token, startAfter, urlEncoded, withOwner, principal) = answer;
        var xml = new XmlBuilder(output);
        xml.Begin("ListBucketResult"u8);
        xml.Element("Name"u8, request.Bucket);
        xml.Name("Prefix"u8, request.Prefix, urlEncoded);
        xml.Optional("ContinuationToken"u8, token);
        if (page.NextStartAfter is { } next)
            xml.Element("NextContinuationToken"u8, ListingToken.Encode(Scope(request.Bucket), next));
        if (startAfter is not null)
            xml.Name("StartAfter"u8, startAfter, urlEncoded);
        xml.Element("KeyCount"u8, page.Objects.Count + page.CommonPrefixes.Count);
        ListingFields.WriteEcho(ref xml, request.MaxKeys, request.Delimiter, urlEncoded, page.IsTruncated);
        ListingFields.WriteObjects(ref xml, page, urlEncoded, withOwner, principal);
        Answers.WritePrefixes(ref xml, page.CommonPrefixes, urlEncoded);
        xml.Close("ListBucketResult"u8);
        xml.Complete();
    }

    private static string Position(S3RequestContext context, string token) =>
        ListingToken.TryDecode(Scope(context.Bucket!), token, out var position)
            ? position
            : throw new S3Exception(Invalid.Argument("continuation-token", token, "The continuation token provided is incorrect"));

    private static string Scope(string bucket) => "objects/" + bucket;
}
