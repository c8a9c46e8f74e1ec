using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutObject)]
internal sealed class PutObject(ObjectWriter objects, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        Uploads.CheckLength(context, options);
        var wanted = LockFields.Read(context.Headers);
        if (wanted.IsSet)
            RequiredDigest.Check(context, "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters");
        var access = await context.Access.ForNewObjectAsync(ct);
        var written = await objects.PutAsync(new()
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
        }, context.Body, ct);
        if (!written.IsOk)
        {
            await context.SendFailureAsync(written.Failure, ct);
            return;
        }

        context.Response.Headers.ETag = ETags.Quote(written.Value.ETag);
        Answers.SetChecksum(context, written.Value.Checksum);
        EncryptionHeaders.Write(context.Response.Headers, written.Value.Encryption, context.Headers);
        Answers.SetVersion(context, written.Value.Versioning, written.Value.VersionId);
        Answers.SetExpiration(context, written.Value.Expiration);
        context.SendEmpty(StatusCodes.Status200OK);
    }
}
