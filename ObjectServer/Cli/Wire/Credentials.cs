namespace ObjectStore.Server.Cli.Wire;

/// <summary>What requests are signed with.</summary>
/// <param name="SessionToken">Of temporary credentials; null for an ordinary key.</param>
internal sealed record Credentials(string AccessKey, string SecretKey, string? SessionToken)
{
    /// <summary>The access key only: the secret must not reach a message.</summary>
    public override string ToString() => AccessKey;
}
