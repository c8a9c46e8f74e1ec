using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>
/// The oracle: reads documents anew for each question and follows AWS's pages sentence by sentence, with regular expressions and lists. Knows valid
/// documents of version 2012-10-17 only, and of the operators String*, Numeric*, Bool and Null.
/// </summary>
internal static class NaiveEvaluator
{
    public static PolicyVerdict Evaluate(
        PolicyPrincipal principal, string action, string resource, string owner, IReadOnlyDictionary<string, string[]> keys,
        string[] identity, string? boundary, string[]? session, string? bucket, AclGrant acl)
    {
        var request = new Request(principal, action, resource, owner, keys, boundary is not null);
        var isOwn = principal.AccountId == owner && principal.AccountId.Length > 0;
        if (isOwn && principal.Kind == PolicyPrincipalKind.Root && (action is "s3:PutBucketPolicy" or "s3:GetBucketPolicy" or "s3:DeleteBucketPolicy"))
            return PolicyVerdict.Allow;

        string[] everything = [.. identity, .. boundary is null ? [] : new[] { boundary }, .. session ?? [], .. bucket is null ? [] : new[] { bucket }];
        if (everything.Any(document => Matches(document, "Deny", request).Count > 0)) return PolicyVerdict.ExplicitDeny;

        var grants = bucket is null ? [] : Matches(bucket, "Allow", request).SelectMany(statement => GrantsOf(statement, request)).ToHashSet();
        if (acl == AclGrant.Account) grants.Add("account");
        if (acl == AclGrant.Everyone) grants.Add("direct");

        var identityAllows = principal.Kind == PolicyPrincipalKind.Root || identity.Any(document => Matches(document, "Allow", request).Count > 0);
        var boundaryAllows = boundary is null || Matches(boundary, "Allow", request).Count > 0;
        var sessionAllows = session is null || session.Any(document => Matches(document, "Allow", request).Count > 0);

        if (principal.Kind is PolicyPrincipalKind.Anonymous or PolicyPrincipalKind.Service) return Verdict(grants.Contains("direct"));
        if (!isOwn) return Verdict(grants.Count > 0 && identityAllows && boundaryAllows && sessionAllows);
        return Verdict(grants.Contains("direct") || ((identityAllows || grants.Contains("role")) && boundaryAllows && sessionAllows));
    }

    private sealed record Request(
        PolicyPrincipal Principal, string Action, string Resource, string Owner, IReadOnlyDictionary<string, string[]> Keys, bool HasBoundary);

    private static PolicyVerdict Verdict(bool allowed) => allowed ? PolicyVerdict.Allow : PolicyVerdict.ImplicitDeny;

    private static List<JsonObject> Matches(string document, string effect, Request request)
    {
        var node = JsonNode.Parse(document)!["Statement"]!;
        var statements = node is JsonArray array ? array.Select(item => item!.AsObject()) : [node.AsObject()];
        return [.. statements.Where(statement => (string)statement["Effect"]! == effect && Applies(statement, request))];
    }

    private static bool Applies(JsonObject statement, Request request) =>
        PrincipalApplies(statement, request)
        && (statement["Action"] is { } action
            ? Texts(action).Any(pattern => Glob(pattern, ignoreCase: true).IsMatch(request.Action))
            : !Texts(statement["NotAction"]!).Any(pattern => Glob(pattern, ignoreCase: true).IsMatch(request.Action)))
        && (statement["Resource"] is { } resource
            ? Texts(resource).Any(pattern => Fill(pattern, request) is { } filled && Glob(filled, ignoreCase: false).IsMatch(request.Resource))
            : NotResource(statement, request))
        && (statement["Condition"] is not JsonObject conditions || conditions.All(block =>
            block.Value!.AsObject().All(one => Holds(block.Key, one.Key, Texts(one.Value!), request, (string)statement["Effect"]! == "Allow"))));

    private static bool NotResource(JsonObject statement, Request request)
    {
        foreach (var pattern in Texts(statement["NotResource"]!))
        {
            var filled = Fill(pattern, request);
            if (filled is null && (string)statement["Effect"]! == "Allow") return false;
            if (filled is not null && Glob(filled, ignoreCase: false).IsMatch(request.Resource)) return false;
        }
        return true;
    }

    private static bool PrincipalApplies(JsonObject statement, Request request)
    {
        if (statement["Principal"] is not null) return GrantsOf(statement, request).Count > 0;
        if (statement["NotPrincipal"] is not { } not) return true;
        if (request.HasBoundary) return true;
        var named = Principals(not);
        var who = request.Principal;
        if (named.Contains("AWS *")) return false;
        return who.Kind switch
        {
            PolicyPrincipalKind.Anonymous => true,
            PolicyPrincipalKind.Service => !named.Contains("Service " + who.Arn),
            PolicyPrincipalKind.Root => !NamesAccount(named, who),
            PolicyPrincipalKind.AssumedRole => !(NamesAccount(named, who) && named.Contains("AWS " + who.RoleArn) && named.Contains("AWS " + who.Arn)),
            _ => !(NamesAccount(named, who) && named.Contains("AWS " + who.Arn)),
        };
    }

