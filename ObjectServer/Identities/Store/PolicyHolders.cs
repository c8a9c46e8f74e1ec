namespace ObjectStore.Server.Identities;

/// <summary>Reads and writes the attachments of whoever holds them.</summary>
internal static class PolicyHolders
{
    public static Entity? Find(AccountState account, PolicyHolder holder) => holder.Kind switch
    {
        PolicyHolderKind.User => account.Users.GetValueOrDefault(holder.Name),
        PolicyHolderKind.Group => account.Groups.GetValueOrDefault(holder.Name),
        _ => account.Roles.GetValueOrDefault(holder.Name),
    };

    public static Attachments Of(Entity entity) => entity switch
    {
        User user => user.Policies,
        Group group => group.Policies,
        Role role => role.Policies,
        _ => Attachments.None,
    };

    public static IEnumerable<Entity> All(AccountState account) => [.. account.Users.Values, .. account.Groups.Values, .. account.Roles.Values];

    public static void Put(IdentityEdit edit, Entity entity, Attachments attachments)
    {
        switch (entity)
        {
            case User user:
                edit.Put(user with { Policies = attachments });
                break;
            case Group group:
                edit.Put(group with { Policies = attachments });
                break;
            case Role role:
                edit.Put(role with { Policies = attachments });
                break;
        }
    }
}
