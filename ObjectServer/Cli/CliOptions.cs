using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using ObjectStore.Client;

namespace ObjectStore.Server.Cli;

/// <summary>The options that every command has: which server, and as whom.</summary>
internal static class CliOptions
{
    public const string DefaultEndpoint = "http://127.0.0.1:9000";
    public const string DefaultRegion = ConnectionOptions.DefaultRegion;

    public static readonly Option<string> Endpoint = Everywhere("--endpoint", "URL", $"The server (OBJECTSTORE_ENDPOINT, {DefaultEndpoint})");
    public static readonly Option<string> AccessKey = Everywhere("--access-key", "ID", "The access key (OBJECTSTORE_ACCESS_KEY, AWS_ACCESS_KEY_ID)");
    public static readonly Option<string> SecretKey = Everywhere(
        "--secret-key", "SECRET", "Its secret; better in the environment, as every user of this machine sees a command line (OBJECTSTORE_SECRET_KEY, AWS_SECRET_ACCESS_KEY)");

    public static readonly Option<string> Region = Everywhere("--region", "NAME", $"The region to sign for (OBJECTSTORE_REGION, AWS_REGION, {DefaultRegion})");
    public static readonly Option<string> CaFile = Everywhere("--ca-file", "FILE", "PEM certificates to trust, instead of the system's (OBJECTSTORE_CA_FILE)");
    public static readonly Option<bool> Json = new("--json") { Description = "Write one JSON document instead of a table", Recursive = true };

    /// <summary>On groups of commands that work within an account.</summary>
    public static readonly Option<string> Account = new("--account")
    {
        Description = "Work in this account, as its root; for the operator (id or name)",
        HelpName = "ACCOUNT",
        Recursive = true,
    };

    public static readonly IReadOnlyList<Option> All = [Endpoint, AccessKey, SecretKey, Region, CaFile, Json];

    /// <param name="environment">A variable's value, or null.</param>
    /// <exception cref="CliException">It is no URL of a server.</exception>
    public static Uri ReadEndpoint(ParseResult arguments, Func<string, string?> environment)
    {
        var text = First(arguments.GetValue(Endpoint), environment("OBJECTSTORE_ENDPOINT")) ?? DefaultEndpoint;
        return ConnectionOptions.ParseEndpoint(text) ?? throw CliException.Usage($"The endpoint \"{text}\" is not http://HOST:PORT or https://HOST:PORT.");
    }

    /// <exception cref="CliException">There are none, or half of them.</exception>
    public static Credentials ReadCredentials(ParseResult arguments, Func<string, string?> environment)
    {
        var ownKey = First(arguments.GetValue(AccessKey), environment("OBJECTSTORE_ACCESS_KEY"));
        var ownSecret = First(arguments.GetValue(SecretKey), environment("OBJECTSTORE_SECRET_KEY"));
        // The two belong together: a key of one place with the secret of another is nobody's.
        if (ownKey is not null && ownSecret is not null) return new Credentials(ownKey, ownSecret, First(environment("OBJECTSTORE_SESSION_TOKEN")));
        if (ownKey is not null || ownSecret is not null)
            throw CliException.Usage("An access key and its secret go together: set OBJECTSTORE_ACCESS_KEY and OBJECTSTORE_SECRET_KEY.");
        var key = First(environment("AWS_ACCESS_KEY_ID"));
        var secret = First(environment("AWS_SECRET_ACCESS_KEY"));
        if (key is null || secret is null) throw CliException.Usage("There are no credentials: set OBJECTSTORE_ACCESS_KEY and OBJECTSTORE_SECRET_KEY.");
        return new Credentials(key, secret, First(environment("AWS_SESSION_TOKEN")));
    }

    public static string ReadRegion(ParseResult arguments, Func<string, string?> environment) =>
        First(arguments.GetValue(Region), environment("OBJECTSTORE_REGION"), environment("AWS_REGION"), environment("AWS_DEFAULT_REGION")) ?? DefaultRegion;

    /// <exception cref="CliException">The file cannot be used.</exception>
    public static X509Certificate2Collection ReadAuthorities(ParseResult arguments, Func<string, string?> environment)
    {
        if (First(arguments.GetValue(CaFile), environment("OBJECTSTORE_CA_FILE")) is not { } file) return [];
        try
        {
            return ConnectionOptions.ReadAuthorities(file);
        }
        catch (FormatException unusable)
        {
            throw CliException.Usage(unusable.Message);
        }
    }

    // An empty variable counts as none: that is how container tools unset one.
    private static string? First(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
        {
            if (!string.IsNullOrEmpty(value)) return value;
        }
        return null;
    }

    private static Option<string> Everywhere(string name, string argument, string description) =>
        new(name) { Description = description, HelpName = argument, Recursive = true };
}
