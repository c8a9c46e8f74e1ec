using System.Text.RegularExpressions;

namespace ObjectStore.Server.Identities;

/// <summary>The form of names, paths and the like, as the IAM API reference gives them. Each check returns what is wrong, or null.</summary>
internal static partial class IdentityRules
{
    public const int UserNameLength = 64;
    public const int RoleNameLength = 64;
    public const int GroupNameLength = 128;
    public const int PolicyNameLength = 128;
    private const int PathLength = 512;
    private const int DescriptionLength = 1000;
    private const int AccountNameLength = 128;
    private const int EmailLength = 254;
    private const int MinKeyLength = 3;
    private const int MaxKeyLength = 128;
    private const int MinSecretLength = 8;
    private const int MaxSecretLength = 128;

    public static Refusal? UserName(string name, string member = "userName") => CheckName(name, member, UserNameLength);

    public static Refusal? RoleName(string name) => CheckName(name, "roleName", RoleNameLength);

    public static Refusal? GroupName(string name, string member = "groupName") => CheckName(name, member, GroupNameLength);

    public static Refusal? PolicyName(string name) => CheckName(name, "policyName", PolicyNameLength);

    public static Refusal? SessionName(string name, string member = "roleSessionName") =>
        name.Length < 2 ? Invalid(name, member, "Member must have length greater than or equal to 2") : CheckName(name, member, 64);

    public static Refusal? Path(string path, string member = "path") =>
        path.Length > PathLength ? TooLong(path, member, PathLength)
        : PathPattern().IsMatch(path) ? null
        : new Refusal(IdentityFault.ValidationError, $"The specified value for {member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.");

    /// <summary>A prefix need not end with a slash.</summary>
    public static Refusal? PathPrefix(string prefix) =>
        prefix.Length > PathLength ? TooLong(prefix, "pathPrefix", PathLength)
        : PathPrefixPattern().IsMatch(prefix) ? null
        : new Refusal(IdentityFault.ValidationError, "The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.");

    public static Refusal? Description(string text) =>
        text.Length > DescriptionLength ? TooLong(text, "description", DescriptionLength)
        : DescriptionPattern().IsMatch(text) ? null
        : Invalid(text, "description", """Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*""");

    public static Refusal? MaxSession(int seconds) => seconds is >= 3600 and <= 43200 ? null
        : Invalid(seconds.ToString(System.Globalization.CultureInfo.InvariantCulture), "maxSessionDuration", seconds < 3600
            ? "Member must have value greater than or equal to 3600"
            : "Member must have value less than or equal to 43200");

