using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Xml;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>
/// Walks the small XML documents that clients send: a root, elements, text in the leaves. Namespaces and attributes do not
/// matter, as clients differ in them; document types and anything that is not well-formed are refused.
/// Every fault is an <see cref="XmlException"/>, which <see cref="Parse"/> turns into null: MalformedXML on the wire.
/// </summary>
internal sealed class XmlBody : IDisposable
{
    // Keys may hold control characters, which clients write as &#x1; although XML 1.0 does not allow it.
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CheckCharacters = false,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        CloseInput = true,
    };

    // Control characters but tab and line ends, zero left out: it is half of a character in a document that is not UTF-8.
    private static readonly SearchValues<byte> RawControls =
        SearchValues.Create([.. Enumerable.Range(1, 31).Select(c => (byte)c).Except("\t\n\r"u8.ToArray())]);

    private readonly XmlReader _reader;

    private XmlBody(ReadOnlyMemory<byte> body)
    {
        body = WithReferences(body);
        var stream = MemoryMarshal.TryGetArray(body, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(body.ToArray(), writable: false);
        _reader = XmlReader.Create(stream, Settings);
    }

    /// <summary>Parses a whole document with <paramref name="parse"/>, which starts at the root's children; null if it is malformed.</summary>
    public static T? Parse<T>(ReadOnlyMemory<byte> body, string root, Func<XmlBody, T> parse)
        where T : class
    {
        try
        {
            using var document = new XmlBody(body);
            if (document._reader.MoveToContent() != XmlNodeType.Element || document._reader.LocalName != root)
                return null;

            var parsed = parse(document);
            while (document._reader.Read())
            {
                // To the end: garbage behind the root is malformed, too.
            }

            return parsed;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>Calls <paramref name="onChild"/> for each child of the element that the reader stands on. It must consume the child, and throws on a name that it does not know.</summary>
    public void Children(Action<string> onChild)
    {
        if (_reader.IsEmptyElement)
        {
            _reader.Read();
            return;
        }

        _reader.Read();
        while (true)
        {
            switch (_reader.NodeType)
            {
                case XmlNodeType.Element:
                    onChild(_reader.LocalName);
                    break;
                case XmlNodeType.EndElement:
                    _reader.Read();
                    return;
                case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    _reader.Read();
                    break;
                default:
                    throw Malformed();
            }
        }
    }

    /// <summary>The text of the leaf that the reader stands on; moves behind it.</summary>
    public string Text()
    {
        try
        {
            return _reader.ReadElementContentAsString();
        }
        catch (InvalidOperationException e)
        {
            throw new XmlException("The element has children where text belongs.", e);
        }
    }

    public long Number() =>
        long.TryParse(Text().AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Malformed();

    public bool Boolean() => Text().Trim() switch
    {
        "true" or "True" or "TRUE" or "1" => true,
        "false" or "False" or "FALSE" or "0" or "" => false,
        _ => throw Malformed(),
    };

    // Some clients write such a key's characters raw. Who could store an object must be able to name it in DeleteObjects.
    private static ReadOnlyMemory<byte> WithReferences(ReadOnlyMemory<byte> body)
    {
        if (body.Span.IndexOfAny(RawControls) < 0)
            return body;

        var escaped = new ArrayBufferWriter<byte>(body.Length + 256);
        var rest = body.Span;
        for (var at = rest.IndexOfAny(RawControls); at >= 0; at = rest.IndexOfAny(RawControls))
        {
            escaped.Write(rest[..at]);
            escaped.Advance(XmlText.WriteEscape(rest[at], escaped.GetSpan(16)));
            rest = rest[(at + 1)..];
        }

        escaped.Write(rest);
        return escaped.WrittenMemory;
    }

    /// <summary>Moves behind the element that the reader stands on.</summary>
    public void Skip() => _reader.Skip();

    public static XmlException Malformed() => new("The document does not follow the schema.");

    public void Dispose() => _reader.Dispose();
}
