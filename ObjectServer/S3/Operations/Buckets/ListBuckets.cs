using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.ListBuckets)]
internal sealed class ListBuckets(BucketService buckets) : S3Operation
{
    private const int MaxBuckets = 10_000;
    private const string TokenScope = "buckets";

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var prefix = context.Query["prefix"];
        var region = Parameters.Optional(context, "bucket-region");
        var page = await buckets.ListAsync(new()
        {
            OwnerId = context.Principal.CanonicalId,
            Prefix = prefix ?? "",
            Region = region,
            StartAfter = StartAfter(context),
            MaxBuckets = PageSize(context),
        }, ct);

        // The region is told to those who use one of the newer parameters, as in S3.
        var withRegion = region is not null || prefix is not null || context.Query.Contains("max-buckets") || context.Query.Contains("continuation-token");
        await context.SendXmlAsync(StatusCodes.Status200OK, (page, prefix, withRegion, context.Principal), Write, ct);
    }

    private static void Write(IBufferWriter<byte> output, (BucketPage Page, string? Prefix, bool WithRegion, Principal Principal) state)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("ListAllMyBucketsResult"u8);
        Answers.WriteOwner(ref xml, "Owner"u8, state.Principal.CanonicalId, state.Principal);
        xml.Open("Buckets"u8);
        foreach (var bucket in state.Page.Buckets)
        {
            xml.Open("Bucket"u8);
            xml.Element("Name"u8, bucket.Name);
            xml.Element("CreationDate"u8, bucket.CreatedAt);
            if (state.WithRegion)
                xml.Element("BucketRegion"u8, bucket.Region);
            xml.Close("Bucket"u8);
        }

        xml.Close("Buckets"u8);
        xml.Optional("Prefix"u8, state.Prefix);
        if (state.Page.NextStartAfter is { } next)
            xml.Element("ContinuationToken"u8, ListingToken.Encode(TokenScope, next));
        xml.Close("ListAllMyBucketsResult"u8);
        xml.Complete();
    }

    private static int PageSize(S3RequestContext context)
    {
        var text = Parameters.Optional(context, "max-buckets");
        if (text is null)
            return MaxBuckets;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= MaxBuckets
            ? value
            : throw new S3Exception(Invalid.Argument("max-buckets", text, "Argument max-buckets must be an integer between 1 and 10000"));
    }

    private static string? StartAfter(S3RequestContext context)
    {
        var token = Parameters.Optional(context, "continuation-token");
        if (token is null)
            return null;
        return ListingToken.TryDecode(TokenScope, token, out var position)
            ? position
            : throw new S3Exception(Invalid.Argument("continuation-token", token, "The continuation token provided is incorrect"));
    }
}
