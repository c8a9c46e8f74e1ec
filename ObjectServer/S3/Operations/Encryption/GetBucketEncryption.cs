using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketEncryption)]
internal sealed class GetBucketEncryption(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
            await context.SendFailureAsync(bucket.Failure, ct);
        else if (bucket.Value.Encryption is not { } rule)
            await context.SendErrorAsync(new S3Error(S3ErrorCode.ServerSideEncryptionConfigurationNotFoundError, null, ("BucketName", context.Bucket)), ct);
        else
            await context.SendXmlAsync(StatusCodes.Status200OK, rule, Write, ct);
    }

    private static void Write(IBufferWriter<byte> output, BucketEncryption rule)
    {
        var xml = new XmlBuilder(output);
        EncryptionDocument.Write(ref xml, rule);
    }
}
