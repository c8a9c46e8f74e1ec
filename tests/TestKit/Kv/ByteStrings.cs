namespace ObjectStore.TestKit.Kv;

/// <summary>Byte strings in the order of keys.</summary>
public static class ByteStrings
{
    public static IComparer<byte[]> Order { get; } = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    public static IEqualityComparer<byte[]> Equality { get; } = EqualityComparer<byte[]>.Create(
        (a, b) => a.AsSpan().SequenceEqual(b),
        bytes =>
        {
            var hash = new HashCode();
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        });

    /// <summary>The first key behind <paramref name="key"/>.</summary>
    public static byte[] After(ReadOnlySpan<byte> key) => [.. key, 0];
}
