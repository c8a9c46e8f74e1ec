using System.CommandLine;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary>
/// <c>admin key ...</c>: keys of a user, over IAM; keys of an account's root, over the admin API where the operator names the account, else over IAM.
/// </summary>
internal static class KeyCommands
{
    public const string ShownOnce = "The secret is shown this once; nobody can show it again.";

    private static readonly Argument<string> Key = Parts.Argument("KEY", "The access key's id");
    private static readonly Option<string> User = Parts.Option("--user", "NAME", "Whose key");
    private static readonly Option<bool> Root = Parts.Switch("--root", "The key of the account's root");
    private static readonly Option<string> GivenId = Parts.Option("--key-id", "ID", "Bring the key along instead of a random one (--root --account only)");
    private static readonly Option<string> GivenSecret = Parts.Option("--secret-file", "FILE", "The secret of --key-id, the file's first line; - for the standard input");
    private static readonly Option<bool> DeleteOld = Parts.Switch("--delete-old", "Delete the old key instead of disabling it");

    public static CommandGroup Build() => new("key", "Access keys of users and of roots; each may have two", CliOptions.Account,
        new AdminCommand("create", "Make a key", CreateAsync, User, Root, GivenId, GivenSecret)
        {
            Examples =
            [
                "objectstore admin key create --user uploader --account photos --json",
                "objectstore admin key create --root --account photos",
            ],
        },
        new AdminCommand("list", "The keys of a user or root", ListAsync, User, Root),
        new AdminCommand("enable", "Let a key be used again", (context, ct) => SetActiveAsync(context, true, ct), Key, User, Root),
        new AdminCommand("disable", "Let a key not be used, at once", (context, ct) => SetActiveAsync(context, false, ct), Key, User, Root),
        new AdminCommand("delete", "Remove a key, at once", DeleteAsync, Key, User, Root),
        new AdminCommand("rotate", "Make a new key, and disable the old one", RotateAsync, Key, User, Root, DeleteOld)
        {
            Examples = ["objectstore admin key rotate AKIA... --user uploader --account photos"],
        },
        LabelledKeyCommands.Build());

