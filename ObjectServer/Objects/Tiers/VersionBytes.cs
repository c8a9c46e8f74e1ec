using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Where a version's bytes are to be read: here, in a tier, or in a copy that was restored from there.</summary>
internal static class VersionBytes
{
    public static bool IsRestored(VersionRecord record, ulong nowTicks) => record.Restore is { ContentId.IsEmpty: false } restore && restore.ExpiresTicks > nowTicks;

    /// <summary>Whether they are in the tier alone.</summary>
    public static bool AreAway(VersionRecord record, ulong nowTicks) => record.Tier is not null && !IsRestored(record, nowTicks);

    /// <summary>None for inlined and for no bytes.</summary>
    public static ContentId ContentOf(VersionRecord record, ulong nowTicks) =>
        ContentId.FromField(IsRestored(record, nowTicks) ? record.Restore.ContentId : record.ContentId);
}

/// <summary>What a client is told of a restored copy.</summary>
/// <param name="ExpiresAt">Null while it is under way.</param>
internal readonly record struct RestoreInfo(DateTimeOffset? ExpiresAt)
{
    public bool IsOngoing => ExpiresAt is null;

    /// <summary>Null where there is none. What was to be for good says nothing once it is done.</summary>
    public static RestoreInfo? Of(VersionRecord record) => record.Restore is not { } restore ? null
        : new RestoreInfo(restore.ContentId.IsEmpty ? null : KvRecords.FromTicks(restore.ExpiresTicks));
}
