using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What is recorded. Values are stored.</summary>
internal enum LogType : byte
{
    /// <summary>Every request, after it was answered.</summary>
    Standard = 0,

    /// <summary>Every change of an object, in the transaction of the change (an extension of Ceph).</summary>
    Journal = 1,
}

/// <summary>How log objects are named. Values are stored.</summary>
internal enum LogKeyFormat : byte
{
    Simple = 0,
    ByEventTime = 1,
    ByDeliveryTime = 2,
}

/// <summary>Values are stored.</summary>
internal enum KeyPart : byte
{
    Prefix = 0,
    Suffix = 1,
}

internal readonly record struct LogFilter(KeyPart Part, string Value)
{
    public bool Holds(string key) => Part == KeyPart.Prefix ? key.StartsWith(Value, StringComparison.Ordinal) : key.EndsWith(Value, StringComparison.Ordinal);
}

/// <summary>Where the records of requests to a bucket go, and of which. Immutable.</summary>
internal sealed record BucketLogging
{
    public static readonly TimeSpan DefaultRollTime = TimeSpan.FromMinutes(5);

    public required string TargetBucket { get; init; }

    public required string TargetPrefix { get; init; }

    public LogKeyFormat KeyFormat { get; init; }

    public LogType Type { get; init; }

    /// <summary>How long records are collected for one log object; whole seconds.</summary>
    public TimeSpan RollTime { get; init; } = DefaultRollTime;

    /// <summary>Of a journal: all must hold for a key. None: all keys.</summary>
    public IReadOnlyList<LogFilter> Filters { get; init; } = [];

    /// <summary>Of log objects, opaque here; empty is their owner's default.</summary>
    public ReadOnlyMemory<byte> ObjectAcl { get; init; }

    public DateTimeOffset ModifiedAt { get; init; }

    public bool Takes(string key)
    {
        foreach (var filter in Filters)
        {
            if (!filter.Holds(key)) return false;
        }
        return true;
    }

    /// <summary>Whether both do the same, whenever they were set.</summary>
    public bool Equals(BucketLogging? other) =>
        other is not null && TargetBucket == other.TargetBucket && TargetPrefix == other.TargetPrefix && KeyFormat == other.KeyFormat && Type == other.Type
        && RollTime == other.RollTime && Filters.SequenceEqual(other.Filters) && ObjectAcl.Span.SequenceEqual(other.ObjectAcl.Span);

    public override int GetHashCode() => HashCode.Combine(TargetBucket, TargetPrefix, KeyFormat, Type, RollTime, Filters.Count);

    public static BucketLogging? Of(LoggingRecord? record) => record is null ? null : new BucketLogging
    {
        TargetBucket = record.TargetBucket,
        TargetPrefix = record.TargetPrefix,
        KeyFormat = (LogKeyFormat)record.KeyFormat,
        Type = (LogType)record.Type,
        RollTime = TimeSpan.FromSeconds(record.RollSeconds),
        Filters = [.. record.Filters.Select(filter => new LogFilter((KeyPart)filter.Part, filter.Value))],
        ObjectAcl = record.ObjectAcl.Memory,
        ModifiedAt = KvRecords.FromTicks(record.ModifiedTicks),
    };

    public LoggingRecord ToRecord()
    {
        var record = ToRecordOfRow();
        foreach (var filter in Filters) record.Filters.Add(new LogFilterRecord { Part = (uint)filter.Part, Value = filter.Value });
        record.ModifiedTicks = ModifiedAt.ToTicks();
        return record;
    }

    /// <summary>What delivery needs of it.</summary>
    public LoggingRecord ToRecordOfRow() => new()
    {
        TargetBucket = TargetBucket,
        TargetPrefix = TargetPrefix,
        KeyFormat = (uint)KeyFormat,
        Type = (uint)Type,
        RollSeconds = (uint)RollTime.TotalSeconds,
        ObjectAcl = ObjectInfos.ToField(ObjectAcl),
    };
}

internal readonly record struct BucketLoggingChange(BucketLogging? Before, bool IsChanged);
