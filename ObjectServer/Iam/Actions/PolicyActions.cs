using System.Globalization;

namespace ObjectStore.Server.Iam;

/// <summary>Calls about managed policies.</summary>
internal static class PolicyActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        new("CreatePolicy", Resources.NewPolicy, async (call, ct) =>
        {
            var request = call.Request;
            var policy = new NewPolicy(request.Required("PolicyName"), request.Required("PolicyDocument"), request["Path"] ?? "/", request["Description"] ?? "")
            {
                Tags = request.Tags(),
            };
            return Answer.Of(await call.Identities.Policies.CreateAsync(call.AccountId, policy, ct), (writer, made) => WritePolicy(writer, call, made));
        }),
        QueryAction.Now("GetPolicy", Resources.Policy, call => Find(call) is { } policy ? Answer.Of(writer => WritePolicy(writer, call, policy)) : NotFound(call)),
        QueryAction.Now("ListPolicies", Resources.Policies, List),
        new("DeletePolicy", Resources.Policy, async (call, ct) => Answer.Of(
            await call.Identities.Policies.DeleteAsync(call.AccountId, call.Request.Required("PolicyArn"), withBelongings: false, ct))),
        new("CreatePolicyVersion", Resources.Policy, CreateVersionAsync),
        QueryAction.Now("GetPolicyVersion", Resources.Policy, GetVersion),
        QueryAction.Now("ListPolicyVersions", Resources.Policy, ListVersions),
        new("DeletePolicyVersion", Resources.Policy, async (call, ct) => Answer.Of(
            await call.Identities.Policies.DeleteVersionAsync(call.AccountId, call.Request.Required("PolicyArn"), VersionOf(call), ct))),
        new("SetDefaultPolicyVersion", Resources.Policy, async (call, ct) => Answer.Of(
            await call.Identities.Policies.SetDefaultVersionAsync(call.AccountId, call.Request.Required("PolicyArn"), VersionOf(call), ct))),
        QueryAction.Now("ListEntitiesForPolicy", Resources.Policy, ListEntities),
        new("TagPolicy", Resources.Policy, async (call, ct) => Answer.Of(
            await call.Identities.Policies.TagAsync(call.AccountId, call.Request.Required("PolicyArn"), call.Request.Tags(), ct))),
        new("UntagPolicy", Resources.Policy, async (call, ct) => Answer.Of(
            await call.Identities.Policies.UntagAsync(call.AccountId, call.Request.Required("PolicyArn"), call.Request.List("TagKeys"), ct))),
        QueryAction.Now("ListPolicyTags", Resources.Policy, call => Find(call) is { } policy ? TagLists.Of(call.Request, policy.Tags) : NotFound(call)),
    ];

    // Of the caller's account or of AWS: those of other accounts are not there for it.
    private static ManagedPolicy? Find(QueryCall call) =>
        call.Identities.Policies.FindByArn(call.Request.Required("PolicyArn")) is { } policy && (policy.AccountId == call.AccountId || policy.AccountId == AwsPolicies.Account)
            ? policy
            : null;

    private static Answer NotFound(QueryCall call) => Missing.Policy(call.Request.Required("PolicyArn"));

    private static Answer List(QueryCall call)
    {
        var request = call.Request;
        var prefix = request["PathPrefix"] ?? "/";
        if (IdentityRules.PathPrefix(prefix) is { } refusal) return refusal;
        IEnumerable<ManagedPolicy> own = call.Identities.Policies.List(call.AccountId, prefix);
        var ofAws = PolicyService.ListOfAws().Where(policy => policy.Path.StartsWith(prefix, StringComparison.Ordinal));
        var policies = request["Scope"] switch
        {
            "Local" => own,
            "AWS" => ofAws,
            null or "All" => own.Concat(ofAws),
            var scope => throw QueryErrors.Validation(
                $"1 validation error detected: Value '{scope}' at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [AWS, Local, All]"),
        };
        if (request.Flag("OnlyAttached")) policies = policies.Where(policy => IsUsed(call, policy, asBoundary: false) || IsUsed(call, policy, asBoundary: true));
        policies = request["PolicyUsageFilter"] switch
        {
            "PermissionsPolicy" => policies.Where(policy => IsUsed(call, policy, asBoundary: false)),
            "PermissionsBoundary" => policies.Where(policy => IsUsed(call, policy, asBoundary: true)),
            _ => policies,
        };
        var page = Paging.Of(request, policies.OrderBy(policy => policy.Arn, StringComparer.Ordinal), policy => policy.Arn, StringComparer.Ordinal);
        return Answer.Of(writer =>
        {
            writer.List("Policies", page.Items, policy => Shapes.Policy(writer, call.Identities, call.AccountId, policy));
            page.WriteTail(writer);
        });
    }

    private static bool IsUsed(QueryCall call, ManagedPolicy policy, bool asBoundary) => call.Identities.Attachments.HoldersOf(call.AccountId, policy.Arn, asBoundary).Count > 0;

    private static async ValueTask<Answer> CreateVersionAsync(QueryCall call, CancellationToken ct)
    {
        var request = call.Request;
        var isDefault = request.Flag("SetAsDefault");
        var made = await call.Identities.Policies.CreateVersionAsync(call.AccountId, request.Required("PolicyArn"), request.Required("PolicyDocument"), isDefault, ct);
        return Answer.Of(made, (writer, version) => writer.Open("PolicyVersion")
            .Element("VersionId", $"v{version.Number}").Element("IsDefaultVersion", isDefault).Element("CreateDate", version.CreatedAt).Close());
    }

    private static Answer GetVersion(QueryCall call)
    {
        if (Find(call) is not { } policy) return NotFound(call);
        var number = VersionOf(call);
        if (policy.Versions.FirstOrDefault(version => version.Number == number) is not { } found) return Missing.PolicyVersion(policy.Arn, number);
        return Answer.Of(writer =>
        {
            writer.Open("PolicyVersion");
            Shapes.Version(writer, policy, found, withDocument: true);
            writer.Close();
        });
    }

    private static Answer ListVersions(QueryCall call)
    {
        if (Find(call) is not { } policy) return NotFound(call);
        var page = Paging.Of(call.Request, policy.Versions.OrderBy(version => version.Number), NameOf, StringComparer.Ordinal);
        return Answer.Of(writer =>
        {
            writer.List("Versions", page.Items, version => Shapes.Version(writer, policy, version, withDocument: false));
            page.WriteTail(writer);
        });

        // Padded, so that the marker sorts as the numbers do.
        static string NameOf(ManagedPolicyVersion version) => version.Number.ToString("D9", CultureInfo.InvariantCulture);
    }

    private static Answer ListEntities(QueryCall call)
    {
        if (Find(call) is not { } policy) return NotFound(call);
        var isBoundary = call.Request["PolicyUsageFilter"] == "PermissionsBoundary";
        var prefix = call.Request["PathPrefix"] ?? "/";
        var holders = call.Identities.Attachments.HoldersOf(call.AccountId, policy.Arn, isBoundary)
            .Where(entity => entity.Path.StartsWith(prefix, StringComparison.Ordinal) && Fits(entity, call.Request["EntityFilter"]))
            .OrderBy(entity => entity.Id, StringComparer.Ordinal);
        var page = Paging.Of(call.Request, holders, entity => entity.Id, StringComparer.Ordinal);
        return Answer.Of(writer =>
        {
            writer.List("PolicyGroups", page.Items.OfType<Group>(), group => writer.Element("GroupName", group.Name).Element("GroupId", group.Id));
            writer.List("PolicyUsers", page.Items.OfType<User>(), user => writer.Element("UserName", user.Name).Element("UserId", user.Id));
            writer.List("PolicyRoles", page.Items.OfType<Role>(), role => writer.Element("RoleName", role.Name).Element("RoleId", role.Id));
            page.WriteTail(writer);
        });
    }

    private static bool Fits(Entity entity, string? filter) => filter switch
    {
        null => true,
        "User" => entity is User,
        "Group" => entity is Group,
        "Role" => entity is Role,
        _ => false,
    };

    private static int VersionOf(QueryCall call)
    {
        var text = call.Request.Required("VersionId");
        return text.StartsWith('v') && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw QueryErrors.Validation("1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?");
    }

    private static void WritePolicy(AnswerWriter writer, QueryCall call, ManagedPolicy policy)
    {
        writer.Open("Policy");
        Shapes.Policy(writer, call.Identities, call.AccountId, policy);
        writer.Close();
    }
}