    public static async Task<KeyView> CreateAsync(IamClient iam, string? user, CancellationToken ct) =>
        Identities.Key((await iam.CallAsync("CreateAccessKey", ct, ("UserName", user))).Child("AccessKey")!);

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        Show(context, await MakeAsync(context, await OwnerAsync(context, ct), ct));
        context.Printer.Note(ShownOnce);
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var owner = await OwnerAsync(context, ct);
        IReadOnlyList<KeyView> keys = owner.AccountId is { } account
            ? [.. (await context.Admin.GetAsync($"accounts/{account}/keys", AdminJson.Default.RootKeyListDocument, ct)).Keys.Select(ToView)]
            : [.. (await owner.Iam!.ListAsync("ListAccessKeys", "AccessKeyMetadata", ct, ("UserName", owner.User))).Select(owner.View)];
        context.Printer.List(
            "keys", keys, CliJson.Default.KeyView,
            new("Access key", key => key.AccessKeyId), new("User", key => key.User ?? "(root)"), new("Status", key => Texts.Status(key.IsActive)), new("Created", key => key.CreatedAt),
            new("Expires", key => key.ExpiresAt));
    }

    private static async Task SetActiveAsync(CommandContext context, bool isActive, CancellationToken ct)
    {
        var key = context.Get(Key);
        await SetActiveAsync(context, await OwnerAsync(context, ct), key, isActive, ct);
        context.Printer.Done($"key {key} {(isActive ? "enabled" : "disabled")}");
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var key = context.Get(Key);
        await DeleteAsync(context, await OwnerAsync(context, ct), key, ct);
        context.Printer.Done($"key {key} deleted");
    }

    private static async Task RotateAsync(CommandContext context, CancellationToken ct)
    {
        var owner = await OwnerAsync(context, ct);
        var old = context.Get(Key);
        var made = await MakeAsync(context, owner, ct);
        // The new key is shown even if the old one cannot be dealt with: its secret would be lost.
        Show(context, made);
        if (context.Get(DeleteOld)) await DeleteAsync(context, owner, old, ct);
        else await SetActiveAsync(context, owner, old, isActive: false, ct);
        context.Printer.Note($"{ShownOnce} {old} is {(context.Get(DeleteOld) ? "deleted" : "disabled")}.");
    }

    private static async Task<KeyView> MakeAsync(CommandContext context, Owner owner, CancellationToken ct)
    {
        if (owner.AccountId is not { } account) return owner.View(await owner.Iam!.CallAsync("CreateAccessKey", ct, ("UserName", owner.User)), "AccessKey");
        var wish = new NewRootKeyDocument();
        if (context.Arguments.GetResult(GivenId) is not null && context.Get(GivenId) is { } id)
        {
            var file = context.Get(GivenSecret) ?? throw CliException.Usage("--key-id needs its secret: --secret-file FILE.");
            wish = new NewRootKeyDocument { AccessKeyId = id, SecretAccessKey = context.ReadText(file).Split('\n')[0].TrimEnd('\r') };
        }
        return ToView(await context.Admin.SendAsync(
            HttpMethod.Post, $"accounts/{account}/keys", wish, AdminJson.Default.NewRootKeyDocument, AdminJson.Default.RootKeyDocument, ct));
    }

    private static Task SetActiveAsync(CommandContext context, Owner owner, string key, bool isActive, CancellationToken ct) => owner.AccountId is { } account
        ? context.Admin.SendAsync(HttpMethod.Patch, KeyPath(account, key), new RootKeyChangeDocument { IsActive = isActive },
            AdminJson.Default.RootKeyChangeDocument, AdminJson.Default.RootKeyDocument, ct)
        : owner.Iam!.CallAsync("UpdateAccessKey", ct, ("UserName", owner.User), ("AccessKeyId", key), ("Status", isActive ? "Active" : "Inactive"));

    private static Task DeleteAsync(CommandContext context, Owner owner, string key, CancellationToken ct) => owner.AccountId is { } account
        ? context.Admin.DeleteAsync(KeyPath(account, key), ct)
        : owner.Iam!.CallAsync("DeleteAccessKey", ct, ("UserName", owner.User), ("AccessKeyId", key));

    private static string KeyPath(string account, string key) => $"accounts/{account}/keys/{Uri.EscapeDataString(key)}";

    private static async Task<Owner> OwnerAsync(CommandContext context, CancellationToken ct)
    {
        var user = context.Get(User);
        if (context.Get(Root) == user is not null) throw CliException.Usage("Say whose key it is: either --user NAME or --root.");
        if (user is null && context.Get(CliOptions.Account) is { } account) return new Owner(null, await context.Admin.FindAccountIdAsync(account, ct), null);
        if (context.Arguments.GetResult(GivenId) is { Implicit: false }) throw CliException.Usage("--key-id is for --root --account ACCOUNT.");
        return new Owner(user, null, await context.IamAsync(ct));
    }

    private static KeyView ToView(RootKeyDocument key) => new()
    {
        AccessKeyId = key.AccessKeyId,
        IsActive = key.IsActive,
        CreatedAt = key.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        SecretAccessKey = key.SecretAccessKey,
    };

    private static void Show(CommandContext context, KeyView key) => context.Printer.Show(
        key, CliJson.Default.KeyView,
        new("Access key", known => known.AccessKeyId), new("Secret", known => known.SecretAccessKey), new("User", known => known.User ?? "(root)"),
        new("Status", known => Texts.Status(known.IsActive)), new("Created", known => known.CreatedAt));

    /// <param name="User">Null for a root.</param>
    /// <param name="AccountId">Of a root whose account the operator names: the admin API is asked. Null where IAM is.</param>
    private sealed record Owner(string? User, string? AccountId, IamClient? Iam)
    {
        /// <summary>IAM calls a root by its account's name, which is no user's.</summary>
        public KeyView View(System.Xml.Linq.XElement key) => Identities.Key(key) with { User = User };

        public KeyView View(System.Xml.Linq.XElement result, string element) => View(result.Child(element)!);
    }
}
