namespace ObjectStore.Server.Policies;

/// <summary>
/// Sizes as AWS documents them (IAM and S3 quotas), but where it says ours. IAM counts characters without white space:
/// <see cref="CountedLength"/>. The parser bounds every document by <see cref="MaxTextBytes"/>; the callers know the kind.
/// </summary>
internal static class PolicyLimits
{
    /// <summary>A bucket policy, in bytes as sent.</summary>
    public const int BucketPolicyBytes = 20 * 1024;

    /// <summary>
    /// All inline policies of a user together, in characters that are not white space. Ours: AWS has 2,048, in which an access of the COSI driver to all the
    /// buckets that a BucketAccess may name (128) does not fit. With them a user's row stays below what one value may have, its keys and usual tags counted.
    /// </summary>
    public const int UserInlineChars = 98_304;

    /// <summary>All inline policies of a group together.</summary>
    public const int GroupInlineChars = 5_120;

    /// <summary>All inline policies of a role together. Ours, as with users: AWS has 10,240.</summary>
    public const int RoleInlineChars = 98_304;

    /// <summary>A managed policy.</summary>
    public const int ManagedChars = 6_144;

    /// <summary>A role's trust policy.</summary>
    public const int TrustChars = 2_048;

    /// <summary>A session policy, white space included.</summary>
    public const int SessionChars = 2_048;

    /// <summary>What IAM takes at all as the parameter PolicyDocument, white space included; nothing longer is parsed.</summary>
    public const int MaxTextBytes = 131_072;

    /// <summary>The deepest valid document has six levels.</summary>
    public const int MaxDepth = 10;

    /// <summary>The characters of a document that IAM counts: all but white space.</summary>
    public static int CountedLength(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var character in text)
        {
            if (!char.IsWhiteSpace(character)) count++;
        }
        return count;
    }
}
