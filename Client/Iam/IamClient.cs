using System.Xml.Linq;

namespace ObjectStore.Client.Iam;

/// <summary>Speaks IAM's query protocol, about the account of the credentials.</summary>
public sealed partial class IamClient(Connection connection, Credentials credentials)
{
    private const string Version = "2010-05-08";

    /// <summary>Calls an action. Parameters that are null are left out.</summary>
    /// <returns>The result's element; an empty one where the action has none.</returns>
    /// <exception cref="ClientException">It was refused, or no answer came.</exception>
    public Task<XElement> CallAsync(string action, CancellationToken ct, params (string Name, string? Value)[] parameters) =>
        QueryProtocol.CallAsync(connection, credentials, "iam", Version, action, parameters, ct);

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
            marker = page.Text("Marker") ?? throw ClientException.Foreign($"The server's answer to {action} cannot be read.");
        }
    }

    /// <summary>Null where the server says that there is no such entity.</summary>
    private async Task<XElement?> FindAsync(string action, CancellationToken ct, params (string Name, string? Value)[] parameters)
    {
        try
        {
            return await CallAsync(action, ct, parameters);
        }
        catch (ClientException missing) when (missing.Code == "NoSuchEntity")
        {
            return null;
        }
    }

    private static IEnumerable<(string Name, string? Value)> TagParameters(IReadOnlyDictionary<string, string> tags) => tags.SelectMany((tag, index) =>
        ((string, string?)[])[($"Tags.member.{index + 1}.Key", tag.Key), ($"Tags.member.{index + 1}.Value", tag.Value)]);

    private static IEnumerable<(string Name, string? Value)> ListParameters(string name, IEnumerable<string> values) =>
        values.Select((value, index) => ($"{name}.member.{index + 1}", (string?)value));

    private static IReadOnlyDictionary<string, string> TagsOf(XElement element) =>
        (element.Child("Tags")?.Elements() ?? []).ToDictionary(tag => tag.Required("Key"), tag => tag.Required("Value"), StringComparer.Ordinal);
}
