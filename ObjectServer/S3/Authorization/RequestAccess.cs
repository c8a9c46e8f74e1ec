using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>The decisions on one request. This part answers single questions; which questions a call has is in RequestAccess.Call.cs.</summary>
internal sealed partial class RequestAccess(Authorizer authorizer, AccessRequest request) : IRequestAccess
{
    private AccessRequest _request = request;
    private bool _wantsDocument;
    private BucketAccess? _bucket;

    public AccessRequest Request => _request;

    public bool NeedsDocument { get; private set; }

    public bool IsRequesterCharged { get; private set; }

    public BucketAccess? Bucket => _bucket;

    public bool NeededAcl { get; private set; }

    private Principal Principal => _request.Principal;

    public IRequestAccess With(AccessRequest changed) => new RequestAccess(authorizer, changed);

    public ValueTask<BucketAccess?> FindBucketAsync(string bucket, CancellationToken ct) => authorizer.Buckets.FindAsync(bucket, ct);

    public async ValueTask ConfirmAsync(CancellationToken ct)
    {
        if (_bucket?.Id is { } id && (await authorizer.Buckets.FindAsync(_request.Bucket!, ct))?.Id != id)
            throw new S3Exception(new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", _request.Bucket)));
        // With a document that policies ask for, all is decided after this.
        if (!(NeedsDocument && _request.Document is null) && await DecideCallAsync(ct) is { } refusal) throw new S3Exception(refusal);
    }

    public async ValueTask<bool> IsAllowedAsync(string action, string bucket, string? key, string? versionId, CancellationToken ct) =>
        await authorizer.Buckets.FindAsync(bucket, ct) is { } access && await AskAsync(new AccessQuestion(action, access, bucket, key, versionId), ct);

    public async ValueTask<NewObjectAccess> ForNewObjectAsync(CancellationToken ct)
    {
        var bucket = await authorizer.Buckets.FindAsync(_request.Bucket!, ct) ?? throw new S3Exception(new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", _request.Bucket)));
        return NewObjectAccess.Of(bucket, Principal, Headers, authorizer.Identities);
    }

    /// <summary>By far the most requests: the root of the owner's account, and no policy that could say no.</summary>
    private bool IsUnrestrictedOwner(BucketAccess bucket) =>
        bucket.Policy is null && Principal is { Kind: PrincipalKind.Root, Session: null } && bucket.IsOwnedBy(Principal);

    private async ValueTask<bool> AskAsync(AccessQuestion question, CancellationToken ct)
    {
        var bucket = question.Bucket!;
        var mayBeForeign = bucket.HasAcls && !question.IsOfBucket && AclRights.BelongsToObjectOwner(question.Action);
        if (!mayBeForeign && IsUnrestrictedOwner(bucket)) return true;

        var blocked = bucket.BlockedIn(authorizer.Identities);
        if (blocked.HasFlag(PublicAccessBlock.RestrictPublicBuckets) && bucket.Policy is { IsPublic: true } && !bucket.IsOwnedBy(Principal)) return false;

        if (bucket.HasAcls && AclRights.IsOfUpload(question.Action) && !bucket.IsOwnedBy(Principal))
            question = question with { OfOthersUpload = await IsOthersUploadAsync(question, ct) };
        var conditions = new RequestConditions(_request, question, authorizer.Region);
        var version = mayBeForeign && !question.OfNewObject ? await StatAsync(question, ct) : null;
        conditions.Object = version;
        var allowed = Evaluate(question, conditions, version, blocked);
        if (conditions.WantsObject && version is null)
        {
            conditions.Object = version = await StatAsync(question, ct);
            if (version is not null) allowed = Evaluate(question, conditions, version, blocked);
        }
        _wantsDocument |= conditions.WantsDocument;
        if (allowed && bucket.Logging is not null && bucket.HasAcls) NeededAcl |= !Evaluate(question, conditions, version, blocked, withAcl: false);
        return allowed;
    }

    private bool Evaluate(in AccessQuestion question, RequestConditions conditions, ObjectInfo? version, PublicAccessBlock blocked, bool withAcl = true)
    {
        var bucket = question.Bucket!;
        var principal = Principal.ForPolicies;
        var policies = authorizer.Identities.PoliciesOf(Principal);
        var resource = question.Resource;
        var grant = bucket.HasAcls && withAcl ? GrantOf(question, version, blocked.HasFlag(PublicAccessBlock.IgnorePublicAcls)) : AclGrant.None;
        var owner = OwnerAccountOf(question, version);
        var request = new PolicyRequest(principal, question.Action, resource, owner, conditions);
        if (owner == bucket.OwnerAccountId)
            return PolicyEvaluator.Evaluate(request, policies, new ResourcePolicies(bucket.Policy, grant, BindsRoot: bucket.PolicyBindsRoot && authorizer.Dialect.PolicyBindsRoot)).IsAllowed;

        // What others own in a bucket its policy can forbid, but not allow.
        var byBucket = PolicyEvaluator.Evaluate(request with { ResourceAccountId = bucket.OwnerAccountId }, PrincipalPolicies.None, new ResourcePolicies(bucket.Policy));
        return byBucket.Verdict != PolicyVerdict.ExplicitDeny && PolicyEvaluator.Evaluate(request, policies, new ResourcePolicies(null, grant)).IsAllowed;
    }

    private string OwnerAccountOf(in AccessQuestion question, ObjectInfo? version)
    {
        var bucket = question.Bucket!;
        if (question.OfNewObject) return bucket.HasAcls && !Principal.IsAnonymous ? Principal.AccountId : bucket.OwnerAccountId;
        if (!bucket.HasAcls || version?.OwnerId is not { } ownerId || ownerId == bucket.OwnerId) return bucket.OwnerAccountId;
        return AclRights.BelongsToObjectOwner(question.Action)
            ? authorizer.Identities.FindAccountByCanonicalId(ownerId)?.Id ?? BucketAccess.NoAccount
            : bucket.OwnerAccountId;
    }

    private AclGrant GrantOf(in AccessQuestion question, ObjectInfo? version, bool ignorePublic)
    {
        // Who may write a new object gives it its first ACL and tags. An account does that as the owner to be; the anonymous have only the bucket's grant.
        if (question.OfNewObject && Principal.IsAnonymous) return GrantOf(question.Bucket!.Acl, AclPermission.Write, ignorePublic);
        if (question.OfNewObject || question.OfOthersUpload || AclRights.Of(question.Action, authorizer.Dialect.ReadGrantShowsTags) is not { } right) return AclGrant.None;
        if (!right.OfObject) return GrantOf(question.Bucket!.Acl, right.Permission, ignorePublic);
        // Without an ACL of its own an object is its owner's alone, who needs no grant.
        return version is null || version.Acl.IsEmpty
            ? AclGrant.None
            : GrantOf(AccessControlList.Read(version.Acl.Span, version.OwnerId ?? ""), right.Permission, ignorePublic);
    }

    private AclGrant GrantOf(AccessControlList acl, AclPermission permission, bool ignorePublic)
    {
        var best = AclGrant.None;
        foreach (var grant in acl.Grants)
        {
            if (!grant.Gives(permission) || (ignorePublic && grant.IsPublic)) continue;
            switch (grant.Grantee)
            {
                case GranteeKind.AllUsers:
                    return AclGrant.Everyone;
                case GranteeKind.AuthenticatedUsers when !Principal.IsAnonymous:
                case GranteeKind.Account when !Principal.IsAnonymous && grant.CanonicalId == Principal.CanonicalId:
                    best = AclGrant.Account;
                    break;
            }
        }
        return best;
    }

    /// <summary>Source: S3 User Guide, "Multipart upload API and permissions": the initiator may, and whoever is allowed to by a policy.</summary>
    private async ValueTask<bool> IsOthersUploadAsync(AccessQuestion question, CancellationToken ct)
    {
        var found = await authorizer.Uploads.GetAsync(question.BucketName!, question.Key!, _request.Query["uploadId"] ?? "", ct);
        return found.IsOk && found.Value.OwnerId != Principal.CanonicalId && found.Value.InitiatorId != Principal.CanonicalId && found.Value.InitiatorId != Principal.Arn;
    }

    /// <summary>Null where there is no such version, or a delete marker is in its place.</summary>
    private async ValueTask<ObjectInfo?> StatAsync(AccessQuestion question, CancellationToken ct)
    {
        var found = await authorizer.Objects.StatAsync(new() { Bucket = question.BucketName!, Key = question.Key!, VersionId = question.VersionId }, ct);
        return found.IsOk ? found.Value : null;
    }
}
