using System.Collections.Concurrent;
using ObjectStore.Client.Iam;

namespace ObjectStore.Cosi.Access;

/// <summary>Finds out what a request does not say: the service account's namespace, and who vouches for it.</summary>
/// <param name="issuer">Of the cluster's tokens, as its URL; null if service accounts are not served.</param>
internal sealed class AccessResolver(IamClient iam, string? issuer, string audience, IAccessCluster? cluster)
{
    private readonly ConcurrentDictionary<string, string> _providers = new(StringComparer.Ordinal);

    public async Task<Outcome<AccessSpec>> ResolveAsync(AccessRequest request, CancellationToken ct)
    {
        var access = AccessSpec.Of(request);
        if (!access.IsOk || request.Authentication == AccessAuthentication.Key) return access;
        if (issuer is null)
        {
            return new Refusal(RefusalReason.InvalidArgument, "Authentication with service accounts is not set up: run the driver in a cluster or with --oidc-issuer, "
                + "and make an OpenID Connect provider for it in the server (docs/COSI.md). Or use a BucketAccessClass with authenticationType Key.");
        }
        var account = await FindServiceAccountAsync(request, access.Value, ct);
        if (!account.IsOk) return account.Refusal!;
        var host = issuer[(issuer.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        var provider = await FindProviderAsync(host, ct);
        if (!provider.IsOk) return provider.Refusal!;
        var (space, name) = account.Value;
        return access.Value with { ServiceAccount = new ServiceAccountIdentity($"system:serviceaccount:{space}:{name}", audience, provider.Value, host) };
    }

    /// <summary>By the class's parameter, or by the BucketAccess itself: requests have no namespace, and those of v1alpha1 no name either.</summary>
    private async Task<Outcome<(string Namespace, string Name)>> FindServiceAccountAsync(AccessRequest request, AccessSpec access, CancellationToken ct)
    {
        if (access.Parameters.ServiceAccount is { } named)
        {
            var parts = named.Split('/');
            return request.ServiceAccountName.Length == 0 || request.ServiceAccountName == parts[1] ? (parts[0], parts[1])
                : new Refusal(RefusalReason.InvalidArgument, $"The BucketAccess is for service account {request.ServiceAccountName}, but the class's parameter serviceAccount is {named}.");
        }
        if (cluster is not null)
        {
            var found = (await cluster.ListAsync(ct))?.FirstOrDefault(known => known.AccountName == request.AccountName || AccessNaming.IdOf(known.AccountName) == access.Id);
            var name = request.ServiceAccountName.Length > 0 ? request.ServiceAccountName : found?.ServiceAccount;
            if (found is not null && !string.IsNullOrEmpty(name)) return (found.Namespace, name);
            if (found is not null) return new Refusal(RefusalReason.InvalidArgument, $"The BucketAccess {found.Namespace}/{found.Name} names no service account (spec.serviceAccountName).");
        }
        return new Refusal(RefusalReason.InvalidArgument, "The request does not say in which namespace the service account is: set the BucketAccessClass parameter serviceAccount to NAMESPACE/NAME, "
            + "or let the driver run in the cluster with leave to list bucketaccesses.");
    }

    private async Task<Outcome<string>> FindProviderAsync(string host, CancellationToken ct)
    {
        if (_providers.TryGetValue(host, out var known)) return known;
        var arn = (await iam.ListProvidersAsync(ct)).FirstOrDefault(arn => arn.EndsWith(":oidc-provider/" + host, StringComparison.Ordinal));
        if (arn is null || await iam.FindProviderAsync(arn, ct) is not { } provider)
            return new Refusal(RefusalReason.FailedPrecondition, $"The server has no OpenID Connect provider for {issuer}: make one with CreateOpenIDConnectProvider, with the client id {audience}.");
        if (!provider.ClientIds.Contains(audience, StringComparer.Ordinal))
            return new Refusal(RefusalReason.FailedPrecondition, $"The server's OpenID Connect provider for {issuer} lacks the client id {audience}: add it with AddClientIDToOpenIDConnectProvider.");
        _providers[host] = arn;
        return arn;
    }
}
