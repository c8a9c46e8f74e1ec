using System.CommandLine;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin account ...</c>, over the admin API.</summary>
internal static class AccountCommands
{
    private static readonly Argument<string> Account = Parts.Argument("ACCOUNT", "Its id or its name");
    private static readonly Argument<string> Name = Parts.Argument("NAME", "Unique, 1 to 128 characters");
    private static readonly Option<string> Email = Parts.Option("--email", "ADDRESS", "Unique; grants may name it");
    private static readonly Option<string> NewEmail = Parts.Option("--email", "ADDRESS", "Change the e-mail too; \"\" removes it");
    private static readonly Option<string> Id = Parts.Option("--id", "ID", "Twelve digits instead of random ones");
    private static readonly Option<string> CanonicalId = Parts.Option("--canonical-id", "ID", "64 hex digits, or the account's id, instead of random ones");

    public static CommandGroup Build() => new("account", "Accounts: who owns buckets",
        new AdminCommand("create", "Make an account", CreateAsync, Name, Email, Id, CanonicalId)
        {
            Examples = ["objectstore admin account create photos --email photos@example.org"],
        },
        new AdminCommand("list", "All accounts", ListAsync),
        new AdminCommand("show", "One account", ShowAsync, Account),
        new AdminCommand("rename", "Give an account another name", RenameAsync, Account, Name, NewEmail),
        new AdminCommand("delete", "Remove an account that owns no buckets and has no users, groups, roles and policies", DeleteAsync, Account))
    {
        Examples = ["objectstore admin account create photos", "objectstore admin account list"],
    };

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new NewAccountDocument
        {
            Name = context.Get(Name),
            Email = context.Get(Email),
            Id = context.Get(Id),
            CanonicalId = context.Get(CanonicalId),
        };
        Show(context, await context.Admin.SendAsync(
            HttpMethod.Post, "accounts", wish, AdminJson.Default.NewAccountDocument, AdminJson.Default.AccountDocument, ct));
        context.Printer.Note("It has no key yet: objectstore admin key create --root --account " + wish.Name);
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct) => context.Printer.List(
        "accounts", await context.Admin.ListAccountsAsync(ct), AdminJson.Default.AccountDocument,
        new("ID", account => account.Id), new("Name", account => account.Name), new("E-mail", account => account.Email),
        new("Canonical id", account => account.CanonicalId), new("Created", account => Texts.Time(account.CreatedAt)));

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) => Show(context, await context.Admin.FindAccountAsync(context.Get(Account), ct));

    private static async Task RenameAsync(CommandContext context, CancellationToken ct)
    {
        var id = await context.Admin.FindAccountIdAsync(context.Get(Account), ct);
        var change = new AccountChangeDocument { Name = context.Get(Name), Email = context.Get(NewEmail) };
        Show(context, await context.Admin.SendAsync(
            HttpMethod.Patch, "accounts/" + id, change, AdminJson.Default.AccountChangeDocument, AdminJson.Default.AccountDocument, ct));
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var id = await context.Admin.FindAccountIdAsync(context.Get(Account), ct);
        await context.Admin.DeleteAsync("accounts/" + id, ct);
        context.Printer.Done($"account {id} deleted");
    }

    private static void Show(CommandContext context, AccountDocument account) => context.Printer.Show(
        account, AdminJson.Default.AccountDocument,
        new("ID", known => known.Id), new("Name", known => known.Name), new("E-mail", known => known.Email), new("Canonical id", known => known.CanonicalId),
        new("ARN of the root", known => known.Arn), new("Created", known => Texts.Time(known.CreatedAt)),
        new("Buckets", known => known.Buckets is { } count ? Texts.Count(count) : null));
}
