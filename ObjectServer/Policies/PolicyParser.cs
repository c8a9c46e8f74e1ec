using System.Text.Json;
using System.Text.Unicode;
using ObjectStore.Server.Policies.Conditions;
using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Policies;

/// <summary>
/// Reads a document by the grammar of the IAM policy language, strictly: what is not known is refused. Used once for each document.
/// </summary>
internal sealed partial class PolicyParser(PolicyType type, bool loose)
{
    private const string Version2008 = "2008-10-17";
    private const string Version2012 = "2012-10-17";

    // A '?' costs a step a character in the worst case, all else is found by vectorised search.
    private const int MaxSingleWildcards = 1_000;

    private static readonly JsonDocumentOptions JsonOptions = new()
    {
        MaxDepth = PolicyLimits.MaxDepth, AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Disallow,
    };

    private readonly HashSet<string> _sids = new(StringComparer.Ordinal);
    private bool _hasVariables;
    private int _singleWildcards;
    private PolicyError? _error;

    private bool IsS3 => type == PolicyType.Resource;

    public PolicyParseResult Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > PolicyLimits.MaxTextBytes || json.IsEmpty || !Utf8.IsValid(json)) return new PolicyParseResult(NotJson);
        if (IsS3 && json[0] != '{') return new PolicyParseResult(NotJson);
        var text = json.ToArray();
        try
        {
            using var document = JsonDocument.Parse(text, JsonOptions);
            var statements = ReadDocument(document.RootElement);
            return statements is null
                ? new PolicyParseResult(_error ?? NotJson)
                : new PolicyParseResult(new PolicyDocument(type, text, statements));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second is what the library throws for strings with half a surrogate pair.
            return new PolicyParseResult(NotJson);
        }
    }

    private PolicyError NotJson => new(IsS3
        ? "Policies must be valid JSON and the first byte must be '{'"
        : "The policy is not in the valid JSON format.");

    private PolicyStatement[]? ReadDocument(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return Fail<PolicyStatement[]>("Policies must be valid JSON and the first byte must be '{'", Syntax);
        JsonElement? statements = null;
        foreach (var field in root.EnumerateObject())
        {
            switch (field.Name)
            {
                case "Version":
                    if (!ReadVersion(field.Value)) return null;
                    break;
                case "Id":
                    if (field.Value.ValueKind != JsonValueKind.String) return Fail<PolicyStatement[]>("Invalid policy syntax.", Syntax);
                    _ = field.Value.GetString();
                    break;
                case "Statement":
                    statements = field.Value;
                    break;
                default:
                    return Fail<PolicyStatement[]>($"Unknown field {field.Name}", Syntax);
            }
        }
        // Read last: the version, wherever it stands, decides about variables.
        return statements is { } found ? ReadStatements(found) : Fail<PolicyStatement[]>("Missing required field Statement", Syntax);
    }

    private bool ReadVersion(JsonElement value)
    {
        var version = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        _hasVariables = version == Version2012;
        return version is Version2008 or Version2012 || Fail("The policy must contain a valid version string");
    }

    private PolicyStatement[]? ReadStatements(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object) return ReadStatement(value) is { } single ? [single] : null;
        if (value.ValueKind != JsonValueKind.Array) return Fail<PolicyStatement[]>("Invalid policy syntax.", Syntax);
        if (value.GetArrayLength() == 0) return Fail<PolicyStatement[]>("Could not parse the policy: Statement is empty!", Syntax);
        var statements = new List<PolicyStatement>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object) return Fail<PolicyStatement[]>("Invalid policy syntax.", Syntax);
            if (ReadStatement(item) is not { } statement) return null;
            statements.Add(statement);
        }
        return [.. statements];
    }

    private PolicyStatement? ReadStatement(JsonElement value)
    {
        bool? allows = null;
        PrincipalSet? principals = null;
        PolicyText[]? actions = null;
        PolicyText[]? resources = null;
        Condition[] conditions = [];
        var (notPrincipal, notAction, notResource) = (false, false, false);
        foreach (var field in value.EnumerateObject())
        {
            switch (field.Name)
            {
                case "Sid":
                    if (!ReadSid(field.Value)) return null;
                    break;
                case "Effect":
                    if ((allows = ReadEffect(field.Value)) is null) return null;
                    break;
                case "Principal" or "NotPrincipal":
                    notPrincipal = field.Name == "NotPrincipal";
                    if (type == PolicyType.Identity && (notPrincipal || !loose)) return Fail<PolicyStatement>("Policy document should not specify a principal.");
                    if (principals is not null) return Fail<PolicyStatement>("Invalid policy syntax.", Syntax);
                    if ((principals = ReadPrincipals(field.Value)) is null) return null;
                    break;
                case "Action" or "NotAction":
                    notAction = field.Name == "NotAction";
                    if (actions is not null) return Fail<PolicyStatement>("Invalid policy syntax.", Syntax);
                    if ((actions = ReadActions(field.Value)) is null) return null;
                    break;
                case "Resource" or "NotResource":
                    notResource = field.Name == "NotResource";
                    if (type == PolicyType.Trust) return Fail<PolicyStatement>($"Has prohibited field {field.Name}");
                    if (resources is not null) return Fail<PolicyStatement>("Invalid policy syntax.", Syntax);
                    if ((resources = ReadResources(field.Value)) is null) return null;
                    break;
                case "Condition":
                    if (ReadConditions(field.Value) is not { } read) return null;
                    conditions = read;
                    break;
                default:
                    return Fail<PolicyStatement>($"Unknown field {field.Name}", Syntax);
            }
        }

        if (allows is null) return Fail<PolicyStatement>("Missing required field Effect", Syntax);
        if (principals is null && type != PolicyType.Identity) return Fail<PolicyStatement>("Missing required field Principal");
        if (actions is null) return Fail<PolicyStatement>("Missing required field Action", "Policy statement must contain actions.");
        if (resources is null && type != PolicyType.Trust && !(loose && IsS3)) return Fail<PolicyStatement>("Missing required field Resource", "Policy statement must contain resources.");
        if (notPrincipal && allows.Value) return Fail<PolicyStatement>("Allow with NotPrincipal is not allowed.");
        return new PolicyStatement
        {
            Allows = allows.Value,
            // An identity's policy is about whom it is attached to, whatever it says.
            Principals = type == PolicyType.Identity ? null : principals,
            NotPrincipal = notPrincipal,
            Actions = actions,
            NotAction = notAction,
            Resources = resources ?? [],
            NotResource = notResource,
            Conditions = conditions,
        };
    }

    private bool ReadSid(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return Fail("Invalid policy syntax.", Syntax);
        var sid = value.GetString()!;
        if (!IsS3 && !sid.All(char.IsAsciiLetterOrDigit))
            return Fail("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*");
        // Bucket policies of S3 may repeat them, and clients that write a statement a source do.
        return IsS3 || sid.Length == 0 || _sids.Add(sid) || Fail("Statement IDs (SID) in a single policy must be unique.");
    }

    private bool? ReadEffect(JsonElement value)
    {
        var effect = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        if (effect is "Allow" or "Deny") return effect == "Allow";
        Fail($"Invalid effect: {effect}", Syntax);
        return null;
    }

    private PolicyText[]? ReadActions(JsonElement value)
    {
        if (ReadTexts(value) is not { } actions) return null;
        var compiled = new PolicyText[actions.Count];
        for (var index = 0; index < compiled.Length; index++)
        {
            if (CheckAction(actions[index]) is { } message) return Fail<PolicyText[]>(message);
            compiled[index] = PolicyTextCompiler.Compile(actions[index], wildcards: true, variables: false)!;
            if (!CountWildcards(compiled[index])) return null;
            if (IsS3 && !S3Actions.IsKnown(compiled[index])) return Fail<PolicyText[]>("Policy has invalid action");
        }
        return compiled;
    }

    private string? CheckAction(string action)
    {
        if (type == PolicyType.Trust && !action.StartsWith("sts:", StringComparison.OrdinalIgnoreCase))
            return "AssumeRole Policy may only specify STS AssumeRole actions.";
        if (action == "*") return null;
        var colon = action.IndexOf(':');
        if (colon <= 0) return IsS3 ? "Policy has invalid action" : "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        var vendor = action.AsSpan(0, colon);
        var name = action.AsSpan(colon + 1);
        var isVendor = vendor is "*" || vendor.IndexOfAnyExcept(VendorCharacters) < 0;
        if (!isVendor) return IsS3 ? "Policy has invalid action" : $"Vendor {vendor} is not valid";
        return !name.IsEmpty && name.IndexOfAnyExcept(ActionCharacters) < 0
            ? null
            : IsS3 ? "Policy has invalid action" : Syntax;
    }

    private PolicyText[]? ReadResources(JsonElement value)
    {
        if (ReadTexts(value) is not { } resources) return null;
        var compiled = new PolicyText[resources.Count];
        for (var index = 0; index < compiled.Length; index++)
        {
            var text = PolicyTextCompiler.Compile(resources[index], wildcards: true, _hasVariables);
            if (text is null || !IsResource(text)) return Fail<PolicyText[]>("Policy has invalid resource", $"Resource {resources[index]} must be in ARN format or \"*\".");
            if (!CountWildcards(text)) return null;
            compiled[index] = text;
        }
        return compiled;
    }

    /// <summary>Variables stand behind the fifth colon only (AWS, "IAM policy elements: Variables and tags").</summary>
    private static bool IsResource(PolicyText text) =>
        (text.Text == "*" && text.HasWildcards)
        || (text.Text.StartsWith("arn:", StringComparison.Ordinal)
            && text.Text.AsSpan().Count(':') >= Wildcards.ArnColons
            && text.ColonsBeforeVariables >= Wildcards.ArnColons);

    /// <summary>One string or several. Null after a failure.</summary>
    private List<string>? ReadTexts(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) return Fail<List<string>>("Invalid policy syntax.", Syntax);
        var texts = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String) return Fail<List<string>>("Invalid policy syntax.", Syntax);
            texts.Add(item.GetString()!);
        }
        return texts;
    }

    private bool CountWildcards(PolicyText text)
    {
        _singleWildcards += text.SingleWildcards;
        return _singleWildcards <= MaxSingleWildcards || Fail($"The policy has more than {MaxSingleWildcards} wildcards '?'.");
    }

    private const string Syntax = "Syntax errors in policy.";
    private const string ActionCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*?";
    private const string VendorCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    /// <param name="iam">IAM's words, where they differ from S3's.</param>
    private bool Fail(string s3, string? iam = null)
    {
        _error ??= new PolicyError(IsS3 ? s3 : iam ?? s3);
        return false;
    }

    private T? Fail<T>(string s3, string? iam = null)
        where T : class
    {
        Fail(s3, iam);
        return null;
    }
}
