namespace ObjectStore.Server.Policies;

/// <summary>The name of a condition key, which knows no case.</summary>
internal sealed class ConditionKey
{
    public ConditionKey(string text)
    {
        Text = text;
        // The keys of web identities are the provider's address, which has slashes of its own: localhost:8080/realms/demo:aud.
        var slash = HasQualifier(text) ? text.IndexOf('/') : -1;
        Name = (slash < 0 ? text : text[..slash]).ToLowerInvariant();
        Qualifier = slash < 0 ? null : text[(slash + 1)..];
    }

    /// <summary>As the policy spells it.</summary>
    public string Text { get; }

    /// <summary>In lower case, without the qualifier: "aws:sourceip", "s3:existingobjecttag".</summary>
    public string Name { get; }

    /// <summary>What follows the slash, as spelled: the key of a tag. Null if there is none.</summary>
    public string? Qualifier { get; }

    /// <summary>With a service, or the address of an identity provider, before the name.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (colon <= 0 || colon == text.Length - 1) return false;
        foreach (var character in text)
        {
            if (char.IsControl(character)) return false;
        }
        return !text[..colon].Contains(' ') && text.IndexOfAny("*?${}") < 0;
    }

    public override string ToString() => Text;

    private static bool HasQualifier(string text) =>
        text.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("s3:", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("iam:", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("sts:", StringComparison.OrdinalIgnoreCase);
}
