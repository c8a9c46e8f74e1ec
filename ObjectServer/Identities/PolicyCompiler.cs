using System.Collections.Concurrent;
using System.Text;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>Parses policies of identities, each text once.</summary>
internal sealed class PolicyCompiler
{
    /// <summary>Texts kept; all are forgotten when there are more.</summary>
    public const int Capacity = 4096;

    /// <summary>Of all texts kept together, as some are long.</summary>
    public const long CapacityChars = Capacity * 10_240L;

    private readonly ConcurrentDictionary<string, PolicyDocument> _parsed = new(StringComparer.Ordinal);
    private long _chars;

    /// <summary>The policies of a user with those of its groups, or of a role.</summary>
    public PrincipalPolicies Compile(IdentityState state, Attachments own, IEnumerable<Group> groups)
    {
        var documents = new List<PolicyDocument>();
        Add(documents, state, own);
        foreach (var group in groups) Add(documents, state, group.Policies);
        // A boundary that cannot be found bounds everything.
        var boundary = own.Boundary is null ? null : Parse(state.FindPolicy(own.Boundary)?.Default.Document ?? DenyAll);
        return new PrincipalPolicies(documents, boundary);
    }

    /// <summary>A stored document. One that is refused now, although it was accepted once, denies everything: a Deny in it must not be lost.</summary>
    public PolicyDocument Parse(string document)
    {
        if (_parsed.TryGetValue(document, out var known)) return known;
        var result = PolicyDocument.Parse(Encoding.UTF8.GetBytes(document), PolicyType.Identity, loose: true);
        var parsed = result.Document ?? PolicyDocument.Parse(Encoding.UTF8.GetBytes(DenyAll), PolicyType.Identity).Document!;
        if (_parsed.Count >= Capacity || Interlocked.Read(ref _chars) >= CapacityChars)
        {
            _parsed.Clear();
            Interlocked.Exchange(ref _chars, 0);
        }
        if (_parsed.TryAdd(document, parsed)) Interlocked.Add(ref _chars, document.Length);
        return parsed;
    }

    private const string DenyAll = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}""";

    private void Add(List<PolicyDocument> documents, IdentityState state, Attachments attachments)
    {
        foreach (var document in attachments.Inline.Values) documents.Add(Parse(document));
        foreach (var arn in attachments.Managed)
        {
            if (state.FindPolicy(arn) is { } policy) documents.Add(Parse(policy.Default.Document));
        }
    }
}
