using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// What all listings share: a prefix, keys rolled up at a delimiter behind it, and where to go on from a marker. Works
/// on the keys' bytes, so that the order is that of UTF-8.
/// </summary>
internal sealed class KeyGrouping
{
    private readonly byte[] _prefix;
    private readonly byte[] _delimiter;

    public KeyGrouping(string prefix, string? delimiter)
    {
        _prefix = Encoding.UTF8.GetBytes(prefix);
        _delimiter = string.IsNullOrEmpty(delimiter) ? [] : Encoding.UTF8.GetBytes(delimiter);
    }

    /// <summary>Whether no key can have this prefix.</summary>
    public bool IsHopeless => _prefix.Length > ObjectEngine.MaxKeyBytes;

    /// <summary>Length of the common prefix that <paramref name="key"/> (which has the prefix) rolls up into; 0 if it stands for itself.</summary>
    public int GroupLength(ReadOnlySpan<byte> key)
    {
        if (_delimiter.Length == 0) return 0;
        var at = key[_prefix.Length..].IndexOf(_delimiter);
        return at < 0 ? 0 : _prefix.Length + at + _delimiter.Length;
    }

    /// <summary>Rows of the prefix behind <paramref name="marker"/>: behind all of a group if the marker is one, else behind that key.</summary>
    public KeyRange RangeAfter(byte table, ulong bucketId, string? marker)
    {
        var range = SchemaKeys.OfPrefix(table, bucketId, _prefix);
        if (string.IsNullOrEmpty(marker)) return range;
        var bytes = MarkerBytes(marker);
        return From(range, IsGroup(bytes) ? SchemaKeys.BehindPrefix(table, bucketId, bytes) : SchemaKeys.BehindObject(table, bucketId, bytes));
    }

    public KeyRange Range(byte table, ulong bucketId, byte[] from) => From(SchemaKeys.OfPrefix(table, bucketId, _prefix), from);

    public bool IsGroup(string marker) => IsGroup(MarkerBytes(marker));

    /// <summary>A marker may be longer than any key; what is cut off could not change the order.</summary>
    public static byte[] MarkerBytes(string marker)
    {
        var bytes = Encoding.UTF8.GetBytes(marker);
        return bytes.Length <= ObjectEngine.MaxKeyBytes ? bytes : bytes[..(ObjectEngine.MaxKeyBytes + 1)];
    }

    private bool IsGroup(byte[] marker) => marker.AsSpan().StartsWith(_prefix) && GroupLength(marker) == marker.Length && marker.Length > 0;

    private static KeyRange From(KeyRange range, byte[] from)
    {
        if (range.From.Span.SequenceCompareTo(from) >= 0) return range;
        return range.To.Span.SequenceCompareTo(from) <= 0 ? new KeyRange(range.To, range.To) : range with { From = from };
    }
}
