using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>What versions of elsewhere must be. Judged before their bytes are taken, and again in the transaction that makes them.</summary>
internal static class ReplicaRules
{
    /// <summary>
    /// How far ahead of this clock another store's may be. A version's sequence grows with the clock, and the next one of its key is above it: who could
    /// bring one from next year would make all that is written till then look older.
    /// </summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(15);

    public const int MaxUserMetadataBytes = 2048;
    public const int MaxTags = 10;
    public const int MaxParts = 10_000;

    private const int ETagBytes = 16;
    private const int MaxHeaderChars = 8 * 1024;
    private const int MaxTagKeyChars = 128;
    private const int MaxTagValueChars = 256;

    /// <summary>Null, or why the version can be none of that bucket.</summary>
    public static Failure? Check(BucketRecord bucket, VersionRecord version, ulong nowTicks)
    {
        if (bucket.Versioning != (uint)VersioningState.Enabled) return new Failure(ObjectFault.InvalidBucketState) { Message = "Replicas need a bucket that keeps versions." };
        var latest = nowTicks + (ulong)MaxAhead.Ticks;
        if (version.Sequence > latest || version.ModifiedTicks > latest) return new Failure(ObjectFault.ReplicaAhead) { Message = "The version is of a time that has not come." };
        if (version.Replication is { } set && Math.Max(Math.Max(set.TagsTicks, set.AclTicks), Math.Max(Math.Max(set.RetentionTicks, set.LegalHoldTicks), set.AnnotationsTicks)) > latest)
            return new Failure(ObjectFault.ReplicaAhead) { Message = "Something about the version was set at a time that has not come." };
        if (!bucket.ObjectLock && LockRules.LockOf(version).IsSet) return new Failure(ObjectFault.ObjectLockNotEnabled);
        return null;
    }

    /// <summary>Null, or why what is said of a version may not make its lock weaker here.</summary>
    public static Failure? CheckLock(ReplicaRequest request, VersionRecord here, VersionRecord merged, ulong nowTicks)
    {
        var isLifted = here.LegalHold == (uint)LegalHold.On && merged.LegalHold != (uint)LegalHold.On;
        if (isLifted && !request.MayLiftLegalHold) return new Failure(ObjectFault.ObjectLocked);
        if (here.RetentionMode == (uint)RetentionMode.None || here.RetainUntilTicks <= nowTicks) return null;
        if (merged.RetentionMode >= here.RetentionMode && merged.RetainUntilTicks >= here.RetainUntilTicks) return null;
        // A compliance retention ends by this clock: who is ahead of it waits.
        return here.RetentionMode == (uint)RetentionMode.Governance && request.MayBypassGovernance ? null : new Failure(ObjectFault.ObjectLocked);
    }

    /// <summary>Whether the fields of the version are such as this store could have given them.</summary>
    public static bool IsWellFormed(VersionRecord version)
    {
        if (version.Sequence == 0 || version.ModifiedTicks > version.Sequence || version.ModifiedTicks > (ulong)DateTime.MaxValue.Ticks / 2) return false;
        if (version.IsDeleteMarker()) return version.Length == 0 && version.Etag.IsEmpty && version.Headers is null && version.Checksum is null && !LockRules.LockOf(version).IsSet;
        return version.Length <= long.MaxValue
            && version.Etag.Length == ETagBytes
            && version.PartCount <= MaxParts
            && IsChecksum(version.Checksum)
            && IsLock(version)
            && (version.Headers is null || AreHeaders(version.Headers));
    }

    public static bool IsChecksum(ChecksumRecord? checksum) => checksum is null
        || (Enum.IsDefined((ChecksumAlgorithm)checksum.Algorithm) && checksum.Algorithm != 0 && checksum.Type <= (uint)ChecksumType.Composite && checksum.Value.Length is >= 4 and <= 64
            && checksum.PartCount <= MaxParts);

    private static bool IsLock(VersionRecord version) =>
        version.RetentionMode <= (uint)RetentionMode.Compliance
        && version.LegalHold <= (uint)LegalHold.On
        && (version.RetentionMode == (uint)RetentionMode.None ? version.RetainUntilTicks == 0 : version.RetainUntilTicks <= (ulong)(DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks));

    private static bool AreHeaders(HeadersRecord headers)
    {
        var metadata = 0;
        foreach (var pair in headers.UserMetadata) metadata += pair.Name.Length + pair.Value.Length;
        if (metadata > MaxUserMetadataBytes || headers.Tags.Count > MaxTags) return false;
        foreach (var tag in headers.Tags)
        {
            if (tag.Name.Length is 0 or > MaxTagKeyChars || tag.Value.Length > MaxTagValueChars) return false;
        }
        ReadOnlySpan<string> texts =
        [
            headers.ContentType, headers.ContentEncoding, headers.ContentDisposition, headers.ContentLanguage, headers.CacheControl, headers.Expires, headers.WebsiteRedirectLocation,
            .. headers.UserMetadata.Select(pair => pair.Name), .. headers.UserMetadata.Select(pair => pair.Value),
        ];
        foreach (var text in texts)
        {
            // They stand in headers of answers.
            if (text.Length > MaxHeaderChars || text.AsSpan().ContainsAny('\r', '\n', '\0')) return false;
        }
        return true;
    }
}
