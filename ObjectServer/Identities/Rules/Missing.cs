namespace ObjectStore.Server.Identities;

/// <summary>The refusals that IAM words in one way everywhere.</summary>
internal static class Missing
{
    public static Refusal Account(string id) => new(IdentityFault.NoSuchEntity, $"The account {id} cannot be found.");

    public static Refusal User(string name) => new(IdentityFault.NoSuchEntity, $"The user with name {name} cannot be found.");

    public static Refusal Group(string name) => new(IdentityFault.NoSuchEntity, $"The group with name {name} cannot be found.");

    public static Refusal Role(string name) => new(IdentityFault.NoSuchEntity, $"The role with name {name} cannot be found.");

    public static Refusal Policy(string arn) => new(IdentityFault.NoSuchEntity, $"Policy {arn} was not found.");

    public static Refusal PolicyVersion(string arn, int number) => new(IdentityFault.NoSuchEntity, $"Policy {arn} version v{number} does not exist or is not attachable.");

    public static Refusal Inline(PolicyHolder holder, string policyName) =>
        new(IdentityFault.NoSuchEntity, $"The {holder.Kind.ToString().ToLowerInvariant()} policy with name {policyName} cannot be found.");

    public static Refusal Attached(string arn) => new(IdentityFault.NoSuchEntity, $"Policy {arn} was not found.");

    public static Refusal Boundary(PolicyHolder holder) =>
        new(IdentityFault.NoSuchEntity, $"{holder.Kind} {holder.Name} does not have a permission boundary.");

    public static Refusal Key(string id) => new(IdentityFault.NoSuchEntity, $"The Access Key with id {id} cannot be found.");

    public static Refusal KeyLabel(string label) => new(IdentityFault.NoSuchEntity, $"There is no access key with the label {label}.");

    public static Refusal Provider(string arn) => new(IdentityFault.NoSuchEntity, $"OpenIDConnect Provider not found for arn {arn}");

    public static Refusal Holder(PolicyHolder holder) => holder.Kind switch
    {
        PolicyHolderKind.User => User(holder.Name),
        PolicyHolderKind.Group => Group(holder.Name),
        _ => Role(holder.Name),
    };

    public static Refusal Exists(string what, string name) => new(IdentityFault.EntityAlreadyExists, $"{what} with name {name} already exists.");

    public static Refusal Conflict(string what) => new(IdentityFault.DeleteConflict, $"Cannot delete entity, must {what} first.");
}
