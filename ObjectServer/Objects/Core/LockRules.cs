using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Object lock: what may be written, changed and deleted. Judged inside the transaction that does it, by the clock's time
/// there. Source: S3 User Guide, "Locking objects with Object Lock".
/// </summary>
internal static class LockRules
{
    public static ObjectLock LockOf(VersionRecord record) =>
        new(RetentionOf(record.RetentionMode, record.RetainUntilTicks), (LegalHold)record.LegalHold);

    public static ObjectLock LockOf(UploadRecord record) =>
        new(RetentionOf(record.RetentionMode, record.RetainUntilTicks), (LegalHold)record.LegalHold);

    /// <summary>Of a write: only a bucket with object lock takes locked versions, and a retention must end in the future.</summary>
    public static Failure? CheckNew(BucketRecord bucket, ObjectLock wanted, ulong nowTicks)
    {
        if (!wanted.IsSet) return null;
        if (!bucket.ObjectLock) return new Failure(ObjectFault.ObjectLockNotEnabled);
        return HasEnded(wanted.Retention, nowTicks) ? new Failure(ObjectFault.RetainUntilPast) : null;
    }

    /// <summary>Gives a new version what its writer asked for, else the bucket's default. After <see cref="CheckNew"/>.</summary>
    public static void Apply(BucketRecord bucket, ObjectLock wanted, VersionRecord record, ulong nowTicks)
    {
        if (record.IsDeleteMarker()) return;
        if (wanted.Retention.IsSet) SetRetention(record, wanted.Retention);
        else if (bucket.DefaultRetention is { } standard) SetRetention(record, new Retention((RetentionMode)standard.Mode, Until(standard, nowTicks)));
        record.LegalHold = (uint)wanted.LegalHold;
    }

    /// <summary>Of a deletion for good.</summary>
    public static Failure? CheckDelete(VersionRecord record, bool bypassGovernance, ulong nowTicks)
    {
        if (record.LegalHold == (uint)LegalHold.On) return new Failure(ObjectFault.ObjectLocked);
        if (!IsRetained(record, nowTicks)) return null;
        return record.RetentionMode == (uint)RetentionMode.Governance && bypassGovernance ? null : new Failure(ObjectFault.ObjectLocked);
    }

    /// <summary>
    /// Of a change of a version's retention. What is still retained may only be extended in its mode; governance gives way to
    /// who may bypass it, compliance to nobody. A retention that has ended binds no longer.
    /// </summary>
    public static Failure? CheckChange(VersionRecord record, Retention wanted, bool bypassGovernance, ulong nowTicks)
    {
        if (HasEnded(wanted, nowTicks)) return new Failure(ObjectFault.RetainUntilPast);
        if (!IsRetained(record, nowTicks)) return null;
        var mode = (RetentionMode)record.RetentionMode;
        var extends = wanted.Mode == mode && UntilTicks(wanted) >= record.RetainUntilTicks;
        return extends || (mode == RetentionMode.Governance && bypassGovernance) ? null : new Failure(ObjectFault.ObjectLocked);
    }

    public static void SetRetention(VersionRecord record, Retention retention)
    {
        record.RetentionMode = (uint)retention.Mode;
        record.RetainUntilTicks = retention.IsSet ? UntilTicks(retention) : 0;
    }

    /// <summary>
    /// Whole milliseconds, as clients see it, and never earlier than asked: who writes back what was told does not shorten it.
    /// </summary>
    public static ulong UntilTicks(Retention retention)
    {
        var ticks = retention.RetainUntil.ToTicks();
        var over = ticks % TimeSpan.TicksPerMillisecond;
        return over == 0 || retention.RetainUntil.UtcDateTime.Year == DateTime.MaxValue.Year ? ticks : ticks - over + TimeSpan.TicksPerMillisecond;
    }

    // Times, not ticks: those of a date before 1970 wrap.
    private static bool HasEnded(Retention wanted, ulong nowTicks) => wanted.IsSet && wanted.RetainUntil <= KvRecords.FromTicks(nowTicks);

    private static bool IsRetained(VersionRecord record, ulong nowTicks) =>
        record.RetentionMode != (uint)RetentionMode.None && record.RetainUntilTicks > nowTicks;

    private static Retention RetentionOf(uint mode, ulong ticks) =>
        mode == (uint)RetentionMode.None ? default : new Retention((RetentionMode)mode, KvRecords.FromTicks(ticks));

    private static DateTimeOffset Until(DefaultRetentionRecord standard, ulong nowTicks)
    {
        var now = KvRecords.FromTicks(nowTicks);
        return standard.Years > 0 ? now.AddYears((int)standard.Years) : now.AddDays(standard.Days);
    }
}
