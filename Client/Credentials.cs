namespace ObjectStore.Client;

/// <summary>What requests are signed with.</summary>
/// <param name="SessionToken">Of temporary credentials; null for an ordinary key.</param>
public sealed record Credentials(string AccessKey, string SecretKey, string? SessionToken = null)
{
    /// <summary>The access key only: the secret must not reach a message.</summary>
    public override string ToString() => AccessKey;
}
