namespace ObjectStore.Server.Iam;

/// <summary>Calls about groups and who is in them.</summary>
internal static class GroupActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        new("CreateGroup", Resources.Group, async (call, ct) => Answer.Of(
            await call.Identities.Groups.CreateAsync(call.AccountId, call.Request.Required("GroupName"), call.Request["Path"] ?? "/", ct), WriteGroup)),
        QueryAction.Now("GetGroup", Resources.Group, Get),
        QueryAction.Now("ListGroups", Resources.Groups, List),
        QueryAction.Now("ListGroupsForUser", Resources.User, ListForUser),
        new("UpdateGroup", Resources.Group, async (call, ct) => Answer.Of(
            await call.Identities.Groups.UpdateAsync(call.AccountId, call.Request.Required("GroupName"), call.Request["NewGroupName"], call.Request["NewPath"], ct)))
        {
            Target = call => call.Identities.Groups.Find(call.AccountId, call.Request.Required("GroupName")) is { } group
                ? Resources.Moved(group, call.Request["NewGroupName"], call.Request["NewPath"])
                : null,
        },
        new("DeleteGroup", Resources.Group, async (call, ct) => Answer.Of(
            await call.Identities.Groups.DeleteAsync(call.AccountId, call.Request.Required("GroupName"), withBelongings: false, ct))),
        new("AddUserToGroup", Resources.Group, async (call, ct) => Answer.Of(
            await call.Identities.Groups.AddUserAsync(call.AccountId, call.Request.Required("GroupName"), call.Request.Required("UserName"), ct))),
        new("RemoveUserFromGroup", Resources.Group, async (call, ct) => Answer.Of(
            await call.Identities.Groups.RemoveUserAsync(call.AccountId, call.Request.Required("GroupName"), call.Request.Required("UserName"), ct))),
    ];

    private static Answer Get(QueryCall call)
    {
        var name = call.Request.Required("GroupName");
        if (call.Identities.Groups.Find(call.AccountId, name) is not { } group) return Missing.Group(name);
        var page = Paging.Of(call.Request, call.Identities.Groups.UsersOf(group), user => user.Name);
        return Answer.Of(writer =>
        {
            WriteGroup(writer, group);
            writer.List("Users", page.Items, user => Shapes.User(writer, user));
            page.WriteTail(writer);
        });
    }

    private static Answer List(QueryCall call)
    {
        var prefix = call.Request["PathPrefix"] ?? "/";
        return IdentityRules.PathPrefix(prefix) is { } refusal ? refusal : Page(call, call.Identities.Groups.List(call.AccountId, prefix));
    }

    private static Answer ListForUser(QueryCall call) => call.Identities.Users.Find(call.AccountId, call.Request.Required("UserName")) is { } user
        ? Page(call, call.Identities.Groups.GroupsOf(user))
        : Missing.User(call.UserName);

    private static Answer Page(QueryCall call, IReadOnlyList<Group> groups)
    {
        var page = Paging.Of(call.Request, groups, group => group.Name);
        return Answer.Of(writer =>
        {
            writer.List("Groups", page.Items, group => Shapes.Group(writer, group));
            page.WriteTail(writer);
        });
    }

    private static void WriteGroup(AnswerWriter writer, Group group)
    {
        writer.Open("Group");
        Shapes.Group(writer, group);
        writer.Close();
    }
}
