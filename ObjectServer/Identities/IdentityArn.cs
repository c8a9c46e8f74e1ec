namespace ObjectStore.Server.Identities;

/// <summary>An ARN taken apart, not looked up: compare what is found with the text. arn:aws:iam::ACCOUNT:TYPE/PATH/NAME, or arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, or arn:aws:iam::ACCOUNT:root.</summary>
/// <param name="Account">Twelve digits, or "aws".</param>
/// <param name="Type">"root", "user", "role", "group", "policy", "oidc-provider", "assumed-role".</param>
/// <param name="Path">Begins and ends with '/'.</param>
/// <param name="Name">What is behind the last slash; empty for a root. Of a provider all behind the type.</param>
internal readonly record struct IdentityArn(string Service, string Account, string Type, string Path, string Name)
{
    public const string Root = "root";
    public const string User = "user";
    public const string Group = "group";
    public const string Role = "role";
    public const string Policy = "policy";
    public const string Provider = "oidc-provider";
    public const string AssumedRole = "assumed-role";

    /// <summary>Longest ARN that IAM takes.</summary>
    public const int MaxLength = 2048;

    public static bool TryParse(string? text, out IdentityArn arn)
    {
        arn = default;
        if (text is null || text.Length > MaxLength) return false;
        var parts = text.Split(':', 6);
        if (parts.Length != 6 || parts[0] != "arn" || parts[1] != "aws" || parts[2] is not ("iam" or "sts") || parts[3].Length > 0) return false;
        // Without an account it is the operator's, where its ARNs are written so.
        if (parts[4].Length == 0) parts[4] = RootCredentialStore.AccountId;
        var resource = parts[5];
        if (resource == Root)
        {
            arn = new IdentityArn(parts[2], parts[4], Root, "/", "");
            return true;
        }
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == resource.Length - 1) return false;
        var type = resource[..slash];
        if (type == Provider)
        {
            arn = new IdentityArn(parts[2], parts[4], type, "/", resource[(slash + 1)..]);
            return true;
        }
        var last = resource.LastIndexOf('/');
        if (last == resource.Length - 1) return false;
        arn = new IdentityArn(parts[2], parts[4], type, resource[slash..(last + 1)], resource[(last + 1)..]);
        return true;
    }
}
