using System.Globalization;
using System.Xml;

namespace ObjectStore.Server.Iam;

/// <summary>Writes the document of an answer. Control calls only: it allocates as it likes.</summary>
internal sealed class AnswerWriter : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly XmlWriter _xml;

    public AnswerWriter() => _xml = XmlWriter.Create(_output, new XmlWriterSettings
    {
        Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        CheckCharacters = false,
        OmitXmlDeclaration = true,
    });

    public AnswerWriter Open(string element, string? xmlNamespace = null)
    {
        if (xmlNamespace is null) _xml.WriteStartElement(element);
        else _xml.WriteStartElement(element, xmlNamespace);
        return this;
    }

    public AnswerWriter Close()
    {
        _xml.WriteEndElement();
        return this;
    }

    /// <summary>Nothing at all for null.</summary>
    public AnswerWriter Element(string element, string? text)
    {
        if (text is not null) _xml.WriteElementString(element, text);
        return this;
    }

    public AnswerWriter Element(string element, int value) => Element(element, value.ToString(CultureInfo.InvariantCulture));

    public AnswerWriter Element(string element, bool value) => Element(element, value ? "true" : "false");

    public AnswerWriter Element(string element, DateTimeOffset time) =>
        Element(element, time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>A document, percent-encoded as IAM gives policies back (RFC 3986).</summary>
    public AnswerWriter Document(string element, string document) => Element(element, Uri.EscapeDataString(document));

    public AnswerWriter List<T>(string element, IEnumerable<T> members, Action<T> write)
    {
        Open(element);
        foreach (var member in members)
        {
            Open("member");
            write(member);
            Close();
        }
        return Close();
    }

    public AnswerWriter List(string element, IEnumerable<string> members) => List(element, members, _xml.WriteString);

    public AnswerWriter Tags(IReadOnlyCollection<IdentityTag> tags) => tags.Count == 0 ? this : List("Tags", tags, tag => Element("Key", tag.Key).Element("Value", tag.Value));

    public ReadOnlyMemory<byte> Finish()
    {
        _xml.Flush();
        return _output.GetBuffer().AsMemory(0, (int)_output.Length);
    }

    public void Dispose() => _xml.Dispose();
}
