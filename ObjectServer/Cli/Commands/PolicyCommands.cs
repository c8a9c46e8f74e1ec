using System.CommandLine;
using System.Globalization;
using System.Xml.Linq;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin policy ...</c>, over IAM: managed policies, and inline ones of users, groups and roles.</summary>
internal static class PolicyCommands
{
    /// <summary>IAM keeps that many versions of a managed policy.</summary>
    private const int MaxVersions = 5;

    private static readonly Argument<string> Name = Parts.Argument("NAME", "The policy's name");
    private static readonly Argument<string> Policy = Parts.Argument("POLICY", "Its ARN or its name");
    private static readonly Argument<string> File = Parts.Argument("FILE", "The JSON document; - for the standard input");
    private static readonly Option<string> Description = Parts.Option("--description", "TEXT", "For people");
    private static readonly Option<string> User = Parts.Option("--user", "NAME", "Of a user");
    private static readonly Option<string> Group = Parts.Option("--group", "NAME", "Of a group");
    private static readonly Option<string> Role = Parts.Option("--role", "NAME", "Of a role");
    private static readonly Option<bool> Aws = Parts.Switch("--aws", "Also the policies that exist everywhere");
    private static readonly Option<bool> Force = Parts.Switch("--force", "Detach it everywhere and delete its versions first");

