using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Begins, changes and ends the recording of requests. Source: S3 API Reference, PutBucketLogging; Ceph's documentation of bucket logging.</summary>
[Handles(S3OperationName.PutBucketLogging)]
internal sealed class PutBucketLogging(BucketService buckets, IIdentities identities, AccessLog accessLog) : S3Operation
{
    /// <summary>So that a name behind it is still a key: date, partition and unique part take less than 200 bytes.</summary>
    private const int MaxPrefixLength = 800;

    private const long MaxRollSeconds = 24 * 60 * 60;

    private const int MaxFilterRules = 10;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await LoggingCalls.OwnBucketAsync(context, ct);
        var parsed = LoggingDocument.Parse(await context.Body.ReadDocumentAsync(LoggingDocument.MaxBodyBytes, ct)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var bucket = await LoggingCalls.OwnBucketAsync(context, ct);
        var logging = parsed.Enabled is { } document ? await BuildAsync(context, bucket, document, ct) : null;

        var set = await buckets.SetLoggingAsync(bucket.Name, logging, ct);
        if (!set.IsOk)
        {
            await context.SendFailureAsync(set.Failure, ct);
            return;
        }
        var flushed = default(Result<string?>);
        // What was recorded so far ends with the configuration that it was recorded under. What cannot be delivered now is tried again.
        if (set.Value is { IsChanged: true, Before: { } before }) flushed = await accessLog.FlushAsync(AccessLog.SourceOf(bucket), before, evenIfEmpty: logging is not null, ct);
        await LoggingCalls.SendFlushedAsync(context, flushed.IsOk ? flushed.Value : null, ct);
    }

    private async ValueTask<BucketLogging> BuildAsync(S3RequestContext context, BucketAccess bucket, LoggingDocument document, CancellationToken ct)
    {
        if (await context.Access.FindBucketAsync(document.TargetBucket, ct) is not { } target)
            throw Invalid("The target bucket for logging does not exist", document.TargetBucket, S3ErrorCode.NoSuchKey);
        if (document.TargetPrefix.Length > MaxPrefixLength) throw new S3Exception(Operations.Invalid.Argument("TargetPrefix", document.TargetPrefix, "The prefix is too long for a log object's key."));

        var logging = new BucketLogging
        {
            TargetBucket = target.Name,
            TargetPrefix = document.TargetPrefix,
            KeyFormat = document.KeyFormat,
            Type = document.Type,
            RollTime = RollTimeOf(document),
            Filters = FiltersOf(document),
            ObjectAcl = AclOf(document, target),
        };
        // First, as nobody is told more of a bucket that takes nothing from here.
        if (await accessLog.CheckTargetAsync(AccessLog.SourceOf(bucket), logging, ct) is { } refused) throw new S3Exception(S3FaultMap.Map(refused));
        CheckTarget(bucket, target);
        if (context.Dialect.LogTargetsArePlain) CheckPlain(bucket, target);
        return logging;
    }

    private static void CheckTarget(BucketAccess bucket, BucketAccess target)
    {
        if (target.Region != bucket.Region) throw new S3Exception(new S3Error(S3ErrorCode.CrossLocationLoggingProhibited, null, ("TargetBucketLocation", target.Region)));
        // S3 User Guide, "Enabling Amazon S3 server access logging": what a target bucket must not have.
        if (target.RequesterPays) throw Invalid("The target bucket for logging must not have Requester Pays enabled", target.Name);
        if (target.DefaultRetention is not null) throw Invalid("The target bucket for logging must not have a default retention period", target.Name);
        if (target.Encryption is { Method: EncryptionMethod.ManagedKey }) throw Invalid("The target bucket for logging must not encrypt with keys of a key management service by default", target.Name);
    }

    /// <summary>What else a target of Ceph's must not have. Source: Ceph's documentation of bucket logging.</summary>
    private static void CheckPlain(BucketAccess bucket, BucketAccess target)
    {
        if (target.Id == bucket.Id) throw Invalid("The target bucket for logging must not be its own source", target.Name);
        if (target.Logging is not null) throw Invalid("The target bucket for logging must not log itself", target.Name);
        if (target.Encryption is not null) throw Invalid("The target bucket for logging must not encrypt by default", target.Name);
    }

    private static TimeSpan RollTimeOf(LoggingDocument document)
    {
        if (document.RecordsBatchSize != 0) throw new S3Exception(S3ErrorCode.NotImplemented, "RecordsBatchSize is not implemented: records are made durable together once a second.");
        return document.RollSeconds switch
        {
            null or 0 => BucketLogging.DefaultRollTime,
            > 0 and <= MaxRollSeconds => TimeSpan.FromSeconds(document.RollSeconds.Value),
            _ => throw new S3Exception(Operations.Invalid.Argument("ObjectRollTime", $"{document.RollSeconds}", $"It is 1 to {MaxRollSeconds} seconds.")),
        };
    }

    private static LogFilter[] FiltersOf(LoggingDocument document)
    {
        if (document.FilterRules.Count == 0) return [];
        if (document.Type != LogType.Journal) throw new S3Exception(S3ErrorCode.InvalidArgument, "A Filter has no effect on the standard type of logging: it is for Journal.");
        if (document.FilterRules.Count > MaxFilterRules) throw new S3Exception(S3ErrorCode.InvalidArgument, $"A filter has at most {MaxFilterRules} rules.");
        return [.. document.FilterRules.Select(rule => rule.Name.ToLowerInvariant() switch
        {
            "prefix" => new LogFilter(KeyPart.Prefix, rule.Value),
            "suffix" => new LogFilter(KeyPart.Suffix, rule.Value),
            _ => throw new S3Exception(S3ErrorCode.NotImplemented, $"Filters by {rule.Name} are not implemented; there are prefix and suffix."),
        })];
    }

    /// <summary>Log objects are their bucket's owner's, whatever is granted: to grant it full control says nothing new.</summary>
    private byte[] AclOf(LoggingDocument document, BucketAccess target)
    {
        if (document.Grants.Count == 0) return [];
        var list = AclRequests.OfDocument(new AclDocument(target.OwnerId, document.Grants), identities);
        if (list.IsOwnerOnly(target.OwnerId)) return [];
        if (!target.HasAcls) throw new S3Exception(S3ErrorCode.InvalidArgument, "The target bucket has ACLs disabled: TargetGrants cannot be used with it.");
        if (list.Grants.Any(grant => grant.IsPublic) && target.BlockedIn(identities).HasFlag(PublicAccessBlock.BlockPublicAcls)) throw new S3Exception(S3ErrorCode.AccessDenied);
        return new AccessControlList([Grant.ToAccount(target.OwnerId, AclPermission.FullControl), .. list.Grants.Where(grant => grant != Grant.ToAccount(target.OwnerId, AclPermission.FullControl))]).ToBytes();
    }

    private static S3Exception Invalid(string message, string bucket, S3ErrorCode inCeph = S3ErrorCode.InvalidArgument) =>
        new(new S3Error(S3ErrorCode.InvalidTargetBucketForLogging, message, ("TargetBucket", bucket)) { InCeph = inCeph });
}
