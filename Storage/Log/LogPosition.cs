using System.Buffers.Binary;

namespace ObjectStore.Storage.Log;

/// <summary>A place in the log. File numbers only grow, so positions sort in the order of appending.</summary>
public readonly record struct LogPosition(long FileNumber, long Offset) : IComparable<LogPosition>
{
    public int CompareTo(LogPosition other)
    {
        var byFile = FileNumber.CompareTo(other.FileNumber);
        return byFile != 0 ? byFile : Offset.CompareTo(other.Offset);
    }

    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{FileNumber}:{Offset}";
}

/// <summary>
/// How far a reader has come: everything up to and including <paramref name="Lsn"/> is applied, and what follows
/// stands at <paramref name="Next"/> or behind it. The default value is the start of the log.
/// </summary>
public readonly record struct LogMark(LogPosition Next, long Lsn)
{
    public const int SizeBytes = 24;

    public static LogMark Start => default;

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, Next.FileNumber);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Next.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Lsn);
    }

    public static LogMark ReadFrom(ReadOnlySpan<byte> source) => new(
        new LogPosition(BinaryPrimitives.ReadInt64LittleEndian(source), BinaryPrimitives.ReadInt64LittleEndian(source[8..])),
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]));
}
