using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Judges conditions against a version. Null lets the request go on.</summary>
internal static class ConditionRules
{
    /// <summary>Of a write, against the current version: If-Match on nothing is "no such key", as S3 has it.</summary>
    public static Failure? Check(in WriteConditions conditions, VersionRecord? current)
    {
        if (conditions.IfMatch.IsSet)
        {
            if (current is null) return new Failure(ObjectFault.NoSuchKey);
            if (!conditions.IfMatch.Matches(ETag(current))) return new Failure(ObjectFault.PreconditionFailed);
        }
        if (conditions.IfNoneMatch.IsSet && current is not null && conditions.IfNoneMatch.Matches(ETag(current)))
            return new Failure(ObjectFault.PreconditionFailed);
        return null;
    }

    public static Failure? Check(in DeleteConditions conditions, VersionRecord target)
    {
        var met = (!conditions.IfMatch.IsSet || conditions.IfMatch.Matches(ETag(target)))
            && (conditions.IfLengthBytes is not { } length || length == (long)target.Length)
            && (conditions.IfLastModified is not { } modified || Seconds(modified) == Seconds(KvRecords.FromTicks(target.ModifiedTicks)));
        return met ? null : new Failure(ObjectFault.PreconditionFailed);
    }

    /// <summary>RFC 9110, section 13.2.2: an ETag list outranks the date beside it.</summary>
    public static Failure? Check(in ReadConditions conditions, ObjectInfo target)
    {
        var modified = Seconds(target.LastModified);
        var matches = conditions.IfMatch.IsSet
            ? conditions.IfMatch.Matches(target.ETag)
            : conditions.IfUnmodifiedSince is not { } until || modified <= Seconds(until);
        if (!matches) return new Failure(ObjectFault.PreconditionFailed) { Object = target };

        var changed = conditions.IfNoneMatch.IsSet
            ? !conditions.IfNoneMatch.Matches(target.ETag)
            : conditions.IfModifiedSince is not { } since || modified > Seconds(since);
        return changed ? null : new Failure(ObjectFault.NotModified) { Object = target };
    }

    private static string ETag(VersionRecord record) => ObjectInfos.ETagOf(record.Etag.Span, (int)record.PartCount);

    private static long Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds();
}
