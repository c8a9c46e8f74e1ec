using System.Text;
using System.Xml.Linq;

namespace ObjectStore.Client.Iam;

/// <summary>The query protocol of IAM and STS: a form goes in, XML comes out.</summary>
internal static class QueryProtocol
{
    // What replaces or reads; what makes or removes would answer otherwise the second time, and making a key makes another.
    private static readonly string[] Repeatable = ["Get", "List", "Put", "Tag", "Untag", "Update", "Attach", "Detach"];

    public static async Task<XElement> CallAsync(Connection connection, Credentials? credentials, string service, string version, string action,
        IEnumerable<(string Name, string? Value)> parameters, CancellationToken ct)
    {
        var form = new StringBuilder("Action=").Append(action).Append("&Version=").Append(version);
        foreach (var (name, value) in parameters)
        {
            if (value is not null) form.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        var answer = await connection.SendAsync(new WireRequest(HttpMethod.Post, "/", service)
        {
            Body = Encoding.UTF8.GetBytes(form.ToString()),
            ContentType = "application/x-www-form-urlencoded; charset=utf-8",
            IsRepeatable = Array.Exists(Repeatable, verb => action.StartsWith(verb, StringComparison.Ordinal)),
        }, credentials, ct);
        if (!answer.IsSuccess) throw WireXml.ErrorOf(answer);
        return WireXml.Parse(answer.Body).Child(action + "Result") ?? new XElement(action + "Result");
    }
}
