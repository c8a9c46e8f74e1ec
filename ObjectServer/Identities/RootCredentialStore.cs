namespace ObjectStore.Server.Identities;

/// <summary>The one credential that the configuration gives: root of the operator's account.</summary>
internal sealed class RootCredentialStore(string accessKey, string secretKey) : ICredentialStore
{
    public const string AccountId = "000000000000";
    public const string CanonicalId = "0000000000000000000000000000000000000000000000000000000000000001";

    private readonly Credential _root = new(accessKey, secretKey, PrincipalOf(accessKey));

    public static Principal PrincipalOf(string accountName) =>
        new(PrincipalKind.Root, AccountId, CanonicalId, accountName, $"arn:aws:iam::{AccountId}:root");

    public CredentialLookup Find(ReadOnlySpan<char> accessKey, string? sessionToken)
    {
        if (!accessKey.SequenceEqual(_root.AccessKey)) return CredentialFault.UnknownKey;
        // No key here comes with a session, so whatever token is named with one was never given out.
        return string.IsNullOrEmpty(sessionToken) ? _root : CredentialFault.InvalidToken;
    }

    public void NoteUse(Credential credential, string service, string region)
    {
    }
}
