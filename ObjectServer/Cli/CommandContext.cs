using System.CommandLine;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Client.S3;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli;

/// <summary>What a command runs with: its arguments, the server, where results go.</summary>
internal sealed class CommandContext(ParseResult arguments, Connection connection, Credentials credentials, Printer printer, Func<string, string> readText, TimeProvider time)
{
    /// <summary>The operator's account, which nobody has to become: it is the caller's own.</summary>
    private const string OperatorAccountId = "000000000000";

    /// <summary>Long enough for any one command; what the server makes the shortest.</summary>
    private const int SessionSeconds = 900;

    private Credentials? _within;

    public ParseResult Arguments => arguments;

    public Printer Printer => printer;

    public TimeProvider Time => time;

    public AdminClient Admin { get; } = new(connection, credentials);

    public T Get<T>(Argument<T> argument) => arguments.GetRequiredValue(argument);

    /// <summary>Null where the argument is left out.</summary>
    public T? GetOptional<T>(Argument<T> argument) => arguments.GetValue(argument);

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>A text from a file, or from the standard input where the name is "-".</summary>
    public string ReadText(string file) => readText(file);

    /// <summary>IAM of the account that --account names; without it, of the caller's own.</summary>
    public async Task<IamClient> IamAsync(CancellationToken ct) => new(connection, await WithinAsync(ct));

    /// <summary>S3 as the account that --account names; without it, as the caller.</summary>
    public async Task<S3Client> S3Async(CancellationToken ct) => new(connection, await WithinAsync(ct));

    /// <summary>Short credentials of the account's root, which the server grants and logs.</summary>
    private async Task<Credentials> WithinAsync(CancellationToken ct)
    {
        if (_within is not null) return _within;
        if (Get(CliOptions.Account) is not { } account) return _within = credentials;
        var id = await Admin.FindAccountIdAsync(account, ct);
        if (id == OperatorAccountId) return _within = credentials;
        var session = await Admin.SendAsync(HttpMethod.Post, $"accounts/{id}/sessions", new NewSessionDocument { DurationSeconds = SessionSeconds },
            AdminJson.Default.NewSessionDocument, AdminJson.Default.SessionDocument, ct);
        return _within = new Credentials(session.AccessKeyId, session.SecretAccessKey, session.SessionToken);
    }
}
