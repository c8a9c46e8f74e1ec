namespace ObjectStore.Server.S3.Authentication;

internal enum PrincipalKind
{
    Anonymous,
    Root,
    User,
    Role,
}

/// <summary>Who makes a request, once its signature has been verified.</summary>
/// <param name="AccountId">Twelve digits; empty for the anonymous.</param>
/// <param name="CanonicalId">The owner id in S3's listings and ACLs, 64 hex digits.</param>
internal sealed record Principal(PrincipalKind Kind, string AccountId, string CanonicalId, string Name, string Arn)
{
    public static readonly Principal Anonymous = new(
        PrincipalKind.Anonymous, "", "65a011a29cdf8ec533ec3d1ccaae921c", "anonymous", "*");

    public bool IsAnonymous => Kind == PrincipalKind.Anonymous;
}
