namespace ObjectStore.Server.Iam;

/// <summary>Calls about roles.</summary>
internal static class RoleActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        new("CreateRole", Resources.Role, async (call, ct) =>
        {
            var request = call.Request;
            var role = new NewRole(
                request.Required("RoleName"), request.Required("AssumeRolePolicyDocument"), request["Path"] ?? "/", request["Description"] ?? "",
                request.Number("MaxSessionDuration") ?? 3600, request["PermissionsBoundary"]) { Tags = request.Tags() };
            return Answer.Of(await call.Identities.Roles.CreateAsync(call.AccountId, role, ct), WriteRole);
        }),
        QueryAction.Now("GetRole", Resources.Role, call => Find(call) is { } role ? Answer.Of(writer => WriteRole(writer, role)) : NotFound(call)),
        QueryAction.Now("ListRoles", Resources.Roles, List),
        new("UpdateRole", Resources.Role, async (call, ct) => Answer.Of(await UpdateAsync(call, call.Request["Description"], ct), (_, _) => { })),
        new("UpdateRoleDescription", Resources.Role, async (call, ct) => Answer.Of(await UpdateAsync(call, call.Request["Description"] ?? "", ct), WriteRole)),
        new("UpdateAssumeRolePolicy", Resources.Role, async (call, ct) => Answer.Of(
            await call.Identities.Roles.SetTrustPolicyAsync(call.AccountId, call.Request.Required("RoleName"), call.Request.Required("PolicyDocument"), ct))),
        new("DeleteRole", Resources.Role, async (call, ct) => Answer.Of(
            await call.Identities.Roles.DeleteAsync(call.AccountId, call.Request.Required("RoleName"), withBelongings: false, ct))),
        new("TagRole", Resources.Role, async (call, ct) => Answer.Of(
            await call.Identities.Roles.TagAsync(call.AccountId, call.Request.Required("RoleName"), call.Request.Tags(), ct))),
        new("UntagRole", Resources.Role, async (call, ct) => Answer.Of(
            await call.Identities.Roles.UntagAsync(call.AccountId, call.Request.Required("RoleName"), call.Request.List("TagKeys"), ct))),
        QueryAction.Now("ListRoleTags", Resources.Role, call => Find(call) is { } role ? TagLists.Of(call.Request, role.Tags) : NotFound(call)),
    ];

    private static Role? Find(QueryCall call) => call.Identities.Roles.Find(call.AccountId, call.Request.Required("RoleName"));

    private static Answer NotFound(QueryCall call) => Missing.Role(call.Request.Required("RoleName"));

    private static ValueTask<IdentityResult<Role>> UpdateAsync(QueryCall call, string? description, CancellationToken ct) => call.Identities.Roles.UpdateAsync(
        call.AccountId, call.Request.Required("RoleName"), description, call.Request.Number("MaxSessionDuration"), ct);

    private static Answer List(QueryCall call)
    {
        var prefix = call.Request["PathPrefix"] ?? "/";
        if (IdentityRules.PathPrefix(prefix) is { } refusal) return refusal;
        var page = Paging.Of(call.Request, call.Identities.Roles.List(call.AccountId, prefix), role => role.Name);
        return Answer.Of(writer =>
        {
            writer.List("Roles", page.Items, role => Shapes.Role(writer, role));
            page.WriteTail(writer);
        });
    }

    private static void WriteRole(AnswerWriter writer, Role role)
    {
        writer.Open("Role");
        Shapes.Role(writer, role);
        writer.Close();
    }
}
