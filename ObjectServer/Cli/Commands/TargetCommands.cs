using System.CommandLine;
using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin target ...</c>: where buckets may send notifications, over the admin API.</summary>
internal static class TargetCommands
{
    private static readonly Argument<string> Name = Parts.Argument("NAME", "What the target is called");
    private static readonly Argument<string> Endpoint = Parts.Argument("ENDPOINT", "http://, https://, amqp:// or amqps:// and the rest of its address, without user and password");
    private static readonly Option<string> User = Parts.Option("--user", "NAME", "User of the endpoint");
    private static readonly Option<string> PasswordFile = Parts.Option("--password-file", "FILE", "File with its password; - for the standard input");
    private static readonly Option<string> TokenFile = Parts.Option("--token-file", "FILE", "File with a bearer token, instead of user and password; - for the standard input");
    private static readonly Option<string> Exchange = Parts.Option("--exchange", "NAME", "AMQP: the exchange (the default one)");
    private static readonly Option<string> RoutingKey = Parts.Option("--routing-key", "KEY", "AMQP: the routing key (NAME)");
    private static readonly Option<bool> NoVerify = Parts.Switch("--no-verify-tls", "Take any certificate of the endpoint");
    private static readonly Option<string[]> Allow = new("--allow") { Description = "Account whose buckets may name it, besides the operator's; * for everybody; repeatable", HelpName = "ACCOUNT" };

    public static CommandGroup Build() => new("target", "Where notifications of buckets go: webhooks and AMQP brokers",
        new AdminCommand("list", "All targets, topics of accounts included, and what waits for them", ListAsync),
        new AdminCommand("show", "One that was set up here", ShowAsync, Name),
        new AdminCommand("set", "Set one up, or change it", SetAsync, Name, Endpoint, User, PasswordFile, TokenFile, Exchange, RoutingKey, NoVerify, Allow)
        {
            Examples =
            [
                "objectstore admin target set thumbnails https://hooks.example.com/objects --token-file token.txt --allow '*'",
                "objectstore admin target set audit amqps://rabbit.example.com --user store --password-file - --exchange events",
            ],
        },
        new AdminCommand("delete", "Remove one; events that wait for it are dropped", DeleteAsync, Name));

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var list = await context.Admin.GetAsync("targets", AdminJson.Default.TargetListDocument, ct);
        context.Printer.List(
            "targets", [.. list.Targets], AdminJson.Default.TargetDocument,
            new("ARN", target => target.Arn), new("Endpoint", target => target.Endpoint), new("Waiting", target => Texts.Count(target.Backlog), IsNumber: true),
            new("Oldest", target => TimeOf(target.OldestAt)), new("Error", target => target.LastError));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.GetAsync(PathOf(context), AdminJson.Default.TargetDocument, ct));

    private static async Task SetAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new NewTargetDocument
        {
            Endpoint = context.Get(Endpoint),
            UserName = context.Get(User),
            Password = ReadSecret(context, context.Get(PasswordFile)),
            BearerToken = ReadSecret(context, context.Get(TokenFile)),
            Exchange = context.Get(Exchange),
            RoutingKey = context.Get(RoutingKey),
            VerifyTls = !context.Get(NoVerify),
            Accounts = await AccountsAsync(context, ct),
        };
        Show(context, await context.Admin.SendAsync(HttpMethod.Put, PathOf(context), wish, AdminJson.Default.NewTargetDocument, AdminJson.Default.TargetDocument, ct));
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        await context.Admin.DeleteAsync(PathOf(context), ct);
        context.Printer.Done($"target {context.Get(Name)} deleted");
    }

    private static async Task<IReadOnlyList<string>?> AccountsAsync(CommandContext context, CancellationToken ct)
    {
        if (context.Get(Allow) is not { Length: > 0 } named) return null;
        var accounts = new List<string>();
        foreach (var account in named) accounts.Add(account == "*" ? account : await context.Admin.FindAccountIdAsync(account, ct));
        return accounts;
    }

    // A line end behind it is the editor's.
    private static string? ReadSecret(CommandContext context, string? file) => file is null ? null : context.ReadText(file).TrimEnd('\r', '\n');

    private static string PathOf(CommandContext context) => $"targets/{Uri.EscapeDataString(context.Get(Name))}";

    private static void Show(CommandContext context, TargetDocument target) => context.Printer.Show(
        target, AdminJson.Default.TargetDocument,
        new("Name", known => known.Name), new("ARN", known => known.Arn), new("Endpoint", known => known.Endpoint),
        new("Exchange", known => known.Exchange), new("Routing key", known => known.RoutingKey), new("Accounts", known => string.Join(", ", known.Accounts ?? [])),
        new("Waiting", known => Texts.Count(known.Backlog)), new("Oldest", known => TimeOf(known.OldestAt)), new("Delivered", known => Texts.Count(known.Delivered)),
        new("Failed", known => Texts.Count(known.Failed)), new("Dropped", known => Texts.Count(known.Dropped)), new("Error", known => known.LastError));

    private static string? TimeOf(DateTime? time) => time?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