    public static CommandGroup Build() => new("policy", "What users, groups and roles may do", CliOptions.Account,
        new AdminCommand("create", "Make a managed policy", CreateAsync, Name, File, Description, Identities.Path),
        new AdminCommand("list", "The account's managed policies", ListAsync, Aws),
        new AdminCommand("show", "One managed policy with its document", ShowAsync, Policy),
        new AdminCommand("update", "Replace a managed policy's document, at once for all who have it", UpdateAsync, Policy, File),
        new AdminCommand("delete", "Remove a managed policy", DeleteAsync, Policy, Force),
        new AdminCommand("attach", "Give a managed policy to a user, group or role", (context, ct) => AttachAsync(context, "Attach", "attached to", ct), Policy, User, Group, Role)
        {
            Examples = ["objectstore admin policy attach AmazonS3ReadOnlyAccess --user alice --account photos"],
        },
        new AdminCommand("detach", "Take a managed policy away", (context, ct) => AttachAsync(context, "Detach", "detached from", ct), Policy, User, Group, Role),
        new AdminCommand("put", "Write an inline policy of a user, group or role", PutAsync, Name, File, User, Group, Role)
        {
            Examples = ["objectstore admin policy put uploads may-upload.json --user uploader --account photos"],
        },
        new AdminCommand("inline", "Show an inline policy's document", InlineAsync, Name, User, Group, Role),
        new AdminCommand("remove", "Remove an inline policy", RemoveAsync, Name, User, Group, Role))
    {
        Examples =
        [
            "objectstore admin policy create uploads may-upload.json --account photos",
            "objectstore admin policy attach uploads --group uploaders --account photos",
        ],
    };

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        var document = context.ReadText(context.Get(File));
        var made = await (await context.IamAsync(ct)).CallAsync("CreatePolicy", ct,
            ("PolicyName", context.Get(Name)), ("PolicyDocument", document), ("Description", context.Get(Description)), ("Path", context.Get(Identities.Path)));
        Show(context, ToView(made.Child("Policy")!));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var policies = await (await context.IamAsync(ct)).ListAsync("ListPolicies", "Policies", ct, ("Scope", context.Get(Aws) ? "All" : "Local"));
        context.Printer.List(
            "policies", [.. policies.Select(ToView)], CliJson.Default.PolicyView,
            new("Name", policy => policy.Name), new("ARN", policy => policy.Arn), new("Attached", policy => policy.AttachmentCount?.ToString(CultureInfo.InvariantCulture), IsNumber: true),
            new("Version", policy => policy.DefaultVersion), new("Updated", policy => policy.UpdatedAt));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var arn = await FindAsync(iam, context.Get(Policy), ct);
        var policy = ToView((await iam.CallAsync("GetPolicy", ct, ("PolicyArn", arn))).Child("Policy")!);
        var version = await iam.CallAsync("GetPolicyVersion", ct, ("PolicyArn", arn), ("VersionId", policy.DefaultVersion));
        Show(context, policy with { Document = Identities.Document(version.Child("PolicyVersion")!.Text("Document")) });
    }

    private static async Task UpdateAsync(CommandContext context, CancellationToken ct)
    {
        var document = context.ReadText(context.Get(File));
        var iam = await context.IamAsync(ct);
        var arn = await FindAsync(iam, context.Get(Policy), ct);
        var versions = await iam.ListAsync("ListPolicyVersions", "Versions", ct, ("PolicyArn", arn));
        if (versions.Count >= MaxVersions)
        {
            var oldest = versions.Where(version => version.Text("IsDefaultVersion") != "true").MinBy(version => NumberOf(version.Required("VersionId")))!;
            await iam.CallAsync("DeletePolicyVersion", ct, ("PolicyArn", arn), ("VersionId", oldest.Required("VersionId")));
        }
        var made = await iam.CallAsync("CreatePolicyVersion", ct, ("PolicyArn", arn), ("PolicyDocument", document), ("SetAsDefault", "true"));
        context.Printer.Done($"policy {arn} is now version {made.Child("PolicyVersion")!.Text("VersionId")}");
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var iam = await context.IamAsync(ct);
        var arn = await FindAsync(iam, context.Get(Policy), ct);
        if (context.Get(Force)) await StripAsync(iam, arn, ct);
        await iam.CallAsync("DeletePolicy", ct, ("PolicyArn", arn));
        context.Printer.Done($"policy {arn} deleted");
    }

    /// <summary>Nobody has it, and it has but its default version.</summary>
    private static async Task StripAsync(IamClient iam, string arn, CancellationToken ct)
    {
        foreach (var (list, kind) in new (string, string)[] { ("PolicyUsers", "User"), ("PolicyGroups", "Group"), ("PolicyRoles", "Role") })
        {
            foreach (var holder in await iam.ListAsync("ListEntitiesForPolicy", list, ct, ("PolicyArn", arn), ("EntityFilter", kind)))
                await iam.CallAsync($"Detach{kind}Policy", ct, (kind + "Name", holder.Required(kind + "Name")), ("PolicyArn", arn));
        }
        foreach (var version in await iam.ListAsync("ListPolicyVersions", "Versions", ct, ("PolicyArn", arn)))
        {
            if (version.Text("IsDefaultVersion") != "true") await iam.CallAsync("DeletePolicyVersion", ct, ("PolicyArn", arn), ("VersionId", version.Required("VersionId")));
        }
    }

    private static async Task AttachAsync(CommandContext context, string verb, string outcome, CancellationToken ct)
    {
        var (kind, name) = HolderOf(context);
        var iam = await context.IamAsync(ct);
        var arn = await FindAsync(iam, context.Get(Policy), ct);
        await iam.CallAsync($"{verb}{kind}Policy", ct, (kind + "Name", name), ("PolicyArn", arn));
        context.Printer.Done($"policy {arn} {outcome} {kind.ToLowerInvariant()} {name}");
    }

    private static async Task PutAsync(CommandContext context, CancellationToken ct)
    {
        var (kind, name) = HolderOf(context);
        var document = context.ReadText(context.Get(File));
        await (await context.IamAsync(ct)).CallAsync($"Put{kind}Policy", ct, (kind + "Name", name), ("PolicyName", context.Get(Name)), ("PolicyDocument", document));
        context.Printer.Done($"policy {context.Get(Name)} of {kind.ToLowerInvariant()} {name} written");
    }

    private static async Task InlineAsync(CommandContext context, CancellationToken ct)
    {
        var (kind, name) = HolderOf(context);
        var policy = await (await context.IamAsync(ct)).CallAsync($"Get{kind}Policy", ct, (kind + "Name", name), ("PolicyName", context.Get(Name)));
        context.Printer.Document(Identities.Document(policy.Required("PolicyDocument"))!.Value.GetRawText());
    }

    private static async Task RemoveAsync(CommandContext context, CancellationToken ct)
    {
        var (kind, name) = HolderOf(context);
        await (await context.IamAsync(ct)).CallAsync($"Delete{kind}Policy", ct, (kind + "Name", name), ("PolicyName", context.Get(Name)));
        context.Printer.Done($"policy {context.Get(Name)} of {kind.ToLowerInvariant()} {name} removed");
    }

    /// <summary>By ARN; or by name, the account's own before those that exist everywhere.</summary>
    private static async Task<string> FindAsync(IamClient iam, string policy, CancellationToken ct)
    {
        if (policy.StartsWith("arn:", StringComparison.Ordinal)) return policy;
        foreach (var scope in new[] { "Local", "AWS" })
        {
            foreach (var known in await iam.ListAsync("ListPolicies", "Policies", ct, ("Scope", scope)))
            {
                if (known.Required("PolicyName").Equals(policy, StringComparison.OrdinalIgnoreCase)) return known.Required("Arn");
            }
        }
        throw CliException.NotFound($"There is no policy \"{policy}\".");
    }

    private static (string Kind, string Name) HolderOf(CommandContext context)
    {
        var named = new[] { ("User", context.Get(User)), ("Group", context.Get(Group)), ("Role", context.Get(Role)) }.Where(holder => holder.Item2 is not null).ToArray();
        return named is [{ Item1: var kind, Item2: { } name }] ? (kind, name) : throw CliException.Usage("Say whose it is: one of --user NAME, --group NAME, --role NAME.");
    }

    private static int NumberOf(string version) => int.TryParse(version.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private static PolicyView ToView(XElement policy) => new()
    {
        Name = policy.Required("PolicyName"),
        Id = policy.Required("PolicyId"),
        Arn = policy.Required("Arn"),
        Path = policy.Required("Path"),
        Description = policy.Text("Description"),
        DefaultVersion = policy.Text("DefaultVersionId"),
        AttachmentCount = int.TryParse(policy.Text("AttachmentCount"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null,
        CreatedAt = policy.Text("CreateDate"),
        UpdatedAt = policy.Text("UpdateDate"),
    };

    private static void Show(CommandContext context, PolicyView policy) => context.Printer.Show(
        policy, CliJson.Default.PolicyView,
        new("Name", known => known.Name), new("ARN", known => known.Arn), new("ID", known => known.Id), new("Path", known => known.Path), new("Description", known => known.Description),
        new("Version", known => known.DefaultVersion), new("Attached to", known => known.AttachmentCount?.ToString(CultureInfo.InvariantCulture)),
        new("Created", known => known.CreatedAt), new("Updated", known => known.UpdatedAt), new("Document", known => known.Document?.GetRawText()));
}
