namespace ObjectStore.Storage;

/// <summary>Identity of a drive, made once when it is formatted; never its path or position.</summary>
public readonly record struct DriveId(Guid Value)
{
    public const int SizeBytes = 16;

    public void WriteTo(Span<byte> destination) => Value.TryWriteBytes(destination, bigEndian: true, out _);

    public static DriveId ReadFrom(ReadOnlySpan<byte> source) => new(new Guid(source[..SizeBytes], bigEndian: true));

    public override string ToString() => Value.ToString("D");
}
