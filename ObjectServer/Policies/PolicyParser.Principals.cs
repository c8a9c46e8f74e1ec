using System.Text.Json;

namespace ObjectStore.Server.Policies;

/// <summary>The elements Principal and NotPrincipal. Source: "AWS JSON policy elements: Principal".</summary>
internal sealed partial class PolicyParser
{
    private const int AccountIdDigits = 12;
    private const int CanonicalIdDigits = 64;

    private PrincipalSet? ReadPrincipals(JsonElement value)
    {
        var set = new PrincipalSet();
        if (value.ValueKind == JsonValueKind.String)
        {
            if (value.GetString() != "*") return InvalidPrincipal(value.GetString()!);
            set.AddEveryone();
            return set;
        }
        if (value.ValueKind != JsonValueKind.Object) return InvalidPrincipal(value.GetRawText());

        var any = false;
        foreach (var field in value.EnumerateObject())
        {
            if (field.Name is not ("AWS" or "Federated" or "Service" or "CanonicalUser")) return InvalidPrincipal(field.Name);
            if (ReadTexts(field.Value) is not { } names) return null;
            foreach (var name in names)
            {
                if (!Add(set, field.Name, name)) return InvalidPrincipal($"\"{field.Name}\":\"{name}\"");
            }
            any = true;
        }
        return any ? set : InvalidPrincipal("{}");
    }

    private PrincipalSet? InvalidPrincipal(string what) =>
        Fail<PrincipalSet>("Invalid principal in policy", $"Invalid principal in policy: {what}");

    private bool Add(PrincipalSet set, string kind, string name)
    {
        if (kind == "AWS" && name == "*")
        {
            set.AddEveryone();
            return true;
        }
        var principal = kind switch
        {
            "AWS" => ParseAws(name),
            "CanonicalUser" => IsHex(name) || IsAccountId(name) ? new NamedPrincipal(PrincipalNameKind.Canonical, name.ToLowerInvariant()) : null,
            "Service" => IsHost(name) && name.Contains('.', StringComparison.Ordinal) ? new NamedPrincipal(PrincipalNameKind.Service, name) : null,
            _ => IsProvider(name) ? new NamedPrincipal(PrincipalNameKind.Federated, name) : (NamedPrincipal?)null,
        };
        if (principal is not { } found) return false;
        set.Add(found);
        if (found.Kind == PrincipalNameKind.Arn && found.Value.Contains(":::", StringComparison.Ordinal)) AddLocal(set, found.Value);
        return true;
    }

    /// <summary>An ARN without an account: in a trust policy somebody of the role's own, in a policy of Ceph's somebody of the operator's.</summary>
    private void AddLocal(PrincipalSet set, string arn)
    {
        if (type == PolicyType.Trust) set.HasLocal = true;
        else set.AddAlias(arn.Replace(":::", $"::{RootCredentialStore.AccountId}:", StringComparison.Ordinal));
    }

    private NamedPrincipal? ParseAws(string name)
    {
        if (IsAccountId(name)) return new NamedPrincipal(PrincipalNameKind.Account, name);
        var parts = name.Split(':');
        if (parts is not ["arn", "aws", "iam" or "sts", "", _, _]) return null;
        var (service, account, resource) = (parts[2], parts[4], parts[5]);
        var isLoose = loose && IsS3;
        if (isLoose && IsTenant(account) && !IsAccountId(account)) return new NamedPrincipal(PrincipalNameKind.Tenant, name);
        // Ceph's documents leave the account out and mean the role's own; a trust policy can say so here too.
        if (!IsAccountId(account) && !(account.Length == 0 && (type == PolicyType.Trust || isLoose) && resource != "root")) return null;
        if (service == "iam" && resource == "root") return new NamedPrincipal(PrincipalNameKind.Account, account);

        var slash = resource.IndexOf('/');
        if (slash < 0 || !IsPath(resource.AsSpan(slash + 1))) return null;
        var isKnown = service == "iam"
            ? resource[..slash] is "user" or "role"
            : resource[..slash] is "assumed-role" or "federated-user";
        // Ceph's sessions are named by the service of their role.
        if (isLoose && account.Length == 0 && service == "iam" && resource.StartsWith("assumed-role/", StringComparison.Ordinal))
            (isKnown, name) = (true, $"arn:aws:sts:::{resource}");
        if (resource[..slash] == "assumed-role" && resource.AsSpan().Count('/') != 2) return null;
        return isKnown ? new NamedPrincipal(PrincipalNameKind.Arn, name) : null;
    }

    /// <summary>What stands for an account in ARNs of Ceph's tenants.</summary>
    private static bool IsTenant(string text) => text.Length is > 0 and <= 128 && text.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    private static bool IsAccountId(string text) => text.Length == AccountIdDigits && text.All(char.IsAsciiDigit);

    private static bool IsHex(string text) => text.Length == CanonicalIdDigits && text.All(char.IsAsciiHexDigit);

    /// <summary>A path and a name, as IAM takes them: no wildcards.</summary>
    private static bool IsPath(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[^1] == '/') return false;
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && !"+=,.@_-/".Contains(character, StringComparison.Ordinal)) return false;
        }
        return true;
    }

    private static bool IsHost(string text) =>
        text.Length is > 0 and <= 253 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-');

    /// <summary>The ARN of a provider of IAM, or the host of one that needs none, such as accounts.google.com.</summary>
    private static bool IsProvider(string text)
    {
        if (IsHost(text)) return true;
        return text.Split(':', 6) is ["arn", "aws", "iam", "", var account, var resource]
            && (account.Length == 0 || IsAccountId(account))
            && (resource.StartsWith("oidc-provider/", StringComparison.Ordinal) || resource.StartsWith("saml-provider/", StringComparison.Ordinal))
            && resource.IndexOfAny(['*', '?']) < 0;
    }
}
