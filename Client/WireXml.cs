using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ObjectStore.Client;

/// <summary>XML of servers, read without regard to namespaces.</summary>
public static class WireXml
{
    // Keys of objects may have characters that XML can only hold as references.
    private static readonly XmlReaderSettings Reading = new() { DtdProcessing = DtdProcessing.Prohibit, CheckCharacters = false };
    private static readonly XmlWriterSettings Writing = new() { CheckCharacters = false, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };

    /// <exception cref="ClientException">It is no XML.</exception>
    public static XElement Parse(byte[] body)
    {
        try
        {
            return Read(body);
        }
        catch (XmlException exception)
        {
            throw NotOurs(exception);
        }
    }

    public static byte[] Write(XElement document)
    {
        var output = new MemoryStream();
        using (var writer = XmlWriter.Create(output, Writing)) document.WriteTo(writer);
        return output.ToArray();
    }

    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement element, string name) => element.Elements().Where(child => child.Name.LocalName == name);

    /// <summary>Null if there is no such element.</summary>
    public static string? Text(this XElement element, string name) => element.Child(name)?.Value;

    /// <exception cref="ClientException">There is no such element.</exception>
    public static string Required(this XElement element, string name) =>
        element.Text(name) ?? throw ClientException.Foreign($"The server's answer lacks {name}.");

    /// <summary>Errors of S3 (Error) and of IAM (ErrorResponse/Error); of an answer without a body, what its status says.</summary>
    public static ClientException ErrorOf(WireAnswer answer)
    {
        if (answer.Body.Length == 0) return ClientException.Refused(answer.Status, CodeOf(answer.Status), $"The server answered {answer.Status}.", answer.RequestId);
        if (!TryParse(answer.Body, out var document))
        {
            // What stands between answers for the server, in a language of its own.
            if (answer.Status is 429 or >= 500) return ClientException.Refused(answer.Status, CodeOf(answer.Status), $"The server answered {answer.Status}.", answer.RequestId);
            throw NotOurs(null);
        }
        var error = document.Name.LocalName == "Error" ? document : document.Child("Error") ?? document;
        return ClientException.Refused(answer.Status, error.Text("Code") ?? "Unknown", error.Text("Message") ?? $"The server answered {answer.Status}.", answer.RequestId);
    }

    private static XElement Read(byte[] body)
    {
        using var reader = XmlReader.Create(new MemoryStream(body), Reading);
        return XDocument.Load(reader).Root!;
    }

    private static bool TryParse(byte[] body, [NotNullWhen(true)] out XElement? document)
    {
        try
        {
            document = Read(body);
            return true;
        }
        catch (XmlException)
        {
            document = null;
            return false;
        }
    }

    private static ClientException NotOurs(XmlException? exception) =>
        ClientException.Foreign("What answers does not speak S3 and IAM: it is no ObjectStore, or one of another version.", exception);

    private static string CodeOf(int status) => status switch
    {
        403 => "AccessDenied",
        404 => "NotFound",
        503 => "ServiceUnavailable",
        _ => "Unknown",
    };
}