    private static HashSet<string> GrantsOf(JsonObject statement, Request request)
    {
        var named = Principals(statement["Principal"]!);
        var who = request.Principal;
        var grants = new HashSet<string>();
        if (named.Contains("AWS *")) grants.Add("direct");
        if (who.Kind == PolicyPrincipalKind.Service && named.Contains("Service " + who.Arn)) grants.Add("direct");
        if (who.Kind is PolicyPrincipalKind.User or PolicyPrincipalKind.AssumedRole && named.Contains("AWS " + who.Arn)) grants.Add("direct");
        if (who.Kind == PolicyPrincipalKind.AssumedRole && named.Contains("AWS " + who.RoleArn)) grants.Add("role");
        if (who.AccountId.Length > 0 && NamesAccount(named, who)) grants.Add("account");
        return grants;
    }

    private static bool NamesAccount(HashSet<string> named, PolicyPrincipal who) =>
        named.Contains("AWS " + who.AccountId) || named.Contains($"AWS arn:aws:iam::{who.AccountId}:root") || named.Contains("CanonicalUser " + who.CanonicalId);

    private static HashSet<string> Principals(JsonNode node) =>
        node is JsonValue ? ["AWS *"] : [.. node.AsObject().SelectMany(kind => Texts(kind.Value!).Select(name => $"{kind.Key} {name}"))];

    private static bool Holds(string name, string key, string[] wanted, Request request, bool allows)
    {
        var found = request.Keys.GetValueOrDefault(key.ToLowerInvariant()) ?? [];
        if (name == "Null") return wanted.Any(value => bool.Parse(value) == (found.Length == 0));
        var quantifier = name.StartsWith("For", StringComparison.Ordinal) ? name.Split(':')[0] : "";
        if (quantifier.Length > 0) name = name.Split(':')[1];
        var ifExists = name.EndsWith("IfExists", StringComparison.Ordinal);
        if (ifExists) name = name[..^"IfExists".Length];
        var negated = name.Contains("Not", StringComparison.Ordinal);
        if (negated) name = name.Replace("Not", "", StringComparison.Ordinal);
        if (found.Length == 0) return quantifier switch { "ForAllValues" => true, "ForAnyValue" => ifExists, _ => ifExists || negated };

        bool Fits(string value) => wanted.Any(text => Fill(text, request) is { } filled ? One(name, filled, value) : negated && allows);
        return quantifier switch
        {
            "ForAllValues" => found.All(value => Fits(value) != negated),
            "ForAnyValue" => found.Any(value => Fits(value) != negated),
            _ => found.Any(Fits) != negated,
        };
    }

    private static bool One(string name, Pattern wanted, string found) => name switch
    {
        "StringEquals" => wanted.Literal == found,
        "StringEqualsIgnoreCase" => string.Equals(wanted.Literal, found, StringComparison.OrdinalIgnoreCase),
        "StringLike" => Glob(wanted, ignoreCase: false).IsMatch(found),
        "NumericEquals" => Number(found) is { } number && number == Number(wanted.Literal),
        "NumericLessThan" => Number(found) is { } number && number < Number(wanted.Literal),
        "NumericGreaterThanEquals" => Number(found) is { } number && number >= Number(wanted.Literal),
        "Bool" => bool.TryParse(found, out var truth) && truth == bool.Parse(wanted.Literal),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not known to the oracle"),
    };

    private static decimal? Number(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Texts(JsonNode node) => node is JsonArray array ? [.. array.Select(Text)] : [Text(node)];

    private static string Text(JsonNode? node) => node!.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)node! : node.ToJsonString();

    /// <summary>What a pattern is as a regular expression, and as plain text.</summary>
    private sealed record Pattern(string Expression, string Literal);

    /// <summary>Null if a variable has no single value.</summary>
    private static Pattern? Fill(string text, Request request)
    {
        var expression = "";
        var literal = "";
        for (var at = 0; at < text.Length;)
        {
            if (text[at..].StartsWith("${", StringComparison.Ordinal))
            {
                var end = text.IndexOf('}', at);
                var name = text[(at + 2)..end];
                var value = name is "*" or "?" or "$" ? name : Value(name, request);
                if (value is null) return null;
                expression += Regex.Escape(value);
                literal += value;
                at = end + 1;
                continue;
            }
            expression += text[at] switch { '*' => ".*", '?' => ".", var other => Regex.Escape(other.ToString()) };
            literal += text[at++];
        }
        return new Pattern(expression, literal);
    }

    private static string? Value(string name, Request request)
    {
        var parts = name.Split(',');
        var found = request.Keys.GetValueOrDefault(parts[0].ToLowerInvariant()) ?? [];
        if (found.Length > 1) return null;
        return found.Length == 1 ? found[0] : parts.Length > 1 ? parts[1].Trim(' ', '\'') : null;
    }

    private static Regex Glob(Pattern pattern, bool ignoreCase) => new(
        $"^(?:{pattern.Expression})$",
        RegexOptions.Singleline | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));

    private static Regex Glob(string pattern, bool ignoreCase) =>
        Glob(new Pattern(string.Concat(pattern.Select(one => one switch { '*' => ".*", '?' => ".", _ => Regex.Escape(one.ToString()) })), pattern), ignoreCase);
}
