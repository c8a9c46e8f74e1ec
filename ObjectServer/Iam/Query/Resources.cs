namespace ObjectStore.Server.Iam;

/// <summary>The ARNs that IAM's calls are about: of what is there, with its path, or else of what would be there.</summary>
internal static class Resources
{
    public static string User(QueryCall call) => call.IsAboutRoot
        ? call.Principal.Arn
        : call.Identities.Users.Find(call.AccountId, call.UserName)?.Arn ?? New(call, "user", call.UserName);

    /// <summary>A user that has to be named.</summary>
    public static string NamedUser(QueryCall call)
    {
        call.Request.Required("UserName");
        return User(call);
    }

    /// <summary>What a user or group would be called.</summary>
    public static string Moved(Entity entity, string? newName, string? newPath) =>
        (entity with { Name = newName ?? entity.Name, Path = newPath ?? entity.Path }).Arn;

    public static string NewUser(QueryCall call) => New(call, "user", call.Request.Required("UserName"));

    public static string Users(QueryCall call) => $"arn:aws:iam::{call.ArnAccount}:user{call.Request["PathPrefix"] ?? "/"}";

    public static string Group(QueryCall call) =>
        call.Identities.Groups.Find(call.AccountId, call.Request.Required("GroupName"))?.Arn ?? New(call, "group", call.Request.Required("GroupName"));

    public static string Groups(QueryCall call) => $"arn:aws:iam::{call.ArnAccount}:group{call.Request["PathPrefix"] ?? "/"}";

    public static string Role(QueryCall call) =>
        call.Identities.Roles.Find(call.AccountId, call.Request.Required("RoleName"))?.Arn ?? New(call, "role", call.Request.Required("RoleName"));

    public static string Roles(QueryCall call) => $"arn:aws:iam::{call.ArnAccount}:role{call.Request["PathPrefix"] ?? "/"}";

    public static string Policy(QueryCall call) => call.Request.Required("PolicyArn");

    public static string NewPolicy(QueryCall call) => New(call, "policy", call.Request.Required("PolicyName"));

    public static string Policies(QueryCall call) => $"arn:aws:iam::{call.ArnAccount}:policy{call.Request["PathPrefix"] ?? "/"}";

    public static string Provider(QueryCall call) => call.Request.Required("OpenIDConnectProviderArn");

    public static string NewProvider(QueryCall call)
    {
        var url = call.Request.Required("Url");
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        return $"arn:aws:iam::{call.ArnAccount}:oidc-provider/{(scheme < 0 ? url : url[(scheme + 3)..])}";
    }

    public static string Any(QueryCall call) => "*";

    public static string Holder(QueryCall call, PolicyHolderKind kind) => kind switch
    {
        PolicyHolderKind.User => User(call),
        PolicyHolderKind.Group => Group(call),
        _ => Role(call),
    };

    private static string New(QueryCall call, string type, string name) => $"arn:aws:iam::{call.ArnAccount}:{type}{call.Request["Path"] ?? "/"}{name}";
}
