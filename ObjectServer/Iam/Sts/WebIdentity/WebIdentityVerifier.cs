using System.Globalization;
using System.Text.Json;

namespace ObjectStore.Server.Iam;

/// <summary>Verifies ID tokens of OpenID Connect providers: signature, issuer, audience, time (OpenID Connect Core 1.0, 3.1.3.7).</summary>
/// <param name="anyAudience">Whether a provider without client ids takes tokens for any audience; else it takes none. For tests.</param>
internal sealed class WebIdentityVerifier(ProviderKeys keys, bool anyAudience, TimeProvider time)
{
    private const string TagsClaim = "https://aws.amazon.com/tags";

    /// <summary>How far the provider's clock may be off.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <param name="findProvider">The provider of an issuer in the role's account; null if there is none.</param>
    public async ValueTask<WebIdentityResult> VerifyAsync(string text, Func<string, OidcProvider?> findProvider, CancellationToken ct)
    {
        using var token = JsonWebToken.Parse(text);
        if (token is null) return Invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
        var issuer = token.Claims.Text("iss");
        if (issuer is null) return Invalid("Missing a required claim: iss");
        if (findProvider(issuer) is not { } provider) return Invalid($"No OpenIDConnect provider found in your account for {Cut(issuer)}");
        if (await keys.GetAsync(provider, token.KeyId, ct) is not { } keySet)
            return new QueryError("IDPCommunicationError", 400, "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements");
        if (!keySet.Verifies(token)) return Invalid("The ID Token's signature could not be verified with the keys of the provider.");
        return CheckTime(token.Claims) ?? Read(token.Claims, provider);
    }

    private WebIdentityResult? CheckTime(JsonElement claims)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        if (claims.Date("exp") is not { } expiry || double.IsNaN(expiry)) return Invalid("Missing a required claim: exp");
        if (now >= expiry + Skew.TotalSeconds)
        {
            return new QueryError("ExpiredTokenException", 400, string.Create(
                CultureInfo.InvariantCulture, $"Token expired: current date/time {(long)now} must be before the expiration date/time {(long)expiry}"));
        }
        if (claims.Date("nbf") is { } notBefore && !(now >= notBefore - Skew.TotalSeconds)) return Invalid("The ID Token is not valid yet.");
        if (claims.Date("iat") is { } issued && !(now >= issued - Skew.TotalSeconds)) return Invalid("The ID Token was issued in the future.");
        return null;
    }

    private WebIdentityResult Read(JsonElement claims, OidcProvider provider)
    {
        if (claims.Text("sub") is not { Length: > 0 } subject) return Invalid("Missing a required claim: sub");
        var audiences = claims.Texts("aud");
        if (audiences is null or []) return Invalid("Missing a required claim: aud");
        var party = claims.Text("azp");
        // The authorized party, where there is one, is who the token was given to.
        IReadOnlyList<string> effective = party is null ? audiences : [party];
        var audience = effective.FirstOrDefault(candidate => provider.ClientIds.Contains(candidate));
        if (audience is null && !(anyAudience && provider.ClientIds.IsEmpty)) return Invalid("Incorrect token audience");
        var tags = ReadTags(claims);
        if (!tags.IsOk) return Invalid(tags.Refusal.Message);
        return new WebIdentity(provider, subject, audience ?? effective[0], [.. ClaimsOf(claims, provider.Issuer, subject, audiences, party)])
        {
            Tags = tags.Value.Tags,
            TransitiveTagKeys = tags.Value.TransitiveKeys,
        };
    }

    private static IEnumerable<IdentityTag> ClaimsOf(JsonElement claims, string issuer, string subject, IReadOnlyList<string> audiences, string? party)
    {
        yield return new($"{issuer}:sub", subject);
        foreach (var audience in party is null ? audiences : [party]) yield return new($"{issuer}:aud", audience);
        if (party is not null)
        {
            yield return new($"{issuer}:azp", party);
            foreach (var audience in audiences) yield return new($"{issuer}:oaud", audience);
        }
        foreach (var method in claims.Texts("amr") ?? []) yield return new($"{issuer}:amr", method);
        foreach (var name in (string[])["app_id", "email"])
        {
            if (claims.Text(name) is { } value) yield return new($"{issuer}:{name}", value);
        }
    }

    /// <summary>Session tags: {"principal_tags": {KEY: [VALUE]}, "transitive_tag_keys": [KEY]} (IAM user guide, "Passing session tags").</summary>
    private static IdentityResult<(IReadOnlyList<IdentityTag> Tags, IReadOnlyList<string> TransitiveKeys)> ReadTags(JsonElement claims)
    {
        if (!claims.TryGetProperty(TagsClaim, out var claim)) return ((IReadOnlyList<IdentityTag>)[], (IReadOnlyList<string>)[]);
        var malformed = new Refusal(IdentityFault.InvalidInput, $"The claim {TagsClaim} is not of the form that session tags have.");
        if (claim.ValueKind != JsonValueKind.Object || !claim.TryGetProperty("principal_tags", out var principalTags) || principalTags.ValueKind != JsonValueKind.Object) return malformed;
        var tags = new List<IdentityTag>();
        foreach (var tag in principalTags.EnumerateObject())
        {
            if (principalTags.Texts(tag.Name) is not [var value]) return malformed;
            tags.Add(new IdentityTag(tag.Name, value));
        }
        if (claim.Texts("transitive_tag_keys") is not { } transitive || transitive.Any(key => !tags.Any(tag => IdentityRules.Same(tag.Key, key)))) return malformed;
        var checkedTags = IdentityRules.Tags([], tags);
        return checkedTags.IsOk ? ((IReadOnlyList<IdentityTag>)checkedTags.Value, transitive) : checkedTags.Refusal;
    }

    private static WebIdentityResult Invalid(string message) => new QueryError("InvalidIdentityToken", 400, message);

    private static string Cut(string text) => text.Length <= 256 ? text : text[..256];
}
