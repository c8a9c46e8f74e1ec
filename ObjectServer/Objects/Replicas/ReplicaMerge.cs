using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// What two stores say of one version becomes one, whatever comes first and however often: of tags, ACL, retention and legal hold each the one that was set
/// later stands. Each of these is a register under a total order, so that all stores come to its greatest value.
/// </summary>
internal static class ReplicaMerge
{
    /// <summary>The same version, but for what may change of one?</summary>
    public static bool IsSame(VersionRecord here, VersionRecord there) =>
        here.Sequence == there.Sequence
        && here.Nonce == there.Nonce
        && here.IsDeleteMarker() == there.IsDeleteMarker()
        && here.Length == there.Length
        && here.PartCount == there.PartCount
        && here.ModifiedTicks == there.ModifiedTicks
        && here.Etag.Equals(there.Etag);

    /// <summary>What both say.</summary>
    /// <param name="changes">What is another than here, for those who are told.</param>
    /// <returns>Null where that is what stands here already.</returns>
    public static VersionRecord? Merge(VersionRecord here, VersionRecord there, bool takesAcl, List<ChangeKind> changes)
    {
        if (here.IsDeleteMarker()) return null;
        var merged = here.Clone();
        var set = merged.Replication ?? new ReplicationRecord();
        var isChanged = MergeTags(merged, set, there, changes);
        isChanged |= MergeRetention(merged, set, there, changes);
        isChanged |= MergeLegalHold(merged, set, there, changes);
        if (takesAcl) isChanged |= MergeAcl(merged, set, there, changes);
        if (!isChanged) return null;
        merged.Replication = set;
        return merged;
    }

    private static bool MergeTags(VersionRecord merged, ReplicationRecord set, VersionRecord there, List<ChangeKind> changes)
    {
        var ticks = there.Replication?.TagsTicks ?? 0;
        var (mine, theirs) = (TagsOf(merged), TagsOf(there));
        var order = theirs.AsSpan().SequenceCompareTo(mine);
        if (!IsLater(ticks, set.TagsTicks, order)) return false;
        set.TagsTicks = ticks;
        if (order == 0) return true;
        merged.Headers = ObjectInfos.ToRecord(ObjectInfos.ToHeaders(merged.Headers) with { Tags = ObjectInfos.ToHeaders(there.Headers).Tags });
        changes.Add(theirs.Length == 0 ? ChangeKind.TagsRemoved : ChangeKind.TagsPut);
        return true;
    }

    private static bool MergeAcl(VersionRecord merged, ReplicationRecord set, VersionRecord there, List<ChangeKind> changes)
    {
        var ticks = there.Replication?.AclTicks ?? 0;
        var order = there.Acl.Span.SequenceCompareTo(merged.Acl.Span);
        if (!IsLater(ticks, set.AclTicks, order)) return false;
        set.AclTicks = ticks;
        if (order == 0) return true;
        merged.Acl = there.Acl;
        changes.Add(ChangeKind.AclPut);
        return true;
    }

    private static bool MergeRetention(VersionRecord merged, ReplicationRecord set, VersionRecord there, List<ChangeKind> changes)
    {
        var mine = new Held(set.RetentionTicks, merged.RetentionMode, merged.RetainUntilTicks);
        var theirs = new Held(there.Replication?.RetentionTicks ?? 0, there.RetentionMode, there.RetainUntilTicks);
        if (!Outranks(theirs, mine)) return false;
        set.RetentionTicks = theirs.Ticks;
        if (theirs with { Ticks = mine.Ticks } == mine) return true;
        (merged.RetentionMode, merged.RetainUntilTicks) = (theirs.Mode, theirs.UntilTicks);
        changes.Add(ChangeKind.RetentionPut);
        return true;
    }

    private static bool MergeLegalHold(VersionRecord merged, ReplicationRecord set, VersionRecord there, List<ChangeKind> changes)
    {
        var ticks = there.Replication?.LegalHoldTicks ?? 0;
        var order = there.LegalHold.CompareTo(merged.LegalHold);
        if (!IsLater(ticks, set.LegalHoldTicks, order)) return false;
        set.LegalHoldTicks = ticks;
        if (order == 0) return true;
        merged.LegalHold = there.LegalHold;
        changes.Add(ChangeKind.LegalHoldPut);
        return true;
    }

    private static bool IsLater(ulong theirs, ulong mine, int order) => theirs > mine || (theirs == mine && order > 0);

    private readonly record struct Held(ulong Ticks, uint Mode, ulong UntilTicks);

    /// <summary>
    /// The later one stands, but that a compliance retention gives way to nothing weaker that was set before its end. By the times that are written
    /// and not by a clock, so that it is the same in all stores. It is a total order: what is blocked by one retention stands behind it, and whatever
    /// stands above that is later than its end, or no weaker.
    /// </summary>
    private static bool Outranks(Held theirs, Held mine)
    {
        if (theirs == mine) return false;
        if (theirs.Ticks == mine.Ticks) return theirs.Mode != mine.Mode ? theirs.Mode > mine.Mode : theirs.UntilTicks > mine.UntilTicks;
        return theirs.Ticks > mine.Ticks ? !Blocks(mine, theirs) : Blocks(theirs, mine);
    }

    private static bool Blocks(Held earlier, Held later) =>
        earlier.Mode == (uint)RetentionMode.Compliance
        && later.Ticks < earlier.UntilTicks
        && (later.Mode != (uint)RetentionMode.Compliance || later.UntilTicks < earlier.UntilTicks);

    private static byte[] TagsOf(VersionRecord record)
    {
        if (record.Headers is not { Tags.Count: > 0 } headers) return [];
        var tags = new HeadersRecord();
        tags.Tags.Add(headers.Tags);
        return tags.ToByteArray();
    }
}
