using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.CreateMultipartUpload)]
internal sealed class CreateMultipartUpload(MultipartService multipart, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var (algorithm, type, isDefault) = Checksum(context);
        var access = await context.Access.ForNewObjectAsync(ct);
        var created = await multipart.CreateAsync(new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            OwnerId = access.OwnerId,
            Acl = access.Acl,
            InitiatorId = InitiatorOf(context.Principal, access.OwnerId),
            Headers = ObjectHeaderFields.Read(context.Headers),
            Lock = LockFields.Read(context.Headers),
            StorageClass = StorageClasses.Parse(context.Header("x-amz-storage-class")),
            ChecksumAlgorithm = algorithm,
            ChecksumType = type,
            Encryption = EncryptionHeaders.Read(context.Headers, options.TakesKeys(context)),
        }, ct);
        if (!created.IsOk)
        {
            await context.SendFailureAsync(created.Failure, ct);
            return;
        }

        EncryptionHeaders.Write(context.Response.Headers, created.Value.Encryption, context.Headers);
        Answers.SetAbort(context, created.Value.Abort);
        if (!isDefault)
        {
            context.Response.Headers["x-amz-checksum-algorithm"] = ChecksumNames.Name(algorithm);
            context.Response.Headers["x-amz-checksum-type"] = ChecksumNames.TypeName(type);
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, created.Value, Write, ct);
    }

    // A user or a session is somebody else than the account that owns; so is whoever writes what the bucket's owner will own.
    private static string? InitiatorOf(Principal principal, string ownerId) =>
        principal.Kind is PrincipalKind.User or PrincipalKind.AssumedRole ? principal.Arn : principal.CanonicalId == ownerId ? null : principal.CanonicalId;

    // CRC64NVME is over the whole object only; of the others the checksum of checksums is what a client gets that names no type.
    private static (ChecksumAlgorithm Algorithm, ChecksumType Type, bool IsDefault) Checksum(S3RequestContext context)
    {
        var algorithm = Uploads.RequestedChecksum(context);
        var type = Uploads.RequestedType(context);
        if (algorithm == ChecksumAlgorithm.None)
        {
            return type is null
                ? (Uploads.DefaultChecksum, ChecksumType.FullObject, true)
                : throw new S3Exception(S3ErrorCode.InvalidRequest, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
        }

        var chosen = type ?? (algorithm == ChecksumAlgorithm.Crc64Nvme ? ChecksumType.FullObject : ChecksumType.Composite);
        var canBeFull = algorithm is ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C or ChecksumAlgorithm.Crc64Nvme;
        if (chosen == ChecksumType.FullObject ? !canBeFull : algorithm == ChecksumAlgorithm.Crc64Nvme)
        {
            throw new S3Exception(S3ErrorCode.InvalidRequest,
                $"The {ChecksumNames.TypeName(chosen)} checksum type cannot be used with the {ChecksumNames.Name(algorithm)} checksum algorithm.");
        }

        return (algorithm, chosen, false);
    }

    private static void Write(IBufferWriter<byte> output, UploadInfo upload)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("InitiateMultipartUploadResult"u8);
        xml.Element("Bucket"u8, upload.Bucket);
        xml.Element("Key"u8, upload.Key);
        xml.Element("UploadId"u8, upload.UploadId);
        xml.Close("InitiateMultipartUploadResult"u8);
        xml.Complete();
    }
}
