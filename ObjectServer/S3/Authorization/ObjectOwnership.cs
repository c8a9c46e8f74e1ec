using System.Text;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>Who owns what is written to a bucket. Source: S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket".</summary>
internal enum ObjectOwnership
{
    /// <summary>The bucket's owner owns all; ACLs are no longer in force.</summary>
    BucketOwnerEnforced,

    /// <summary>The writer, unless it gives the bucket's owner full control with the canned ACL.</summary>
    BucketOwnerPreferred,

    /// <summary>The writer.</summary>
    ObjectWriter,
}

/// <summary>A bucket's ownership controls, as the document of the kind <see cref="Kind"/>: the name of the value, or nothing where they were deleted.</summary>
internal static class OwnershipControls
{
    public const string Kind = "ownershipControls";

    /// <summary>A bucket without ownership controls is as it was before there were any: the writer owns.</summary>
    public static ReadOnlyMemory<byte> Deleted => ReadOnlyMemory<byte>.Empty;

    public static ReadOnlyMemory<byte> ToDocument(ObjectOwnership ownership) => Encoding.ASCII.GetBytes(ownership.ToString());

    /// <summary>What is set; null where the controls were deleted. A bucket that never had any was made when nothing but the owner's ACL could be set.</summary>
    /// <exception cref="InvalidDataException">The document is of no known form.</exception>
    public static ObjectOwnership? Read(ReadOnlyMemory<byte>? document)
    {
        if (document is not { } bytes) return ObjectOwnership.BucketOwnerEnforced;
        if (bytes.IsEmpty) return null;
        return TryParse(Encoding.ASCII.GetString(bytes.Span), out var ownership) ? ownership : throw new InvalidDataException("The stored ownership controls are not ones.");
    }

    public static bool TryParse(string text, out ObjectOwnership ownership)
    {
        (var known, ownership) = text switch
        {
            nameof(ObjectOwnership.BucketOwnerEnforced) => (true, ObjectOwnership.BucketOwnerEnforced),
            nameof(ObjectOwnership.BucketOwnerPreferred) => (true, ObjectOwnership.BucketOwnerPreferred),
            nameof(ObjectOwnership.ObjectWriter) => (true, ObjectOwnership.ObjectWriter),
            _ => (false, default),
        };
        return known;
    }
}
