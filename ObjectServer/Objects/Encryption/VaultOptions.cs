using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Objects;

/// <summary>Where a Vault is, or what speaks its protocol, and how the server proves there who it is.</summary>
internal sealed record VaultOptions
{
    /// <summary>https, or http on this machine: data keys pass in plain text.</summary>
    public required Uri Address { get; init; }

    /// <summary>Where the transit engine is mounted.</summary>
    public string Mount { get; init; } = "transit";

    /// <summary>Null for the root namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>The key of SSE-S3, and of SSE-KMS where none is named.</summary>
    public required string DefaultKey { get; init; }

    /// <summary>Holds a token; read anew when it changes. Null with AppRole.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Of AppRole; null with a token.</summary>
    public string? RoleId { get; init; }

    /// <summary>Holds the secret id of AppRole; read at each login.</summary>
    public string? SecretIdFile { get; init; }

    /// <summary>PEM certificates to trust instead of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Of one call.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most data keys that are kept open; 0 keeps none.</summary>
    public int CacheSize { get; init; } = 10_000;

    /// <summary>How long a data key is kept open at most, and with it how long after a key's withdrawal it still reads.</summary>
    public TimeSpan CacheTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether a key of the transit engine can have that name, so that it is safe in a path.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= KeyFile.MaxIdBytes && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.')
        && name[0] is not ('.' or '-') && name[^1] is not ('.' or '-');

    public override string ToString() => $"Vault at {Address}, {Mount}";
}
