namespace ObjectStore.Server.Identities;

/// <summary>Finds credentials by access key. Called for every request, from any thread: answers from memory.</summary>
internal interface ICredentialStore
{
    /// <param name="accessKey">As the request claims it.</param>
    /// <param name="sessionToken">x-amz-security-token, from wherever the request has it; null or empty if it has none.</param>
    CredentialLookup Find(ReadOnlySpan<char> accessKey, string? sessionToken);

    /// <summary>Told of every request whose signature was verified.</summary>
    /// <param name="service">"s3", "iam" or "sts".</param>
    void NoteUse(Credential credential, string service, string region);
}

/// <summary>Why there is no credential.</summary>
internal enum CredentialFault
{
    None,

    /// <summary>No such access key, or it is not active, or who it was given to is no more.</summary>
    UnknownKey,

    /// <summary>The session token is not one of ours, or not of this key, or is not there although the key is temporary.</summary>
    InvalidToken,

    ExpiredToken,
}

/// <summary>Either a credential or a fault.</summary>
internal readonly record struct CredentialLookup(Credential? Credential, CredentialFault Fault)
{
    public static implicit operator CredentialLookup(Credential credential) => new(credential, CredentialFault.None);

    public static implicit operator CredentialLookup(CredentialFault fault) => new(null, fault);
}
