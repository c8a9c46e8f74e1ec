using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Lets policies look at the tags of a bucket, or no longer.</summary>
[Handles(S3OperationName.PutBucketAbac)]
internal sealed class PutBucketAbac(BucketService buckets) : S3Operation
{
    private const int MaxBodyBytes = 16 * 1024;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var status = Parse(await context.Body.ReadDocumentAsync(MaxBodyBytes, ct)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var set = await buckets.PutConfigurationAsync(context.Bucket!, BucketTags.AbacKind, BucketTags.ToAbacDocument(status == "Enabled"), ct);
        if (set.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(set.Failure, ct);
    }

    private static string? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "AbacStatus", xml =>
    {
        string? status = null;
        xml.Children(name => status = name == "Status" && status is null ? xml.Text().Trim() : throw XmlBody.Malformed());
        return status is "Enabled" or "Disabled" ? status : throw XmlBody.Malformed();
    });
}

[Handles(S3OperationName.GetBucketAbac)]
internal sealed class GetBucketAbac : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        await context.SendXmlAsync(StatusCodes.Status200OK, bucket.ResourceTags is not null, static (output, isEnabled) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("AbacStatus"u8);
            xml.Element("Status"u8, isEnabled ? "Enabled" : "Disabled");
            xml.Close("AbacStatus"u8);
            xml.Complete();
        }, ct);
    }
}

/// <summary>What the calls of S3 Control about the tags of a bucket share. They name the account that owns it in a header.</summary>
internal static class ResourceTagCalls
{
    public static async ValueTask CheckAccountAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        if (context.Header(S3Control.AccountHeader) != bucket.OwnerAccountId) throw new S3Exception(S3ErrorCode.AccessDenied);
    }
}

/// <summary>Adds tags to a bucket's, or gives those that are there other values.</summary>
[Handles(S3OperationName.TagResource)]
internal sealed class TagResource(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await ResourceTagCalls.CheckAccountAsync(context, ct);
        var added = Parse(await context.Body.ReadDocumentAsync(TaggingDocument.MaxBodyBytes, ct)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        Tags.Check(added, Tags.MaxOfBucket);
        var tagged = await buckets.ChangeConfigurationAsync(context.Bucket!, TagDocuments.Kind, document =>
        {
            var tags = BucketTags.Read(document).Where(tag => added.All(other => other.Key != tag.Key)).Concat(added).ToList();
            Tags.Check(tags, Tags.MaxOfBucket);
            CheckCase(added, tags);
            return TagDocuments.Write(tags).ToArray();
        }, ct);
        if (tagged.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(tagged.Failure, ct);
    }

    /// <summary>Of two tags whose names differ in case alone policies would see one, and not the same one in the request as on the bucket.</summary>
    private static void CheckCase(List<KeyValuePair<string, string>> added, List<KeyValuePair<string, string>> all)
    {
        foreach (var (key, _) in added)
        {
            if (all.Exists(other => other.Key != key && string.Equals(other.Key, key, StringComparison.OrdinalIgnoreCase)))
                throw new S3Exception(new S3Error(S3ErrorCode.InvalidTag, "The bucket cannot have tags whose keys differ in case alone.", ("TagKey", key)));
        }
    }

    private static List<KeyValuePair<string, string>>? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "TagResourceRequest", xml =>
    {
        List<KeyValuePair<string, string>>? tags = null;
        xml.Children(name => tags = name == "Tags" && tags is null ? TaggingDocument.TagSet(xml) : throw XmlBody.Malformed());
        return tags is { Count: > 0 } ? tags : throw XmlBody.Malformed();
    });
}

/// <summary>Takes tags from a bucket; that there is none of a key is no error.</summary>
[Handles(S3OperationName.UntagResource)]
internal sealed class UntagResource(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await ResourceTagCalls.CheckAccountAsync(context, ct);
        var keys = BucketTags.KeysOf(context.Query);
        if (keys.Count == 0) throw new S3Exception(Invalid.Argument("tagKeys", null, "The request names no tag."));
        var untagged = await buckets.ChangeConfigurationAsync(
            context.Bucket!, TagDocuments.Kind, document => TagDocuments.Write([.. BucketTags.Read(document).Where(tag => !keys.Contains(tag.Key))]).ToArray(), ct);
        if (untagged.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(untagged.Failure, ct);
    }
}

[Handles(S3OperationName.ListTagsForResource)]
internal sealed class ListTagsForResource(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await ResourceTagCalls.CheckAccountAsync(context, ct);
        var found = await buckets.GetConfigurationAsync(context.Bucket!, TagDocuments.Kind, ct);
        if (!found.IsOk && found.Fault != ObjectFault.NoSuchConfiguration)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }
        await context.SendXmlAsync(StatusCodes.Status200OK, BucketTags.Read(found.IsOk ? found.Value : default(ReadOnlyMemory<byte>?)), static (output, tags) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("ListTagsForResourceResult"u8);
            xml.Open("Tags"u8);
            foreach (var (key, value) in tags)
            {
                xml.Open("Tag"u8);
                xml.Element("Key"u8, key);
                xml.Element("Value"u8, value);
                xml.Close("Tag"u8);
            }
            xml.Close("Tags"u8);
            xml.Close("ListTagsForResourceResult"u8);
            xml.Complete();
        }, ct);
    }
}
