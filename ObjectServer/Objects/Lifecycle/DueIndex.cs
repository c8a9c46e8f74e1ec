using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Keeps table t beside the versions of one key, in the transaction that changes them: a version of which something will be due
/// has a row at that time or before. Rows that are in excess do no harm: what a row is about is judged anew when it is due.
/// </summary>
internal sealed class DueIndex(IKvTransaction transaction, LifecycleRules rules, ulong bucketId, byte[] key, ulong nowTicks)
{
    public LifecycleRules Rules => rules;

    public void AddCurrent(VersionRecord record) => Add(rules.JudgeCurrent(key, record, nowTicks), record.Sequence);

    /// <summary>Its row at the time that the rules give it now; one that older rules gave it stays, and is found stale then.</summary>
    public void RemoveCurrent(VersionRecord record)
    {
        var plan = rules.JudgeCurrent(key, record, nowTicks);
        if (!plan.IsEmpty) transaction.Delete(SchemaKeys.DueVersion(plan.DueTicks, bucketId, key, record.Sequence));
    }

    /// <summary>The newest version is a delete marker.</summary>
    public void AddMarker(VersionRecord marker) => Add(rules.JudgeMarker(key, marker, nowTicks), marker.Sequence);

    /// <summary>A version became noncurrent when its successor was made.</summary>
    public void AddNoncurrent(VersionRecord record, ulong sinceTicks)
    {
        Add(rules.JudgeNoncurrent(key, record, sinceTicks, int.MaxValue, nowTicks), record.Sequence);
        if (!record.IsDeleteMarker()) AddExcess(record.Sequence);
    }

    /// <summary>From that version on there is one more: one behind it may be in excess.</summary>
    public void AddExcess(ulong sequence)
    {
        if (rules.KeepCounts.Count > 0) transaction.Put(SchemaKeys.DueExcess(nowTicks, bucketId, key, sequence), ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Has a version judged soon, of which more would have to be read to know when.</summary>
    public void AddNow(ulong sequence) => transaction.Put(SchemaKeys.DueVersion(nowTicks, bucketId, key, sequence), ReadOnlyMemory<byte>.Empty);

    /// <summary>What is due already is due now: the lag counts from when it could be known.</summary>
    public void Add(LifecyclePlan plan, ulong sequence)
    {
        if (!plan.IsEmpty)
            transaction.Put(SchemaKeys.DueVersion(Math.Max(plan.DueTicks, nowTicks), bucketId, key, sequence), ReadOnlyMemory<byte>.Empty);
    }
}
