using System.CommandLine;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin user ...</c>, over IAM.</summary>
internal static class UserCommands
{
    private static readonly Argument<string> Name = Parts.Argument("NAME", "The user's name");
    private static readonly Option<string> Boundary = Parts.Option("--permissions-boundary", "ARN", "A managed policy that bounds what the user may do");
    private static readonly Option<bool> WithKey = Parts.Switch("--with-key", "Make an access key, too");
    private static readonly Option<bool> Force = Parts.Switch("--force", "Take keys, policies and memberships away first");

    public static CommandGroup Build() => new("user", "Users of an account", CliOptions.Account,
        new AdminCommand("create", "Make a user; without a policy it may do nothing", CreateAsync, Name, Identities.Path, Boundary, WithKey)
        {
            Examples = ["objectstore admin user create uploader --account photos --with-key --json"],
        },
        new AdminCommand("list", "The account's users", ListAsync),
        new AdminCommand("show", "One user with keys, groups and policies", ShowAsync, Name),
        new AdminCommand("delete", "Remove a user", DeleteAsync, Name, Force))
    {
        Examples = ["objectstore admin user create uploader --account photos --with-key", "objectstore admin user delete uploader --account photos --force"],
    };

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var made = await iam.CallAsync("CreateUser", ct, ("UserName", context.Get(Name)), ("Path", context.Get(Identities.Path)), ("PermissionsBoundary", context.Get(Boundary)));
        var user = Identities.User(made.Child("User")!);
        if (context.Get(WithKey)) user = user with { Keys = [await KeyCommands.CreateAsync(iam, user.Name, ct)] };
        Show(context, user);
        if (user.Keys is not null) context.Printer.Note(KeyCommands.ShownOnce);
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var users = await (await context.IamAsync(ct)).ListAsync("ListUsers", "Users", ct);
        context.Printer.List(
            "users", [.. users.Select(Identities.User)], CliJson.Default.UserView,
            new("Name", user => user.Name), new("Path", user => user.Path), new("ID", user => user.Id), new("ARN", user => user.Arn), new("Created", user => user.CreatedAt));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var name = context.Get(Name);
        var user = Identities.User((await iam.CallAsync("GetUser", ct, ("UserName", name))).Child("User")!);
        Show(context, user with
        {
            Keys = [.. (await iam.ListAsync("ListAccessKeys", "AccessKeyMetadata", ct, ("UserName", name))).Select(Identities.Key)],
            Groups = await GroupsAsync(iam, name, ct),
            AttachedPolicies = await Identities.AttachedAsync(iam, "User", name, ct),
            InlinePolicies = await Identities.InlineAsync(iam, "User", name, ct),
        });
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var name = context.Get(Name);
        if (context.Get(Force))
        {
            // Keys first: who loses its rights shall not keep them until the rest is done.
            foreach (var key in await iam.ListAsync("ListAccessKeys", "AccessKeyMetadata", ct, ("UserName", name)))
                await iam.CallAsync("DeleteAccessKey", ct, ("UserName", name), ("AccessKeyId", key.Required("AccessKeyId")));
            foreach (var group in await GroupsAsync(iam, name, ct))
                await iam.CallAsync("RemoveUserFromGroup", ct, ("UserName", name), ("GroupName", group));
            await Identities.StripAsync(iam, "User", name, ct);
        }
        await iam.CallAsync("DeleteUser", ct, ("UserName", name));
        context.Printer.Done($"user {name} deleted");
    }

    private static async Task<IReadOnlyList<string>> GroupsAsync(IamClient iam, string name, CancellationToken ct) =>
        [.. (await iam.ListAsync("ListGroupsForUser", "Groups", ct, ("UserName", name))).Select(group => group.Required("GroupName"))];

    private static void Show(CommandContext context, UserView user) => context.Printer.Show(
        user, CliJson.Default.UserView,
        new("Name", known => known.Name), new("Path", known => known.Path), new("ID", known => known.Id), new("ARN", known => known.Arn), new("Created", known => known.CreatedAt),
        new("Permissions boundary", known => known.PermissionsBoundary),
        new("Keys", known => Texts.Join(known.Keys?.Select(key => $"{key.AccessKeyId} ({Texts.Status(key.IsActive)})").ToArray())),
        new("Secret", known => known.Keys is [{ SecretAccessKey: { } secret }] ? secret : null),
        new("Groups", known => Texts.Join(known.Groups)),
        new("Attached policies", known => Texts.Join(known.AttachedPolicies?.Select(policy => policy.Arn).ToArray())),
        new("Inline policies", known => Texts.Join(known.InlinePolicies)));
}
