namespace ObjectStore.Server.Identities;

/// <summary>Which policies can be attached, or be a boundary: those of the account itself and those of AWS, if they exist.</summary>
internal static class BoundaryRules
{
    /// <param name="arn">Null passes.</param>
    public static Refusal? Check(IdentityState state, string accountId, string? arn)
    {
        if (arn is null) return null;
        if (!IdentityArn.TryParse(arn, out var parsed) || parsed.Type != IdentityArn.Policy)
            return new Refusal(IdentityFault.InvalidInput, $"ARN {(arn.Length <= 256 ? arn : arn[..256])} is not valid.");
        return parsed.Account != accountId && parsed.Account != AwsPolicies.Account
            ? new Refusal(IdentityFault.InvalidInput, $"Policy {arn} is outside your own account.")
            : state.FindPolicy(arn) is null ? new Refusal(IdentityFault.NoSuchEntity, $"Policy {arn} does not exist or is not attachable.") : null;
    }
}
