using System.Text;
using System.Xml.Linq;
using ObjectStore.ObjectServer.Tests.Identities;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Iam;

namespace ObjectStore.ObjectServer.Tests.Iam;

/// <summary>The calls of IAM and STS without HTTP and signatures.</summary>
internal sealed class QueryBench(IdentityBench identities)
{
    private WebIdentityVerifier Verifier(bool anyAudience) => new(new ProviderKeys(Documents, identities.Time), anyAudience, identities.Time);

    public FakeDocuments Documents { get; } = new();

    public bool AnyAudience { get; init; }

    public S3Dialect Dialect { get; init; } = S3Dialect.Aws;

    public TopicActions? Topics { get; init; }

    public async Task<QueryReply> SnsAsync(Principal principal, string action, params (string Name, string Value)[] parameters) =>
        await CallAsync(principal, QueryService.SnsVersion, action, parameters);

    public async Task<QueryReply> CallAsync(Principal principal, string action, params (string Name, string Value)[] parameters) =>
        await CallAsync(principal, QueryService.IamVersion, action, parameters);

    public async Task<QueryReply> StsAsync(Credential? caller, string action, params (string Name, string Value)[] parameters) =>
        await CallAsync(caller?.Principal ?? Principal.Anonymous, QueryService.StsVersion, action, parameters, caller);

    public async Task<QueryReply> StsAsync(Credential caller, string token, string action, params (string Name, string Value)[] parameters) =>
        await CallAsync(caller.Principal, QueryService.StsVersion, action, parameters, caller, token);

    public async Task<QueryReply> CallAsync(Principal principal, string? version, string action, (string Name, string Value)[] parameters, Credential? credential = null,
        string? token = null)
    {
        var all = parameters.Append(("Action", action)).Concat(version is null ? [] : [("Version", version)]);
        var form = string.Join('&', all.Select(pair => $"{Uri.EscapeDataString(pair.Item1)}={Uri.EscapeDataString(pair.Item2)}"));
        var request = QueryParser.Parse(Encoding.UTF8.GetBytes(form)).ShouldNotBeNull();
        var call = new QueryCall
        {
            Request = request, Identities = identities.Service, Principal = principal, Credential = credential, SessionToken = token, RequestId = "REQUEST", Time = identities.Time.Now,
        };
        var answer = await (_service ??= new QueryService(identities.Service, Verifier(AnyAudience), Dialect, Topics)).RunAsync(call, default);
        return new QueryReply(answer.Error?.Status ?? 200, answer.Error?.Code, XDocument.Parse(Encoding.UTF8.GetString(QueryAnswers.Write(answer, request, "REQUEST").Span)));
    }

    private QueryService? _service;
}

internal sealed record QueryReply(int Status, string? Code, XDocument Document)
{
    /// <summary>The text of the first element of that name.</summary>
    public string this[string element] => Document.Descendants().First(node => node.Name.LocalName == element).Value;

    public IReadOnlyList<string> All(string element) => [.. Document.Descendants().Where(node => node.Name.LocalName == element).Select(node => node.Value)];

    public QueryReply Ok()
    {
        Code.ShouldBeNull(Document.ToString());
        return this;
    }
}

/// <summary>What providers would answer, and how often they were asked.</summary>
internal sealed class FakeDocuments : IProviderDocuments
{
    public Dictionary<string, string> Contents { get; } = new(StringComparer.Ordinal);

    public int Fetches { get; private set; }

    public ValueTask<ReadOnlyMemory<byte>?> FetchAsync(OidcProvider provider, Uri address, CancellationToken ct)
    {
        Fetches++;
        return ValueTask.FromResult<ReadOnlyMemory<byte>?>(Contents.TryGetValue(address.AbsoluteUri, out var text) ? Encoding.UTF8.GetBytes(text) : null);
    }
}
