using System.Diagnostics.CodeAnalysis;
using ObjectStore.Client;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Remotes;

/// <summary>Another S3 endpoint that the operator has set up, for tiers and replication. Immutable; holds its secret only sealed.</summary>
internal sealed record Remote
{
    public const int MaxNameChars = 63;
    public const string DefaultRegion = ConnectionOptions.DefaultRegion;
    public const int MaxAuthoritiesChars = 64 << 10;

    public required string Name { get; init; }

    /// <summary>Scheme, host and port.</summary>
    public required Uri Endpoint { get; init; }

    public required string Region { get; init; }

    public required string AccessKey { get; init; }

    public required SealedSecretRecord Secret { get; init; }

    /// <summary>PEM certificates that alone are trusted; empty for the system's.</summary>
    public string Authorities { get; init; } = "";

    /// <summary>Whether the bucket stands in the host's name.</summary>
    public bool VirtualHosts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of the last change.</summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>What the secret is bound to.</summary>
    public string Binding => BindingOf(Name);

    public static string BindingOf(string name) => "remote/" + name;

    /// <summary>Letters, digits, '-' and '_', so that it can stand in paths, ARNs and configuration documents.</summary>
    public static bool IsName([NotNullWhen(true)] string? name) =>
        name is { Length: > 0 and <= MaxNameChars } && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    /// <summary>Null if the text is not http://HOST[:PORT] or https://HOST[:PORT].</summary>
    public static Uri? ParseEndpoint(string text) => ConnectionOptions.ParseEndpoint(text);

    public RemoteRecord ToRecord() => new()
    {
        Endpoint = Endpoint.GetLeftPart(UriPartial.Authority),
        Region = Region,
        AccessKey = AccessKey,
        Secret = Secret,
        Authorities = Authorities,
        VirtualHosts = VirtualHosts,
        CreatedTicks = CreatedAt.ToTicks(),
        ModifiedTicks = ModifiedAt.ToTicks(),
    };

    public static Remote Of(string name, RemoteRecord record) => new()
    {
        Name = name,
        Endpoint = new Uri(record.Endpoint),
        Region = record.Region,
        AccessKey = record.AccessKey,
        Secret = record.Secret,
        Authorities = record.Authorities,
        VirtualHosts = record.VirtualHosts,
        CreatedAt = KvRecords.FromTicks(record.CreatedTicks),
        ModifiedAt = KvRecords.FromTicks(record.ModifiedTicks),
    };

    public override string ToString() => $"{Name} ({Endpoint.GetLeftPart(UriPartial.Authority)})";
}

/// <summary>Who may need a remote, and so keeps it from being removed.</summary>
internal interface IRemoteUser
{
    /// <summary>
    /// What needs the remote, in words for the operator ("storage class COLD"); null if nothing does. Reads within the transaction that would remove it.
    /// Whoever begins to use a remote reads its row (<see cref="SchemaKeys.Remote"/>) in the transaction that begins, so that the two conflict.
    /// </summary>
    ValueTask<string?> FindUseAsync(Metadata.Kv.IKvReader reader, string remote, CancellationToken ct);
}
