using System.Text;

namespace ObjectStore.Server.Identities;

/// <summary>An access key, its secret and who it speaks for. Immutable: a changed secret is another instance.</summary>
internal sealed class Credential(string accessKey, string secretKey, Principal principal, DateTimeOffset? notAfter = null)
{
    private const int PrefixBytes = 4;

    public string AccessKey { get; } = accessKey;

    public Principal Principal { get; } = principal;

    /// <summary>
    /// When the access key expires that this is or, through whatever sessions, comes from: what is asked for with it ends by then. Null if that does not expire.
    /// </summary>
    public DateTimeOffset? NotAfter { get; } = notAfter;

    /// <summary>"AWS4" and the secret: the first key of the derivation of Signature Version 4. Never logged.</summary>
    internal byte[] SecretSeed { get; } = Encoding.UTF8.GetBytes("AWS4" + secretKey);

    /// <summary>The secret's UTF-8: the key of Signature Version 2. Never logged.</summary>
    internal ReadOnlyMemory<byte> SecretBytes => SecretSeed.AsMemory(PrefixBytes);

    /// <summary>The access key only: the secret must not reach a log.</summary>
    public override string ToString() => AccessKey;
}
