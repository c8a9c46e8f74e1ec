using System.Text;

namespace ObjectStore.Server.Objects;

/// <summary>Turns bytes into a string and gives the same string again while the bytes stay the same, as owners and classes do through a page.</summary>
internal struct TextCache
{
    private byte[]? _bytes;
    private string? _text;

    /// <summary>Null for no bytes.</summary>
    public string? Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        if (_bytes is not null && bytes.SequenceEqual(_bytes)) return _text;
        _bytes = bytes.ToArray();
        return _text = Encoding.UTF8.GetString(bytes);
    }
}
