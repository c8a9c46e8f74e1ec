using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ObjectStore.Server.Cli.Wire;

/// <summary>Speaks IAM's query protocol, about the account of the credentials.</summary>
internal sealed class IamClient(Connection connection, Credentials credentials)
{
    private const string Version = "2010-05-08";

    /// <summary>Calls an action. Parameters that are null are left out.</summary>
    /// <returns>The result's element; an empty one where the action has none.</returns>
    public async Task<XElement> CallAsync(string action, CancellationToken ct, params (string Name, string? Value)[] parameters)
    {
        var form = new StringBuilder("Action=").Append(action).Append("&Version=").Append(Version);
        foreach (var (name, value) in parameters)
        {
            if (value is not null) form.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        var answer = await connection.SendAsync(new WireRequest(HttpMethod.Post, "/", "iam")
        {
            Body = Encoding.UTF8.GetBytes(form.ToString()),
            ContentType = "application/x-www-form-urlencoded; charset=utf-8",
        }, credentials, ct);
        var document = WireXml.Parse(answer.Body);
        if (!answer.IsSuccess) throw WireXml.ErrorOf(answer.Status, document);
        return document.Child(action + "Result") ?? new XElement(action + "Result");
    }

    /// <summary>All members of a list, page by page.</summary>
    /// <param name="list">The element of the result that has the members.</param>
    public async Task<IReadOnlyList<XElement>> ListAsync(string action, string list, CancellationToken ct, params (string Name, string? Value)[] parameters)
    {
        var members = new List<XElement>();
        for (string? marker = null; ;)
        {
            var page = await CallAsync(action, ct, [.. parameters, ("Marker", marker)]);
            members.AddRange(page.Child(list)?.Elements() ?? []);
            if (page.Text("IsTruncated") != "true") return members;
            marker = page.Text("Marker") ?? throw CliException.Unreachable($"The server's answer to {action} cannot be read.");
        }
    }
}

/// <summary>XML of servers, read without regard to namespaces.</summary>
internal static class WireXml
{
    /// <exception cref="CliException">It is no XML.</exception>
    public static XElement Parse(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, CheckCharacters = false });
            return XDocument.Load(reader).Root!;
        }
        catch (XmlException exception)
        {
            throw CliException.Unreachable("What answers does not speak S3 and IAM: it is no ObjectStore, or one of another version.", exception);
        }
    }

    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    /// <summary>Null if there is no such element.</summary>
    public static string? Text(this XElement element, string name) => element.Child(name)?.Value;

    /// <exception cref="CliException">There is no such element.</exception>
    public static string Required(this XElement element, string name) =>
        element.Text(name) ?? throw CliException.Unreachable($"The server's answer lacks {name}.");

    /// <summary>Errors of S3 (Error) and of IAM (ErrorResponse/Error).</summary>
    public static CliException ErrorOf(int status, XElement document)
    {
        var error = document.Name.LocalName == "Error" ? document : document.Child("Error") ?? document;
        return CliException.FromServer(status, error.Text("Code") ?? "Unknown", error.Text("Message") ?? $"The server answered {status}.");
    }
}
