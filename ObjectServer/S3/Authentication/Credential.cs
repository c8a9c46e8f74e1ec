using System.Text;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>An access key, its secret and who it speaks for. Immutable: a changed secret is another instance.</summary>
internal sealed class Credential(string accessKey, string secretKey, Principal principal)
{
    public string AccessKey { get; } = accessKey;

    public Principal Principal { get; } = principal;

    /// <summary>"AWS4" and the secret: the first key of the derivation. Never logged.</summary>
    internal byte[] SecretSeed { get; } = Encoding.UTF8.GetBytes("AWS4" + secretKey);

    /// <summary>The access key only: the secret must not reach a log.</summary>
    public override string ToString() => AccessKey;
}

/// <summary>Finds credentials by access key. Called for every request, from any thread: answers from memory.</summary>
internal interface ICredentialStore
{
    /// <summary>Null if there is no such key or it is not active.</summary>
    Credential? Find(ReadOnlySpan<char> accessKey);
}

/// <summary>The one credential that the configuration gives.</summary>
internal sealed class RootCredentialStore(string accessKey, string secretKey) : ICredentialStore
{
    public const string AccountId = "000000000000";
    public const string CanonicalId = "0000000000000000000000000000000000000000000000000000000000000001";

    private readonly Credential _root = new(
        accessKey,
        secretKey,
        new Principal(PrincipalKind.Root, AccountId, CanonicalId, accessKey, $"arn:aws:iam::{AccountId}:root"));

    public Credential? Find(ReadOnlySpan<char> accessKey) => accessKey.SequenceEqual(_root.AccessKey) ? _root : null;
}
