namespace ObjectStore.Server.Identities;

/// <summary>Finds who is named by an ARN.</summary>
internal static class PrincipalLookup
{
    /// <param name="principal">Twelve digits, or the ARN of a root, a user, a role or a role's session.</param>
    public static bool Exists(IdentityState state, string principal)
    {
        if (principal.Length == 12 && principal.All(char.IsAsciiDigit)) return state.Accounts.ContainsKey(principal);
        if (!IdentityArn.TryParse(principal, out var arn) || state.FindAccount(arn.Account) is not { } account) return false;
        return arn.Type switch
        {
            IdentityArn.Root => account.Account.RootArn == principal,
            IdentityArn.User => account.Users.TryGetValue(arn.Name, out var user) && user.Arn == principal,
            IdentityArn.Role => account.Roles.TryGetValue(arn.Name, out var role) && role.Arn == principal,
            // assumed-role/ROLE/SESSION: the session's name may be any.
            IdentityArn.AssumedRole => arn.Service == "sts" && account.Roles.TryGetValue(arn.Path.Trim('/'), out var assumed)
                && principal == $"arn:aws:sts::{assumed.ArnAccount}:assumed-role/{assumed.Name}/{arn.Name}",
            _ => false,
        };
    }
}
