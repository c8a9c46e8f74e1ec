using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// Writes UTF-8 XML straight into a buffer writer without allocating. Elements are given as UTF-8 literals without brackets.
/// It checks nothing about nesting: each response is written by one short method whose test shows the bytes.
/// Call <see cref="Complete"/> at the end, or the tail is lost.
/// </summary>
internal ref struct XmlBuilder(IBufferWriter<byte> output)
{
    private const int MinBufferBytes = 4096;

    private readonly IBufferWriter<byte> _output = output;
    private Span<byte> _span = default;
    private int _used = 0;

    /// <summary>The declaration and a root element in S3's namespace.</summary>
    public void Begin(scoped ReadOnlySpan<byte> root)
    {
        Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8);
        Root(root);
    }

    /// <summary>A root element in S3's namespace, without a declaration.</summary>
    public void Root(scoped ReadOnlySpan<byte> root)
    {
        Raw("<"u8);
        Raw(root);
        Raw(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"u8);
    }

    public void Open(scoped ReadOnlySpan<byte> element) => Tag("<"u8, element);

    public void Close(scoped ReadOnlySpan<byte> element) => Tag("</"u8, element);

    public void Empty(scoped ReadOnlySpan<byte> element)
    {
        var at = Ensure(element.Length + 3);
        at[0] = (byte)'<';
        element.CopyTo(at[1..]);
        "/>"u8.CopyTo(at[(1 + element.Length)..]);
        _used += element.Length + 3;
    }

    public void Element(scoped ReadOnlySpan<byte> element, scoped ReadOnlySpan<char> text)
    {
        Open(element);
        Text(text);
        Close(element);
    }

    /// <summary>An element of UTF-8 text, which is escaped.</summary>
    public void ElementUtf8(scoped ReadOnlySpan<byte> element, scoped ReadOnlySpan<byte> utf8)
    {
        Open(element);
        TextUtf8(utf8);
        Close(element);
    }

    /// <summary>Nothing at all when <paramref name="text"/> is null.</summary>
    public void Optional(scoped ReadOnlySpan<byte> element, string? text)
    {
        if (text is not null)
            Element(element, text);
    }

    public void Element(scoped ReadOnlySpan<byte> element, long value)
    {
        Open(element);
        value.TryFormat(Ensure(20), out var count, provider: System.Globalization.CultureInfo.InvariantCulture);
        _used += count;
        Close(element);
    }

    public void Element(scoped ReadOnlySpan<byte> element, bool value)
    {
        Open(element);
        Raw(value ? "true"u8 : "false"u8);
        Close(element);
    }

    public void Element(scoped ReadOnlySpan<byte> element, DateTimeOffset value)
    {
        Open(element);
        var written = Timestamps.WriteIso8601(value, Ensure(Timestamps.Iso8601Bytes));
        _used += written;
        Close(element);
    }

    /// <summary>An ETag in its quotes, which S3 writes escaped.</summary>
    public void ETag(scoped ReadOnlySpan<char> bareETag)
    {
        Raw("<ETag>&quot;"u8);
        Text(bareETag);
        Raw("&quot;</ETag>"u8);
    }

    /// <summary>A key, prefix, marker or delimiter: percent-encoded when the request asked for <c>encoding-type=url</c>.</summary>
    public void Name(scoped ReadOnlySpan<byte> element, scoped ReadOnlySpan<char> name, bool urlEncoded)
    {
        Open(element);
        if (urlEncoded)
            UrlEncodedText(name);
        else
            Text(name);
        Close(element);
    }

    public void Text(scoped ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var special = XmlText.IndexOfSpecial(text);
            var plain = special < 0 ? text : text[..special];
            Transcode(plain);
            if (special < 0)
                return;

            var written = XmlText.WriteEscape(text[special], Ensure(16));
            _used += written;
            text = text[(special + 1)..];
        }
    }

    public void TextUtf8(scoped ReadOnlySpan<byte> utf8)
    {
        while (!utf8.IsEmpty)
        {
            var special = XmlText.IndexOfSpecial(utf8);
            if (special < 0)
            {
                Raw(utf8);
                return;
            }

            Raw(utf8[..special]);
            var written = XmlText.WriteEscape(utf8[special], Ensure(16));
            _used += written;
            utf8 = utf8[(special + 1)..];
        }
    }

    /// <summary>Bytes that are XML already.</summary>
    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Ensure(bytes.Length));
        _used += bytes.Length;
    }

    /// <summary>Hands what was written to the output. The builder can go on afterwards.</summary>
    public void Complete()
    {
        _output.Advance(_used);
        _span = default;
        _used = 0;
    }

    private void Tag(scoped ReadOnlySpan<byte> start, scoped ReadOnlySpan<byte> element)
    {
        var at = Ensure(start.Length + element.Length + 1);
        start.CopyTo(at);
        element.CopyTo(at[start.Length..]);
        at[start.Length + element.Length] = (byte)'>';
        _used += start.Length + element.Length + 1;
    }

    // Pieces keep one Ensure small, whatever the length of the text. A lone surrogate becomes U+FFFD.
    private void Transcode(scoped ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var piece = text.Length <= 1024 ? text : text[..(char.IsHighSurrogate(text[1023]) ? 1023 : 1024)];
            var written = Encoding.UTF8.GetBytes(piece, Ensure(3 * piece.Length));
            _used += written;
            text = text[piece.Length..];
        }
    }

    private void UrlEncodedText(scoped ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[12];
        while (!text.IsEmpty)
        {
            var plain = UrlEncoding.PlainPrefixLength(text);
            Transcode(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty)
                return;

            Rune.DecodeFromUtf16(text, out var rune, out var consumed);
            var count = rune.EncodeToUtf8(utf8);
            var written = UrlEncoding.WriteEscaped(utf8[..count], Ensure(3 * count));
            _used += written;
            text = text[consumed..];
        }
    }

    // It resets _used: never write "_used += Write(Ensure(...))", which reads _used before.
    private Span<byte> Ensure(int bytes)
    {
        if (_span.Length - _used < bytes)
        {
            _output.Advance(_used);
            _span = _output.GetSpan(Math.Max(bytes, MinBufferBytes));
            _used = 0;
        }

        return _span[_used..];
    }
}
