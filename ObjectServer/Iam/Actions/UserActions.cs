namespace ObjectStore.Server.Iam;

/// <summary>Calls about users.</summary>
internal static class UserActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        new("CreateUser", Resources.NewUser, async (call, ct) =>
        {
            var request = call.Request;
            var user = new NewUser(request.Required("UserName"), request["Path"] ?? "/", request["PermissionsBoundary"]) { Tags = request.Tags() };
            return Answer.Of(await call.Identities.Users.CreateAsync(call.AccountId, user, ct), WriteUser);
        }),
        QueryAction.Now("GetUser", Resources.User, Get),
        QueryAction.Now("ListUsers", Resources.Users, List),
        new("UpdateUser", Resources.NamedUser, async (call, ct) => Answer.Of(
            await call.Identities.Users.UpdateAsync(call.AccountId, call.Request.Required("UserName"), call.Request["NewUserName"], call.Request["NewPath"], ct)))
        {
            Target = call => call.Identities.Users.Find(call.AccountId, call.Request.Required("UserName")) is { } user
                ? Resources.Moved(user, call.Request["NewUserName"], call.Request["NewPath"])
                : null,
        },
        new("DeleteUser", Resources.User, async (call, ct) => Answer.Of(
            await call.Identities.Users.DeleteAsync(call.AccountId, call.Request.Required("UserName"), withBelongings: false, ct))),
        new("TagUser", Resources.User, async (call, ct) => Answer.Of(
            await call.Identities.Users.TagAsync(call.AccountId, call.Request.Required("UserName"), call.Request.Tags(), ct))),
        new("UntagUser", Resources.User, async (call, ct) => Answer.Of(
            await call.Identities.Users.UntagAsync(call.AccountId, call.Request.Required("UserName"), call.Request.List("TagKeys"), ct))),
        QueryAction.Now("ListUserTags", Resources.User, call =>
        {
            var name = call.Request.Required("UserName");
            return call.Identities.Users.Find(call.AccountId, name) is { } user ? TagLists.Of(call.Request, user.Tags) : Missing.User(name);
        }),
    ];

    private static Answer Get(QueryCall call)
    {
        if (call.IsAboutRoot && call.Identities.FindAccount(call.AccountId) is { } account) return Answer.Of(writer => WriteRoot(writer, account));
        return call.Identities.Users.Find(call.AccountId, call.UserName) is { } user ? Answer.Of(writer => WriteUser(writer, user)) : Missing.User(call.UserName);
    }

    private static Answer List(QueryCall call)
    {
        var prefix = call.Request["PathPrefix"] ?? "/";
        if (IdentityRules.PathPrefix(prefix) is { } refusal) return refusal;
        var page = Paging.Of(call.Request, call.Identities.Users.List(call.AccountId, prefix), user => user.Name);
        return Answer.Of(writer =>
        {
            writer.List("Users", page.Items, user => Shapes.User(writer, user));
            page.WriteTail(writer);
        });
    }

    private static void WriteUser(AnswerWriter writer, User user)
    {
        writer.Open("User");
        Shapes.User(writer, user);
        writer.Close();
    }

    // The root is no user, but a root that asks who it is gets this.
    private static void WriteRoot(AnswerWriter writer, Account account) => writer.Open("User")
        .Element("Path", "/").Element("UserName", account.Name).Element("UserId", account.Id).Element("Arn", account.RootArn).Element("CreateDate", account.CreatedAt)
        .Close();
}
