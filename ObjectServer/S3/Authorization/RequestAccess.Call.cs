using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Policies;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Authorization;

// Which questions a call has. Source: S3 API Reference, "Permissions" of each call; S3 User Guide, "Required permissions for Amazon S3 API operations".
internal sealed partial class RequestAccess
{
    private IHeaderDictionary Headers => _request.Headers;

    public async ValueTask<S3Error?> DecideAsync(CancellationToken ct)
    {
        if (_request.IsDecidedElsewhere) return null;
        var refusal = await DecideCallAsync(ct);
        NeedsDocument = _wantsDocument && _request.Document is null && RequestDocument.IsOf(_request.Operation);
        return NeedsDocument ? null : refusal;
    }

    public async ValueTask<S3Error?> DecideAsync(RequestBody body, CancellationToken ct)
    {
        if (RequestDocument.Parse(_request.Operation, await body.ReadDocumentAsync(RequestDocument.MaxBytes, ct)) is not { } document) return S3ErrorCode.MalformedXML;
        _request = _request with { Document = document };
        return await DecideAsync(ct);
    }

    private async ValueTask<S3Error?> DecideCallAsync(CancellationToken ct)
    {
        if (_request.Operation.Level == ResourceLevel.Account) return DecideAccount();
        if (_request.Bucket is not { } name) return MayInOwnAccount(_request.Action!, null) ? null : S3ErrorCode.AccessDenied;
        if (_request.Operation.Name == S3OperationName.CreateBucket) return DecideCreation(name);
        if (await authorizer.Buckets.FindAsync(name, ct) is not { } bucket) return DecideAbsent(name);

        _bucket = bucket;
        var question = new AccessQuestion(_request.Action!, bucket, name, _request.Key, _request.VersionId);
        var allowed = _request.Operation.Name == S3OperationName.DeleteObjects ? MayTryDeletes(question) : await AskAsync(question, ct);
        if (!allowed) return await ExplainAsync(question, ct);
        if (!IsUnrestrictedOwner(bucket) && !await AllowsImpliedAsync(bucket, ct)) return S3ErrorCode.AccessDenied;
        if (IsCopy && await DecideSourceAsync(bucket, ct) is { } sourceRefusal) return sourceRefusal;
        return CheckOwner("x-amz-expected-bucket-owner", bucket) ?? CheckPayer(bucket);
    }

    private bool IsCopy => _request.Operation.Name is S3OperationName.CopyObject or S3OperationName.UploadPartCopy;

    /// <summary>Calls on the account itself and on what it does not have yet: only the caller's own account, and only its own policies count.</summary>
    private bool MayInOwnAccount(string action, string? bucketName)
    {
        if (Principal.IsAnonymous) return false;
        var question = new AccessQuestion(action, null, bucketName, null, null);
        var conditions = new RequestConditions(_request, question, authorizer.Region);
        var request = new PolicyRequest(Principal.ForPolicies, action, question.Resource, Principal.AccountId, conditions);
        var decision = PolicyEvaluator.Evaluate(request, authorizer.Identities.PoliciesOf(Principal), default);
        _wantsDocument |= conditions.WantsDocument;
        return decision.IsAllowed;
    }

    private S3Error? DecideAccount()
    {
        var account = Headers[S3Control.AccountHeader].ToString();
        if (account.Length == 0) return new S3Error(S3ErrorCode.InvalidRequest, "Missing required header for this request: x-amz-account-id");
        return account == Principal.AccountId && MayInOwnAccount(_request.Action!, null) ? null : S3ErrorCode.AccessDenied;
    }

    private S3Error? DecideCreation(string bucket)
    {
        var allowed = MayInOwnAccount(_request.Action!, bucket)
            && (!HasAcl() || MayInOwnAccount("s3:PutBucketAcl", bucket))
            && (!Headers.ContainsKey("x-amz-object-ownership") || authorizer.Dialect.MakerChoosesOwnership || MayInOwnAccount("s3:PutBucketOwnershipControls", bucket))
            && (!IsTrue("x-amz-bucket-object-lock-enabled")
                || (MayInOwnAccount("s3:PutBucketObjectLockConfiguration", bucket) && MayInOwnAccount("s3:PutBucketVersioning", bucket)));
        return allowed && MayTagNew(bucket) ? null : S3ErrorCode.AccessDenied;
    }

