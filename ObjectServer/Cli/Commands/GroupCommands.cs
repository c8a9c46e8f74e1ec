using System.CommandLine;
using ObjectStore.Client;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin group ...</c>, over IAM.</summary>
internal static class GroupCommands
{
    private static readonly Argument<string> Name = Parts.Argument("GROUP", "The group's name");
    private static readonly Argument<string> User = Parts.Argument("USER", "The user's name");
    private static readonly Option<bool> Force = Parts.Switch("--force", "Take members and policies away first");

    public static CommandGroup Build() => new("group", "Groups of users, which share policies", CliOptions.Account,
        new AdminCommand("create", "Make a group", CreateAsync, Name, Identities.Path),
        new AdminCommand("list", "The account's groups", ListAsync),
        new AdminCommand("show", "One group with members and policies", ShowAsync, Name),
        new AdminCommand("delete", "Remove a group", DeleteAsync, Name, Force),
        new AdminCommand("add-user", "Put a user into a group", (context, ct) => SetMemberAsync(context, "AddUserToGroup", "is in", ct), Name, User),
        new AdminCommand("remove-user", "Take a user out of a group", (context, ct) => SetMemberAsync(context, "RemoveUserFromGroup", "is no longer in", ct), Name, User))
    {
        Examples = ["objectstore admin group create readers --account photos", "objectstore admin group add-user readers alice --account photos"],
    };

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        var made = await (await context.IamAsync(ct)).CallAsync("CreateGroup", ct, ("GroupName", context.Get(Name)), ("Path", context.Get(Identities.Path)));
        Show(context, Identities.Group(made.Child("Group")!));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var groups = await (await context.IamAsync(ct)).ListAsync("ListGroups", "Groups", ct);
        context.Printer.List(
            "groups", [.. groups.Select(Identities.Group)], CliJson.Default.GroupView,
            new("Name", group => group.Name), new("Path", group => group.Path), new("ID", group => group.Id), new("ARN", group => group.Arn), new("Created", group => group.CreatedAt));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var name = context.Get(Name);
        var group = await iam.CallAsync("GetGroup", ct, ("GroupName", name));
        Show(context, Identities.Group(group.Child("Group")!) with
        {
            Users = await Identities.MembersAsync(iam, name, ct),
            AttachedPolicies = await Identities.AttachedAsync(iam, "Group", name, ct),
            InlinePolicies = await Identities.InlineAsync(iam, "Group", name, ct),
        });
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var name = context.Get(Name);
        if (context.Get(Force))
        {
            foreach (var user in await Identities.MembersAsync(iam, name, ct))
                await iam.CallAsync("RemoveUserFromGroup", ct, ("GroupName", name), ("UserName", user));
            await Identities.StripAsync(iam, "Group", name, ct);
        }
        await iam.CallAsync("DeleteGroup", ct, ("GroupName", name));
        context.Printer.Done($"group {name} deleted");
    }

    private static async Task SetMemberAsync(CommandContext context, string action, string outcome, CancellationToken ct)
    {
        var (group, user) = (context.Get(Name), context.Get(User));
        await (await context.IamAsync(ct)).CallAsync(action, ct, ("GroupName", group), ("UserName", user));
        context.Printer.Done($"user {user} {outcome} group {group}");
    }

    private static void Show(CommandContext context, GroupView group) => context.Printer.Show(
        group, CliJson.Default.GroupView,
        new("Name", known => known.Name), new("Path", known => known.Path), new("ID", known => known.Id), new("ARN", known => known.Arn), new("Created", known => known.CreatedAt),
        new("Users", known => Texts.Join(known.Users)),
        new("Attached policies", known => Texts.Join(known.AttachedPolicies?.Select(policy => policy.Arn).ToArray())),
        new("Inline policies", known => Texts.Join(known.InlinePolicies)));
}