    /// <summary>The tags that result, those given after those that were; keys are compared without case.</summary>
    public static IdentityResult<System.Collections.Immutable.ImmutableArray<IdentityTag>> Tags(IReadOnlyList<IdentityTag> before, IReadOnlyList<IdentityTag> given)
    {
        var tags = before.ToList();
        for (var i = 0; i < given.Count; i++)
        {
            var tag = given[i];
            if (Tag(tag) is { } refusal) return refusal;
            for (var other = 0; other < i; other++)
            {
                if (Same(given[other].Key, tag.Key)) return new Refusal(IdentityFault.InvalidInput, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
            }
            var index = tags.FindIndex(known => Same(known.Key, tag.Key));
            if (index >= 0) tags[index] = tag;
            else tags.Add(tag);
        }
        if (tags.Count > IdentityQuotas.Tags) return IdentityQuotas.Exceeded("TagsPerResource", IdentityQuotas.Tags);
        return System.Collections.Immutable.ImmutableArray.CreateRange(tags);
    }

    public static Refusal? Tag(IdentityTag tag)
    {
        if (tag.Key.Length is 0 or > 128) return Invalid(tag.Key, "tags.member.key", "Member must have length between 1 and 128, inclusive");
        if (tag.Value.Length > 256) return TooLong(tag.Value, "tags.member.value", 256);
        if (!TagPattern().IsMatch(tag.Key)) return Invalid(tag.Key, "tags.member.key", """Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+""");
        if (!TagPattern().IsMatch(tag.Value)) return Invalid(tag.Value, "tags.member.value", """Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*""");
        return tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
            ? new Refusal(IdentityFault.InvalidInput, "Your tag key must not begin with aws: since that is reserved for system use.")
            : null;
    }

    public static bool Same(string key, string other) => key.Equals(other, StringComparison.OrdinalIgnoreCase);

    public static Refusal? AccountName(string name) =>
        name.Length is 0 or > AccountNameLength || name.Any(char.IsControl)
            ? new Refusal(IdentityFault.ValidationError, $"An account's name has 1 to {AccountNameLength} characters, none of them a control character.")
            : null;

    public static Refusal? Email(string email) =>
        email.Length > EmailLength || !EmailPattern().IsMatch(email)
            ? new Refusal(IdentityFault.ValidationError, $"\"{email}\" is not an e-mail address of at most {EmailLength} characters.")
            : null;

    public static Refusal? AccountId(string id) => id.Length == 12 && id.All(char.IsAsciiDigit)
        ? null
        : new Refusal(IdentityFault.ValidationError, "An account's id has twelve digits.");

    /// <summary>Accounts that come from Ceph's gateway own under their own id.</summary>
    public static Refusal? CanonicalId(string id, string accountId) => (id.Length == 64 && id.All(char.IsAsciiHexDigitLower)) || id == accountId
        ? null
        : new Refusal(IdentityFault.ValidationError, "A canonical id has 64 hexadecimal digits in lower case, or is the account's own id.");

    public static Refusal? GivenKey(GivenKey key) =>
        key.Id.Length is < MinKeyLength or > MaxKeyLength || !KeyPattern().IsMatch(key.Id)
            ? new Refusal(IdentityFault.ValidationError, $"An access key has {MinKeyLength} to {MaxKeyLength} letters, digits, '_', '-' and '.'.")
        : key.Id.StartsWith(IdentityIds.SessionKeyPrefix, StringComparison.Ordinal)
            ? new Refusal(IdentityFault.ValidationError, $"Access keys that begin with {IdentityIds.SessionKeyPrefix} are those of sessions.")
        : key.Secret.Length is < MinSecretLength or > MaxSecretLength || key.Secret.Any(character => character is <= ' ' or > '~')
            ? new Refusal(IdentityFault.ValidationError, $"A secret key has {MinSecretLength} to {MaxSecretLength} printable characters without blanks.")
        : null;

    public static Refusal? KeyLabel(string label) => label.Length is > 0 and <= MaxKeyLength && KeyPattern().IsMatch(label)
        ? null
        : new Refusal(IdentityFault.ValidationError, $"A label of keys has 1 to {MaxKeyLength} letters, digits, '_', '-' and '.'.");

    public static Refusal? DocumentKind(string kind) => kind.Length is > 0 and <= 64 && kind.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')
        ? null
        : new Refusal(IdentityFault.ValidationError, "A kind of document has 1 to 64 letters, digits and '-'.");

    public static Refusal Invalid(string value, string member, string constraint) =>
        new(IdentityFault.ValidationError, $"1 validation error detected: Value '{Cut(value)}' at '{member}' failed to satisfy constraint: {constraint}");

    private static Refusal TooLong(string value, string member, int length) => Invalid(value, member, $"Member must have length less than or equal to {length}");

    private static Refusal? CheckName(string name, string member, int maxLength) =>
        name.Length == 0 ? Invalid(name, member, "Member must have length greater than or equal to 1")
        : name.Length > maxLength ? TooLong(name, member, maxLength)
        : NamePattern().IsMatch(name) ? null
        : Invalid(name, member, """Member must satisfy regular expression pattern: [\w+=,.@-]+""");

    // An error must stay small, whatever the request is.
    private static string Cut(string value) => value.Length <= 256 ? value : value[..256];

    [GeneratedRegex(@"^[A-Za-z0-9_+=,.@-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^(/|/[\x21-\x7E]+/)\z")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^/[\x21-\x7E]*\z")]
    private static partial Regex PathPrefixPattern();

    [GeneratedRegex(@"^[\t\n\r\x20-\x7E\u00A1-\u00FF]*\z")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex(@"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*\z")]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"^[^\s@]+@[^\s@]+\z")]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+\z")]
    private static partial Regex KeyPattern();
}
