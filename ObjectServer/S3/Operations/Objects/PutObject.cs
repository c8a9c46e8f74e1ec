using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutObject)]
internal sealed class PutObject(ObjectWriter objects, ObjectAppender appender, AnalyticsCounters analytics, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        Uploads.CheckLength(context, options);
        var wanted = LockFields.Read(context.Headers);
        if (wanted.IsSet)
            RequiredDigest.Check(context, "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters");
        var access = await context.Access.ForNewObjectAsync(ct);
        var request = new PutRequest
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            OwnerId = access.OwnerId,
            Acl = access.Acl,
            Headers = ObjectHeaderFields.Read(context.Headers),
            Lock = wanted,
            Conditions = Conditions.OfWrite(context.Headers),
            StorageClass = StorageClasses.Parse(context.Header("x-amz-storage-class")),
            Encryption = EncryptionHeaders.Read(context.Headers, options.TakesKeys(context)),
            StoredChecksum = Uploads.StoredChecksum(context),
            Origin = context.Origin,
        };
        var offset = AppendFields.ReadOffset(context.Headers);
        var written = offset is null ? await objects.PutAsync(request, context.Body, ct) : await AppendAsync(context, request, offset.Value, ct);
        if (!written.IsOk)
        {
            await context.SendFailureAsync(written.Failure, ct);
            return;
        }

        analytics.CountWritten(context.Access.Bucket, request.Key, request.Headers.Tags, written.Value, written.Value.LengthBytes - (offset ?? 0));
        if (offset is not null) context.Response.Headers["x-amz-object-size"] = written.Value.LengthBytes.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.ETag = ETags.Quote(written.Value.ETag);
        Answers.SetChecksum(context, written.Value.Checksum);
        EncryptionHeaders.Write(context.Response.Headers, written.Value.Encryption, context.Headers);
        Answers.SetVersion(context, written.Value.Versioning, written.Value.VersionId);
        Answers.SetExpiration(context, written.Value.Expiration);
        context.SendEmpty(StatusCodes.Status200OK);
    }
    private ValueTask<Result<WriteResult>> AppendAsync(S3RequestContext context, PutRequest request, long offset, CancellationToken ct) => appender.AppendAsync(
        new()
        {
            Put = request,
            OffsetBytes = offset,
            Describes = AppendFields.Describe(context.Headers),
            CustomerKey = EncryptionHeaders.ReadKey(context.Headers, options.TakesKeys(context)),
        },
        context.Body, ct);
}
