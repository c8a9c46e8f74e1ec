using System.CommandLine;
using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin key label ...</c>: keys of users by label and generation, over the admin API.</summary>
internal static class LabelledKeyCommands
{
    private const string OperatorAccountId = "000000000000";

    private static readonly Argument<string> Label = Parts.Argument("LABEL", "What the key is called");
    private static readonly Option<string> User = new("--user") { Description = "Whose key", HelpName = "NAME", Required = true };
    private static readonly Option<int?> Generation = new("--generation") { Description = "1 or more (1); a higher one makes another key and retires those before it", HelpName = "NUMBER" };
    private static readonly Option<string> ExpiresAt = Parts.Option("--expires-at", "TIME", "When a key that is made now ends, as 2030-01-31T12:00:00Z");
    private static readonly Option<int?> Lifetime = new("--lifetime") { Description = "The same in seconds from now", HelpName = "SECONDS" };
    private static readonly Option<int?> Grace = new("--grace") { Description = "How long keys of older generations live on (3600)", HelpName = "SECONDS" };

    public static CommandGroup Build() => new("label", "Keys of a user that have a label: asked for again, the same key is given",
        new AdminCommand("ensure", "Give the key of a label and generation, and make it if there was none", EnsureAsync, Label, User, Generation, ExpiresAt, Lifetime, Grace)
        {
            Examples =
            [
                "objectstore admin key label ensure ci --user uploader --account photos --json",
                "objectstore admin key label ensure ci --user uploader --account photos --generation 2 --grace 600",
            ],
        },
        new AdminCommand("list", "All keys of a user, with labels and when they end", ListAsync, User),
        new AdminCommand("delete", "Remove all keys of a label, at once", DeleteAsync, Label, User));

    private static async Task EnsureAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new EnsuredKeyDocument
        {
            Generation = context.Get(Generation),
            ExpiresAt = context.Get(ExpiresAt) is { } text ? ParseTime(text) : null,
            LifetimeSeconds = context.Get(Lifetime),
            GraceSeconds = context.Get(Grace),
        };
        var key = await context.Admin.SendAsync(HttpMethod.Put, await PathAsync(context, context.Get(Label), ct), wish,
            AdminJson.Default.EnsuredKeyDocument, AdminJson.Default.UserKeyDocument, ct);
        context.Printer.Show(
            ToView(context, key), CliJson.Default.KeyView,
            new("Access key", known => known.AccessKeyId), new("Secret", known => known.SecretAccessKey), new("User", known => known.User), new("Label", known => known.Label),
            new("Generation", GenerationOf), new("Status", known => Texts.Status(known.IsActive)), new("Created", known => known.CreatedAt), new("Expires", known => known.ExpiresAt));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var list = await context.Admin.GetAsync(await PathAsync(context, null, ct), AdminJson.Default.UserKeyListDocument, ct);
        context.Printer.List(
            "keys", [.. list.Keys.Select(key => ToView(context, key))], CliJson.Default.KeyView,
            new("Access key", key => key.AccessKeyId), new("Label", key => key.Label), new("Generation", GenerationOf, IsNumber: true),
            new("Status", key => Texts.Status(key.IsActive)), new("Created", key => key.CreatedAt), new("Expires", key => key.ExpiresAt));
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        await context.Admin.DeleteAsync(await PathAsync(context, context.Get(Label), ct), ct);
        context.Printer.Done($"keys {context.Get(Label)} of {context.Get(User)} deleted");
    }

    private static async Task<string> PathAsync(CommandContext context, string? label, CancellationToken ct)
    {
        var account = context.Get(CliOptions.Account) is { } named ? await context.Admin.FindAccountIdAsync(named, ct) : OperatorAccountId;
        var keys = $"accounts/{account}/users/{Uri.EscapeDataString(context.Get(User)!)}/keys";
        return label is null ? keys : $"{keys}/{Uri.EscapeDataString(label)}";
    }

    private static DateTime ParseTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time.UtcDateTime
            : throw CliException.Usage($"\"{text}\" is no time; write it as 2030-01-31T12:00:00Z.");

    private static string? GenerationOf(KeyView key) => key.Generation?.ToString(CultureInfo.InvariantCulture);

    private static KeyView ToView(CommandContext context, UserKeyDocument key) => new()
    {
        AccessKeyId = key.AccessKeyId,
        User = context.Get(User),
        IsActive = key.IsActive && !(key.ExpiresAt <= context.Time.GetUtcNow().UtcDateTime),
        CreatedAt = Iso(key.CreatedAt),
        ExpiresAt = key.ExpiresAt is { } expiry ? Iso(expiry) : null,
        Label = key.Label,
        Generation = key.Generation,
        SecretAccessKey = key.SecretAccessKey,
    };

    private static string Iso(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
