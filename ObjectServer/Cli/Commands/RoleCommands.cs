using System.CommandLine;
using System.Globalization;
using System.Xml.Linq;
using ObjectStore.Client;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin role ...</c>, over IAM.</summary>
internal static class RoleCommands
{
    private static readonly Argument<string> Name = Parts.Argument("ROLE", "The role's name");
    private static readonly Option<string> Trust = new("--trust") { Description = "The trust policy: who may assume it; - for the standard input", HelpName = "FILE", Required = true };
    private static readonly Option<string> Description = Parts.Option("--description", "TEXT", "For people");
    private static readonly Option<int?> MaxSession = new("--max-session") { Description = "Longest session, 3600 to 43200", HelpName = "SECONDS" };
    private static readonly Option<string> Boundary = Parts.Option("--permissions-boundary", "ARN", "A managed policy that bounds what the role may do");
    private static readonly Option<bool> Force = Parts.Switch("--force", "Take its policies away first");

    public static CommandGroup Build() => new("role", "Roles, which others assume for a while", CliOptions.Account,
        new AdminCommand("create", "Make a role", CreateAsync, Name, Trust, Description, MaxSession, Identities.Path, Boundary)
        {
            Examples = ["objectstore admin role create backup --trust who-may.json --account photos"],
        },
        new AdminCommand("list", "The account's roles", ListAsync),
        new AdminCommand("show", "One role with its trust and policies", ShowAsync, Name),
        new AdminCommand("trust", "Replace the trust policy", TrustAsync, Name, Trust),
        new AdminCommand("delete", "Remove a role; its sessions end at once", DeleteAsync, Name, Force));

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        var trust = context.ReadText(context.Get(Trust)!);
        var made = await (await context.IamAsync(ct)).CallAsync("CreateRole", ct,
            ("RoleName", context.Get(Name)),
            ("AssumeRolePolicyDocument", trust),
            ("Description", context.Get(Description)),
            ("MaxSessionDuration", context.Get(MaxSession)?.ToString(CultureInfo.InvariantCulture)),
            ("Path", context.Get(Identities.Path)),
            ("PermissionsBoundary", context.Get(Boundary)));
        Show(context, ToView(made.Child("Role")!));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var roles = await (await context.IamAsync(ct)).ListAsync("ListRoles", "Roles", ct);
        context.Printer.List(
            "roles", [.. roles.Select(ToView)], CliJson.Default.RoleView,
            new("Name", role => role.Name), new("Path", role => role.Path), new("ID", role => role.Id), new("ARN", role => role.Arn), new("Created", role => role.CreatedAt));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var name = context.Get(Name);
        var role = await iam.CallAsync("GetRole", ct, ("RoleName", name));
        Show(context, ToView(role.Child("Role")!) with
        {
            AttachedPolicies = await Identities.AttachedAsync(iam, "Role", name, ct),
            InlinePolicies = await Identities.InlineAsync(iam, "Role", name, ct),
        });
    }

    private static async Task TrustAsync(CommandContext context, CancellationToken ct)
    {
        var trust = context.ReadText(context.Get(Trust)!);
        await (await context.IamAsync(ct)).CallAsync("UpdateAssumeRolePolicy", ct, ("RoleName", context.Get(Name)), ("PolicyDocument", trust));
        context.Printer.Done($"trust policy of role {context.Get(Name)} replaced");
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var name = context.Get(Name);
        if (context.Get(Force)) await Identities.StripAsync(iam, "Role", name, ct);
        await iam.CallAsync("DeleteRole", ct, ("RoleName", name));
        context.Printer.Done($"role {name} deleted");
    }

    private static RoleView ToView(XElement role) => new()
    {
        Name = role.Required("RoleName"),
        Id = role.Required("RoleId"),
        Arn = role.Required("Arn"),
        Path = role.Required("Path"),
        Description = role.Text("Description"),
        MaxSessionSeconds = int.TryParse(role.Text("MaxSessionDuration"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
        CreatedAt = role.Text("CreateDate"),
        PermissionsBoundary = role.Child("PermissionsBoundary")?.Text("PermissionsBoundaryArn"),
        TrustPolicy = Identities.Document(role.Text("AssumeRolePolicyDocument")),
    };

    private static void Show(CommandContext context, RoleView role) => context.Printer.Show(
        role, CliJson.Default.RoleView,
        new("Name", known => known.Name), new("Path", known => known.Path), new("ID", known => known.Id), new("ARN", known => known.Arn),
        new("Description", known => known.Description), new("Created", known => known.CreatedAt),
        new("Longest session", known => known.MaxSessionSeconds is { } seconds ? Texts.Duration(seconds) : null),
        new("Permissions boundary", known => known.PermissionsBoundary),
        new("Trust policy", known => known.TrustPolicy?.GetRawText()),
        new("Attached policies", known => Texts.Join(known.AttachedPolicies?.Select(policy => policy.Arn).ToArray())),
        new("Inline policies", known => Texts.Join(known.InlinePolicies)));
}