    /// <summary>Tags stand in the document, which is read only for who may make the bucket.</summary>
    private bool MayTagNew(string bucket)
    {
        _wantsDocument |= _request.Document is null;
        return _request.Document is not { Tags.Count: > 0 } || MayInOwnAccount("s3:TagResource", bucket);
    }

    /// <summary>That a bucket does not exist is told to the anonymous, as names are public, and to whoever might have used it if it were its own.</summary>
    private S3Error? DecideAbsent(string bucket) => Principal.IsAnonymous || authorizer.Dialect.TellsAbsentBuckets || MayInOwnAccount(_request.Action!, bucket)
        ? new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", bucket))
        : S3ErrorCode.AccessDenied;

    /// <summary>
    /// DeleteObjects is decided key by key, when the keys are known. Here only those are turned away to whom nothing at all
    /// is granted, so that nobody makes us read a list without a reason.
    /// </summary>
    private bool MayTryDeletes(in AccessQuestion question)
    {
        var bucket = question.Bucket!;
        if (bucket.Policy is not null || IsUnrestrictedOwner(bucket)) return true;
        if (!Principal.IsAnonymous && authorizer.Identities.PoliciesOf(Principal).Identity.Count > 0) return true;
        if (bucket.IsOwnedBy(Principal)) return Principal.Kind == PrincipalKind.Root;
        var ignorePublic = bucket.BlockedIn(authorizer.Identities).HasFlag(PublicAccessBlock.IgnorePublicAcls);
        return bucket.HasAcls && GrantOf(bucket.Acl, AclPermission.Write, ignorePublic) != AclGrant.None;
    }

    /// <summary>Who may list a bucket learns that an object is not there; for everybody else it is the same as one that is denied.</summary>
    private async ValueTask<S3Error?> ExplainAsync(AccessQuestion question, CancellationToken ct)
    {
        var isRead = _request.Operation.Method is RequestMethod.Get or RequestMethod.Head;
        if (!isRead || question.IsOfBucket || !question.Bucket!.HasAcls || !AclRights.BelongsToObjectOwner(question.Action)) return S3ErrorCode.AccessDenied;
        var list = new AccessQuestion("s3:ListBucket", question.Bucket, question.BucketName, question.Key, null);
        return await StatAsync(question, ct) is null && await AskAsync(list, ct)
            ? new S3Error(question.VersionId is null ? S3ErrorCode.NoSuchKey : S3ErrorCode.NoSuchVersion, null, ("Key", question.Key))
            : S3ErrorCode.AccessDenied;
    }

    /// <summary>What headers ask for beyond the call itself.</summary>
    private async ValueTask<bool> AllowsImpliedAsync(BucketAccess bucket, CancellationToken ct)
    {
        switch (_request.Operation.Name)
        {
            case S3OperationName.PutObject or S3OperationName.CopyObject or S3OperationName.CreateMultipartUpload or S3OperationName.PostObject:
                return (!bucket.HasAcls || !HasAcl() || await AskNewAsync(bucket, "s3:PutObjectAcl", ct))
                    && (!HasTags() || await AskNewAsync(bucket, "s3:PutObjectTagging", ct))
                    && (!HasRetention() || await AskAsync(Of(bucket, "s3:PutObjectRetention"), ct))
                    && (!Headers.ContainsKey("x-amz-object-lock-legal-hold") || await AskAsync(Of(bucket, "s3:PutObjectLegalHold"), ct));
            case S3OperationName.RenameObject:
                // Whoever renames could read the object under its new name, and takes it away under the old one.
                return RenameSource.Read(Headers, bucket.Name) is not { } source
                    || (await AskAsync(new AccessQuestion("s3:GetObject", bucket, bucket.Name, source, null), ct)
                        && await AskAsync(new AccessQuestion("s3:DeleteObject", bucket, bucket.Name, source, null), ct)
                        && await AllowsAnnotationsOfAsync(bucket, source, ct));
            case S3OperationName.GetObjectAttributes:
                return await AskAsync(Of(bucket, _request.VersionId is null ? "s3:GetObject" : "s3:GetObjectVersion"), ct);
            default:
                return true;
        }
    }

    /// <summary>An object's annotations come with it under its new name, where others may read them.</summary>
    private async ValueTask<bool> AllowsAnnotationsOfAsync(BucketAccess bucket, string source, CancellationToken ct)
    {
        var question = new AccessQuestion("s3:GetObjectAnnotation", bucket, bucket.Name, source, null);
        return IsUnrestrictedOwner(bucket)
            || await StatAsync(question, ct) is not { AnnotationCount: > 0 }
            || (await AskAsync(question, ct) && await AskNewAsync(bucket, "s3:PutObjectAnnotation", ct));
    }

