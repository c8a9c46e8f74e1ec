using System.Diagnostics.CodeAnalysis;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Notifications;

internal enum EndpointKind
{
    /// <summary>http:// and https://: one POST an event.</summary>
    Webhook,

    /// <summary>amqp:// and amqps://: AMQP 0-9-1, as RabbitMQ speaks it.</summary>
    Amqp,
}

/// <summary>Where the events of a target go.</summary>
/// <param name="Address">Absolute, without user and password.</param>
internal sealed record EventEndpoint(Uri Address)
{
    public const int MaxAddressChars = 2048;

    public string? UserName { get; init; }

    public Secret? Password { get; init; }

    /// <summary>Of a webhook, instead of user and password.</summary>
    public Secret? BearerToken { get; init; }

    /// <summary>The password as it is stored, where it could not be opened yet.</summary>
    public SealedSecretRecord? SealedPassword { get; init; }

    /// <summary>The token as it is stored, where it could not be opened yet.</summary>
    public SealedSecretRecord? SealedBearerToken { get; init; }

    public bool IsSealed => SealedPassword is not null || SealedBearerToken is not null;

    public bool HasPlainSecret => Password is not null || BearerToken is not null;

    /// <summary>Of AMQP; empty is the default exchange, which routes to the queue that the routing key names.</summary>
    public string Exchange { get; init; } = "";

    /// <summary>Of AMQP; null is the target's name.</summary>
    public string? RoutingKey { get; init; }

    public bool VerifyTls { get; init; } = true;

    public EndpointKind Kind => Address.Scheme is "amqp" or "amqps" ? EndpointKind.Amqp : EndpointKind.Webhook;

    /// <summary>Takes user and password out of an address. <paramref name="problem"/> is for whoever gave it; null on success.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EventEndpoint? endpoint, out string? problem)
    {
        (endpoint, problem) = (null, null);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || text.Length > MaxAddressChars || address.Host.Length == 0)
            problem = "The endpoint is no absolute address.";
        else if (address.Scheme is not ("http" or "https" or "amqp" or "amqps"))
            problem = "The endpoint must begin with http://, https://, amqp:// or amqps://.";
        else if (address.Fragment.Length > 0 || (address.Scheme.StartsWith("amqp", StringComparison.Ordinal) && address.Query.Length > 0))
            problem = "The endpoint has parts that it cannot have.";
        if (problem is not null || address is null) return false;

        var user = address.UserInfo.Split(':', 2);
        endpoint = new EventEndpoint(new UriBuilder(address) { UserName = "", Password = "" }.Uri)
        {
            UserName = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? new Secret(Uri.UnescapeDataString(user[1])) : null,
        };
        return true;
    }

    /// <summary>For the log: no secrets. A query may hold one.</summary>
    public override string ToString() => Address.GetLeftPart(UriPartial.Path);
}
