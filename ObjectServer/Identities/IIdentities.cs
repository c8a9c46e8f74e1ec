using System.Diagnostics.CodeAnalysis;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>What is known of accounts and of those within them. Answers from memory, as of the last committed change; from any thread.</summary>
internal interface IIdentities
{
    /// <param name="accountId">Twelve digits.</param>
    Account? FindAccount(string accountId);

    Account? FindAccountByCanonicalId(string canonicalId);

    /// <summary>Without regard to case.</summary>
    Account? FindAccountByEmail(string email);

    /// <summary>
    /// Whether that principal exists now: an account's root (or twelve digits), a user or a role by its ARN, or a role's session
    /// whose role exists. Bucket policies and trust policies that name nobody are refused with it.
    /// </summary>
    bool Exists(string principalArn);

    /// <summary>
    /// What the principal's own policies are. <see cref="PrincipalPolicies.None"/>, so that nothing is allowed, for the anonymous and for
    /// a user or role that has been deleted since. A root has no policies and no bound but that of its session.
    /// </summary>
    PrincipalPolicies PoliciesOf(Principal principal);

    /// <summary>
    /// Whom a service becomes to act for an account: the role's session, if its trust policy lets the service assume it, or the account's root. Null if
    /// there is no such role, or it does not.
    /// </summary>
    Principal? AssumeForService(string arn, string service, string sessionName) => null;

    /// <summary>A document that another part keeps with the account, such as its public access block.</summary>
    bool TryGetDocument(string accountId, string kind, [NotNullWhen(true)] out ReadOnlyMemory<byte>? document);

    /// <inheritdoc cref="AccountService.PutDocumentAsync"/>
    ValueTask<IdentityResult<Account>> PutDocumentAsync(string accountId, string kind, ReadOnlyMemory<byte> document, CancellationToken ct);

    /// <inheritdoc cref="AccountService.DeleteDocumentAsync"/>
    ValueTask<IdentityResult<Account>> DeleteDocumentAsync(string accountId, string kind, CancellationToken ct);
}