    private AccessQuestion Of(BucketAccess bucket, string action) => new(action, bucket, bucket.Name, _request.Key, _request.VersionId);

    private ValueTask<bool> AskNewAsync(BucketAccess bucket, string action, CancellationToken ct) =>
        AskAsync(new AccessQuestion(action, bucket, bucket.Name, _request.Key, null, OfNewObject: true), ct);

    private async ValueTask<S3Error?> DecideSourceAsync(BucketAccess destination, CancellationToken ct)
    {
        // What is no source at all is refused by the call.
        if (!CopySource.TryParse(Headers["x-amz-copy-source"].ToString(), out var source)) return null;
        if (await authorizer.Buckets.FindAsync(source.Bucket, ct) is not { } bucket)
            return new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", source.Bucket));

        var suffix = source.VersionId is null ? "" : "Version";
        var question = new AccessQuestion($"s3:GetObject{suffix}", bucket, source.Bucket, source.Key, source.VersionId);
        if (!await AskAsync(question, ct)) return await ExplainSourceAsync(question, ct);
        if (!IsUnrestrictedOwner(bucket) || !IsUnrestrictedOwner(destination))
        {
            var version = await StatAsync(question, ct);
            if (version is null) return await ExplainSourceAsync(question, ct);
            var copiesTags = _request.Operation.Name == S3OperationName.CopyObject && version.Tags.Count > 0 && Headers["x-amz-tagging-directive"] != "REPLACE";
            if (copiesTags && !(await AskAsync(question with { Action = $"s3:GetObject{suffix}Tagging" }, ct) && await AskNewAsync(destination, "s3:PutObjectTagging", ct)))
                return S3ErrorCode.AccessDenied;
            var copiesAnnotations = _request.Operation.Name == S3OperationName.CopyObject && version.AnnotationCount > 0 && Headers[AnnotationFields.Directive] != AnnotationFields.Exclude;
            if (copiesAnnotations && !(await AskAsync(question with { Action = $"s3:GetObject{suffix}Annotation" }, ct) && await AskNewAsync(destination, "s3:PutObjectAnnotation", ct)))
                return S3ErrorCode.AccessDenied;
        }
        return CheckOwner("x-amz-source-expected-bucket-owner", bucket) ?? CheckPayer(bucket);
    }

    private async ValueTask<S3Error?> ExplainSourceAsync(AccessQuestion question, CancellationToken ct)
    {
        var list = new AccessQuestion("s3:ListBucket", question.Bucket, question.BucketName, question.Key, null);
        return await StatAsync(question, ct) is null && await AskAsync(list, ct)
            ? new S3Error(question.VersionId is null ? S3ErrorCode.NoSuchKey : S3ErrorCode.NoSuchVersion, null, ("Key", question.Key))
            : S3ErrorCode.AccessDenied;
    }

    private S3Error? CheckOwner(string header, BucketAccess bucket)
    {
        if (!Headers.TryGetValue(header, out var values)) return null;
        var expected = values.ToString();
        if (expected.Length != 12 || expected.AsSpan().ContainsAnyExceptInRange('0', '9')) return new S3Error(S3ErrorCode.InvalidBucketOwnerAWSAccountID) { InCeph = S3ErrorCode.AccessDenied };
        return expected == bucket.OwnerAccountId ? null : S3ErrorCode.AccessDenied;
    }

    // Source: S3 User Guide, "Using Requester Pays general purpose buckets".
    private S3Error? CheckPayer(BucketAccess bucket)
    {
        if (!bucket.RequesterPays || bucket.IsOwnedBy(Principal)) return null;
        if (Principal.IsAnonymous || Headers["x-amz-request-payer"] != "requester") return S3ErrorCode.AccessDenied;
        IsRequesterCharged = true;
        return null;
    }

    private bool HasAcl() => AclRequests.IsIn(Headers);

    private bool HasTags() => Headers["x-amz-tagging"].ToString().Length > 0 || _request is { FormIsRead: true, Document.Tags.Count: > 0 };

    private bool HasRetention() => Headers.ContainsKey("x-amz-object-lock-mode") || Headers.ContainsKey("x-amz-object-lock-retain-until-date");

    private bool IsTrue(string header) => Headers[header].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);
}
