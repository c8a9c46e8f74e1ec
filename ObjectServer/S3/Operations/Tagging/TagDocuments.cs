using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls that set tags have in common.</summary>
internal static class TagDocuments
{
    /// <summary>The kind of the document that a bucket's tags are kept in: as GetBucketTagging gives it.</summary>
    public const string Kind = BucketTags.Kind;

    /// <exception cref="S3Exception">MalformedXML or InvalidTag.</exception>
    public static async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> ReadAsync(S3RequestContext context, int most, CancellationToken ct)
    {
        var document = TaggingDocument.Parse(await context.Body.ReadDocumentAsync(TaggingDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        Tags.Check(document.Tags, most);
        return Tags.Sorted(document.Tags);
    }

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        using var document = new PooledBufferWriter(1024);
        Tags.Write(document, Tags.Sorted(tags));
        return document.WrittenMemory.ToArray();
    }
    /// <summary>Where policies look at a bucket's tags only the calls on resources change them, which policies can bind to the tags that change. Source: S3 API Reference, PutBucketAbac.</summary>
    /// <exception cref="S3Exception">InvalidRequest.</exception>
    public static async ValueTask RefuseWithAbacAsync(S3RequestContext context, CancellationToken ct)
    {
        if (await context.Access.FindBucketAsync(context.Bucket!, ct) is { ResourceTags: not null })
            throw new S3Exception(S3ErrorCode.InvalidRequest, "ABAC is enabled for this bucket: its tags are changed by TagResource and UntagResource.");
    }
}
