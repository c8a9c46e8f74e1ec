using System.Text;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>The tags of a bucket as its documents hold them, and whether policies look at them. Source: S3 User Guide, "Enabling ABAC in general purpose buckets".</summary>
internal static class BucketTags
{
    /// <summary>The kind of the document with the tags, as GetBucketTagging gives it.</summary>
    public const string Kind = "tagging";

    /// <summary>The kind of the document that says whether policies look at them.</summary>
    public const string AbacKind = "abac";

    private static ReadOnlySpan<byte> Enabled => "Enabled"u8;

    public static byte[] ToAbacDocument(bool isEnabled) => Encoding.ASCII.GetBytes(isEnabled ? "Enabled" : "Disabled");

    /// <summary>Null where policies do not look at them.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>>? ReadForPolicies(ReadOnlyMemory<byte>? tags, ReadOnlyMemory<byte>? abac) =>
        abac is { } status && status.Span.SequenceEqual(Enabled) ? Read(tags) : null;

    /// <exception cref="InvalidDataException">The document is of no known form: tags that a policy denies by must not count as none.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(ReadOnlyMemory<byte>? document) =>
        document is not { } bytes ? [] : TaggingDocument.Parse(bytes)?.Tags ?? throw new InvalidDataException("The stored tags of a bucket are none.");

    /// <summary>The keys that an UntagResource names, decoded.</summary>
    public static IReadOnlyList<string> KeysOf(S3Query query)
    {
        var keys = new List<string>();
        foreach (var (name, value) in query)
        {
            if (name.SequenceEqual("tagKeys") && PercentEncoding.DecodeQuery(value) is { } key) keys.Add(key);
        }
        return keys;
    }
}
