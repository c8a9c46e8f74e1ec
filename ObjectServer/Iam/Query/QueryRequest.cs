using System.Globalization;

namespace ObjectStore.Server.Iam;

/// <summary>The parameters of one call of the query protocol, by name. Lists are numbered: TagKeys.member.1, TagKeys.member.2.</summary>
internal sealed class QueryRequest(IReadOnlyDictionary<string, string> parameters)
{
    /// <summary>Most members of a list that are looked at; no list may have more.</summary>
    private const int MaxMembers = 200;

    public string? Action => this["Action"];

    public string? Version => this["Version"];

    /// <summary>Null if it is absent.</summary>
    public string? this[string name] => parameters.GetValueOrDefault(name);

    /// <exception cref="QueryException">It is absent.</exception>
    public string Required(string name) => this[name] is { Length: > 0 } value ? value : throw QueryErrors.Missing(name);

    /// <exception cref="QueryException">It is no number.</exception>
    public int? Number(string name)
    {
        if (this[name] is not { } text) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw QueryErrors.Validation($"1 validation error detected: Value at '{Member(name)}' is not an integer.");
    }

    public bool Flag(string name) => string.Equals(this[name], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>NAME.member.1, NAME.member.2, up to the first number that is absent.</summary>
    public IReadOnlyList<string> List(string name)
    {
        var members = new List<string>();
        while (this[string.Create(CultureInfo.InvariantCulture, $"{name}.member.{members.Count + 1}")] is { } member)
        {
            members.Add(member);
            if (members.Count > MaxMembers) throw QueryErrors.Validation($"1 validation error detected: Value at '{Member(name)}' has too many members.");
        }
        return members;
    }

    /// <summary>Tags.member.1.Key and Tags.member.1.Value and so on.</summary>
    public IReadOnlyList<IdentityTag> Tags(string name = "Tags")
    {
        var tags = new List<IdentityTag>();
        while (true)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"{name}.member.{tags.Count + 1}.");
            if (this[prefix + "Key"] is not { } key) return tags;
            tags.Add(new IdentityTag(key, this[prefix + "Value"] ?? ""));
            if (tags.Count > MaxMembers) throw QueryErrors.Validation("1 validation error detected: Value at 'tags' has too many members.");
        }
    }

    /// <summary>The name as error messages spell it: in camel case.</summary>
    public static string Member(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
