using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Puts another key of the key manager, or a newer version of the same, above a version's data key.</summary>
[Handles(S3OperationName.UpdateObjectEncryption)]
internal sealed class UpdateObjectEncryption(VersionUpdater objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        RequiredDigest.Check(context);
        EncryptionHeaders.RefuseMethod(context.Headers);
        var wanted = ObjectEncryptionDocument.Parse(await context.Body.ReadDocumentAsync(ObjectEncryptionDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var keyId = KeyIdOf(wanted);
        var isBucketKey = wanted.BucketKeyEnabled switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw Refused("BucketKeyEnabled is either true or false."),
        };
        await context.SendVersionAsync(await objects.SetManagedKeyAsync(Parameters.Target(context), keyId, isBucketKey, ct), StatusCodes.Status200OK, ct);
    }

    private static string KeyIdOf(ObjectEncryptionDocument wanted)
    {
        if (!wanted.IsKms) throw Refused("The encryption of an object can be updated to SSEKMS only.");
        return EncryptionDocument.KeyIdOf(wanted.KeyArn ?? "") is { Length: > 0 } id ? id : throw Refused("An update to SSE-KMS has to name its key, by ARN or id.");
    }

    private static S3Exception Refused(string message) => new(S3ErrorCode.InvalidRequest, message);
}
