using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.CreateBucket)]
internal sealed class CreateBucket(BucketService buckets, IIdentities identities, S3OperationOptions options) : S3Operation
{
    private const string LegacyRegion = "us-east-1";

    /// <summary>Source: S3 quotas, general purpose buckets per account.</summary>
    private const int MaxBuckets = 10_000;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        if (!Names.IsBucketName(context.Bucket!))
            throw new S3Exception(new S3Error(S3ErrorCode.InvalidBucketName, null, ("BucketName", context.Bucket)));

        var document = CreateBucketDocument.Parse(await context.Body.ReadDocumentAsync(CreateBucketDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        CheckDocument(document);

        var access = NewBucketAccess.Of(context.Principal, context.Headers, options.DefaultOwnership, options.DefaultPublicAccess, identities);
        var created = await buckets.CreateAsync(new()
        {
            Name = context.Bucket!,
            OwnerId = context.Principal.CanonicalId,
            Region = options.Region,
            Acl = access.Acl,
            MaxBucketsOfOwner = MaxBuckets,
            ObjectLock = WantsObjectLock(context),
            Documents = document.Tags.Count > 0 ? [new(TagDocuments.Kind, TagDocuments.Write(document.Tags)), .. access.Documents] : access.Documents,
        }, ct);

        // The oldest region answers 200 for a bucket that is the caller's already; scripts rely on it.
        var isAgain = created.Fault == ObjectFault.BucketAlreadyOwnedByYou && options.Region == LegacyRegion;
        if (!created.IsOk && !isAgain)
        {
            await context.SendFailureAsync(created.Failure, ct);
            return;
        }

        if (isAgain && !await IsAsAskedAsync(context, access.Acl, document, ct))
            throw new S3Exception(new S3Error(S3ErrorCode.BucketAlreadyExists, null, ("BucketName", context.Bucket)));

        context.Response.Headers.Location = "/" + context.Bucket;
        context.SendEmpty(StatusCodes.Status200OK);
    }

    /// <summary>Whether the bucket that is there has what the request asks for; what cannot be told from it counts as different.</summary>
    private async ValueTask<bool> IsAsAskedAsync(S3RequestContext context, ReadOnlyMemory<byte> acl, CreateBucketDocument document, CancellationToken ct)
    {
        if (document.Tags.Count > 0 || context.Header("x-amz-object-ownership") is not null)
            return false;
        var current = await buckets.GetAsync(context.Bucket!, ct);
        return current.IsOk
            && (current.Value.ObjectLockEnabled || !WantsObjectLock(context))
            && ((!NamesAcl(context) && !context.Dialect.ComparesAclOfOwnBucket) || current.Value.Acl.Span.SequenceEqual(acl.Span));
    }

    private static bool NamesAcl(S3RequestContext context) => context.Headers.Keys.Any(name =>
        name.Equals("x-amz-acl", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-amz-grant-", StringComparison.OrdinalIgnoreCase));

    private static bool WantsObjectLock(S3RequestContext context) => context.Header("x-amz-bucket-object-lock-enabled") switch
    {
        null or "" => false,
        var text when text.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
        var text when text.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
        var text => throw new S3Exception(Invalid.Argument("x-amz-bucket-object-lock-enabled", text, null)),
    };

    private void CheckDocument(CreateBucketDocument document)
    {
        if (document.HasDirectoryOptions)
            throw new S3Exception(S3ErrorCode.NotImplemented, "Directory buckets are not implemented.");
        Tags.Check(document.Tags, Tags.MaxOfBucket);

        var location = document.LocationConstraint == "EU" ? "eu-west-1" : document.LocationConstraint;
        if (location is not null && location != options.Region)
        {
            throw new S3Exception(S3ErrorCode.IllegalLocationConstraintException,
                $"The {location} location constraint is incompatible for the region specific endpoint this request was sent to.");
        }
    }
}
