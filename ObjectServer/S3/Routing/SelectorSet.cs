using System.Collections.Frozen;

namespace ObjectStore.Server.S3.Routing;

/// <summary>
/// Every query parameter and header that selects an operation has a bit, so that a request's selectors are one
/// number and choosing its row is a few AND instructions.
/// </summary>
internal static class SelectorSet
{
    public const string FormData = "@multipart/form-data";
    public const string CopySource = "@x-amz-copy-source";
    public const string RequestRoute = "@x-amz-request-route";

    /// <summary>The path of S3 Control that names a resource in place of a bucket.</summary>
    public const string ResourceTags = "@resource-tags";

    // Parameters that only refine a call; alone they select nothing, and a call that does not know them ignores them.
    private static readonly string[] Modifiers =
        ["id", "annotationName", "partNumber", "list-type=2", "select-type=2", "x-id=ListDirectoryBuckets", FormData, CopySource, RequestRoute, ResourceTags];

    private static readonly string[] Subresources =
    [
        "abac", "accelerate", "acl", "analytics", "annotation", "attributes", "cors", "delete", "encryption",
        "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location", "logging", "metadataAnnotationTable",
        "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics",
        "notification", "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject",
        "replica", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "uploadId",
        "uploads", "versioning", "versions", "website",
    ];

    private static readonly FrozenDictionary<string, ulong> Bits = Subresources.Concat(Modifiers)
        .Select((name, index) => KeyValuePair.Create(name, 1UL << index))
        .ToFrozenDictionary(StringComparer.Ordinal);

    // Query parameters by name; those that are selected by their value stand here with the value that counts.
    private static readonly FrozenDictionary<string, (string? Value, ulong Bit)> Parameters = Bits
        .Where(pair => pair.Key[0] != '@')
        .ToFrozenDictionary(
            pair => pair.Key.Split('=')[0],
            pair => (pair.Key.Contains('=') ? pair.Key.Split('=')[1] : null, pair.Value),
            StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, (string? Value, ulong Bit)>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Parameters.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The bits of subresources: one of these that the chosen row does not use makes the request an error, never another call.</summary>
    public static readonly ulong SubresourceBits = BitsOf(Subresources);

    public static readonly ulong PartNumberBit = Bits["partNumber"];
    public static readonly ulong FormDataBit = Bits[FormData];
    public static readonly ulong CopySourceBit = Bits[CopySource];
    public static readonly ulong RequestRouteBit = Bits[RequestRoute];
    public static readonly ulong ResourceTagsBit = Bits[ResourceTags];

    public static IEnumerable<string> SubresourceNames => Subresources;

    public static ulong BitsOf(IEnumerable<string>? selectors)
    {
        ulong bits = 0;
        foreach (var selector in selectors ?? []) bits |= Bits[selector];
        return bits;
    }

    /// <summary>The bit of one query parameter, or 0 if it selects nothing.</summary>
    public static ulong BitOfParameter(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (!BySpan.TryGetValue(name, out var parameter)) return 0;
        return parameter.Value is null || value.SequenceEqual(parameter.Value) ? parameter.Bit : 0;
    }
}
