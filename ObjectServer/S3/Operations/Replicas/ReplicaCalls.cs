using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls of replication have in common.</summary>
internal static class ReplicaCalls
{
    /// <exception cref="S3Exception">InvalidRequest.</exception>
    public static TDocument Parse<TDocument>(MessageParser<TDocument> parser, ReadOnlyMemory<byte> bytes)
        where TDocument : IMessage<TDocument>
    {
        try
        {
            return parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new S3Exception(S3ErrorCode.InvalidRequest, "The document cannot be read.");
        }
    }

    public static async ValueTask<TDocument> ReadAsync<TDocument>(S3RequestContext context, MessageParser<TDocument> parser, CancellationToken ct)
        where TDocument : IMessage<TDocument> => Parse(parser, await context.Body.ReadDocumentAsync(RequestBody.MaxDocumentBytes, ct));

    /// <summary>What the object service is asked for, and whether the caller may bring all that it says.</summary>
    /// <exception cref="S3Exception">It may not bring tags, or the document says nothing of a version.</exception>
    public static async ValueTask<ReplicaRequest> RequestAsync(S3RequestContext context, ReplicaDocument document, CancellationToken ct)
    {
        // A marker has a call of its own, with a right of its own.
        if (document.Version is not { } version || version.Flags != 0) throw new S3Exception(S3ErrorCode.InvalidRequest, "The document is not about a version with content.");
        var hasTags = version.Headers is { Tags.Count: > 0 } || version.Replication is { TagsTicks: > 0 };
        if (hasTags && !await context.Access.IsAllowedAsync("s3:ReplicateTags", context.Bucket!, context.Key!, null, ct)) throw new S3Exception(S3ErrorCode.AccessDenied);
        // Of what is there already, replication may do no more to a lock than its caller could.
        var saysLock = version.Replication is { } set && (set.RetentionTicks > 0 || set.LegalHoldTicks > 0);
        return (await RequestAsync(context, version, ct)) with
        {
            MayBypassGovernance = saysLock && await context.Access.IsAllowedAsync("s3:BypassGovernanceRetention", context.Bucket!, context.Key!, null, ct),
            MayLiftLegalHold = saysLock && await context.Access.IsAllowedAsync("s3:PutObjectLegalHold", context.Bucket!, context.Key!, null, ct),
            MustExist = document.MustExist,
            StorageClass = document.StorageClass.Length == 0 ? null : document.StorageClass,
            Encryption = (EncryptionMethod)document.Encryption switch
            {
                EncryptionMethod.None => null,
                EncryptionMethod.StoreKey => new EncryptionRequest { Method = EncryptionMethod.StoreKey },
                EncryptionMethod.ManagedKey => new EncryptionRequest { Method = EncryptionMethod.ManagedKey, KeyId = document.KeyId.Length == 0 ? null : document.KeyId },
                _ => throw new S3Exception(S3ErrorCode.InvalidRequest, "The document asks for an encryption that replicas cannot have."),
            },
        };
    }

    public static async ValueTask<ReplicaRequest> RequestAsync(S3RequestContext context, VersionRecord version, CancellationToken ct) => new()
    {
        Bucket = context.Bucket!,
        Key = context.Key!,
        Version = version,
        OwnerId = (await context.Access.ForNewObjectAsync(ct)).OwnerId,
        Origin = OriginOf(context),
    };

    public static ChangeOrigin OriginOf(S3RequestContext context) => context.Origin with { IsReplication = true };

    public static ValueTask AnswerAsync(S3RequestContext context, Result<ReplicaWrite> written, CancellationToken ct) =>
        written.IsOk ? AnswerAsync(context, new ReplicaAnswer { State = (uint)written.Value.State }, ct) : RefuseAsync(context, written.Failure, ct);

    public static async ValueTask AnswerAsync(S3RequestContext context, ReplicaAnswer answer, CancellationToken ct)
    {
        var bytes = answer.ToByteArray();
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.Headers[ReplicaFields.Protocol] = ReplicaFields.ProtocolVersion;
        context.Response.Headers.ContentType = ReplicaFields.MediaType;
        context.Response.Headers.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, ct);
    }

    // Who may replicate into a bucket may know which versions it has.
    public static ValueTask RefuseAsync(S3RequestContext context, Failure failure, CancellationToken ct) => context.SendErrorAsync(S3FaultMap.Map(failure), ct);
}
