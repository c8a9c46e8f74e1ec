namespace ObjectStore.Server.S3.Authorization;

/// <summary>What is blocked of public access. Values are stored. Source: S3 User Guide, "Blocking public access to your Amazon S3 storage".</summary>
[Flags]
internal enum PublicAccessBlock : byte
{
    None = 0,

    /// <summary>Requests that would set a public ACL are refused.</summary>
    BlockPublicAcls = 1,

    /// <summary>Public grants of ACLs do not count.</summary>
    IgnorePublicAcls = 2,

    /// <summary>Requests that would set a public bucket policy are refused.</summary>
    BlockPublicPolicy = 4,

    /// <summary>A bucket with a public policy is for its owner's account only.</summary>
    RestrictPublicBuckets = 8,

    All = BlockPublicAcls | IgnorePublicAcls | BlockPublicPolicy | RestrictPublicBuckets,
}

/// <summary>A public access block as the document of the kind <see cref="Kind"/>, of a bucket or an account: one byte, or none where it was deleted.</summary>
internal static class PublicAccessBlocks
{
    public const string Kind = "publicAccessBlock";

    /// <summary>A bucket without a public access block; without a document it has them all.</summary>
    public static ReadOnlyMemory<byte> Deleted => ReadOnlyMemory<byte>.Empty;

    /// <summary>Of an account, which has none until it is set.</summary>
    public static PublicAccessBlock OfAccount(IIdentities identities, string accountId) =>
        identities.TryGetDocument(accountId, Kind, out var document) ? Read(document) ?? PublicAccessBlock.None : PublicAccessBlock.None;

    public static ReadOnlyMemory<byte> ToDocument(PublicAccessBlock block) => new[] { (byte)block };

    /// <summary>What is set; null where it was deleted. A bucket that never had any was made when nothing public could be set.</summary>
    /// <exception cref="InvalidDataException">The document is of no known form.</exception>
    public static PublicAccessBlock? Read(ReadOnlyMemory<byte>? document)
    {
        if (document is not { } bytes) return PublicAccessBlock.All;
        if (bytes.IsEmpty) return null;
        var block = (PublicAccessBlock)bytes.Span[0];
        return bytes.Length == 1 && (block & ~PublicAccessBlock.All) == 0 ? block : throw new InvalidDataException("The stored public access block is not one.");
    }
}
