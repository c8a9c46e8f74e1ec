using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Passwords and tokens of targets, sealed in their rows where the store has a key. Without one they stand there plain, like the secrets of access keys
/// (docs/adr/0005), as stores without a key have targets, too.
/// </summary>
internal sealed class EventTargetSecrets(SecretSealer sealer)
{
    public static readonly EventTargetSecrets Plain = new(new SecretSealer(null));

    /// <summary>Whether the row of a target should be written anew.</summary>
    public bool ShouldSeal(EventTarget target) => sealer.CanSeal && target.Endpoint is { HasPlainSecret: true };

    /// <exception cref="KeyManagerException">The key cannot be used now.</exception>
    public async ValueTask<EventTargetRecord> SealAsync(EventTarget target, CancellationToken ct)
    {
        var record = target.ToRecord();
        if (!ShouldSeal(target)) return record;
        var endpoint = record.Endpoint;
        if (endpoint.Password.Length > 0) endpoint.SealedPassword = await sealer.SealAsync(endpoint.Password, BindingOf(target.Arn, "password"), ct);
        if (endpoint.BearerToken.Length > 0) endpoint.SealedBearerToken = await sealer.SealAsync(endpoint.BearerToken, BindingOf(target.Arn, "token"), ct);
        (endpoint.Password, endpoint.BearerToken) = ("", "");
        return record;
    }

    /// <exception cref="KeyManagerException">There is no key, or it is another one, or it cannot be used now.</exception>
    public async ValueTask<EventTarget> OpenAsync(EventTarget target, CancellationToken ct)
    {
        if (target.Endpoint is not { IsSealed: true } endpoint) return target;
        if (endpoint.SealedPassword is { } password) endpoint = endpoint with { Password = new Secret(await sealer.OpenAsync(password, BindingOf(target.Arn, "password"), ct)), SealedPassword = null };
        if (endpoint.SealedBearerToken is { } token) endpoint = endpoint with { BearerToken = new Secret(await sealer.OpenAsync(token, BindingOf(target.Arn, "token"), ct)), SealedBearerToken = null };
        return target with { Endpoint = endpoint };
    }

    private static string BindingOf(string arn, string what) => $"event target/{arn}/{what}";
}
