using Google.Protobuf.Reflection;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Protos.V1Alpha1;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc.V1Alpha1;

/// <summary>cosi.v1alpha1.Provisioner: translates. A bucket's name in the server is the name of the request, as the sidecar puts the Bucket's name into the secret.</summary>
internal sealed class ProvisionerV1(DriverOptions options, IBucketProvisioner buckets, IAccessProvisioner access, CallRunner runner)
{
    /// <summary>The sidecar takes exactly one entry, under this key.</summary>
    private const string S3Key = "s3";

    public GrpcService Build() => new GrpcService(CosiReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Provisioner"))
        .Unary<DriverCreateBucketRequest, DriverCreateBucketResponse>("DriverCreateBucket", CreateAsync)
        .Unary<DriverDeleteBucketRequest, DriverDeleteBucketResponse>("DriverDeleteBucket", DeleteAsync)
        .Unary<DriverGrantBucketAccessRequest, DriverGrantBucketAccessResponse>("DriverGrantBucketAccess", GrantAsync)
        .Unary<DriverRevokeBucketAccessRequest, DriverRevokeBucketAccessResponse>("DriverRevokeBucketAccess", RevokeAsync);

    private async Task<DriverCreateBucketResponse> CreateAsync(DriverCreateBucketRequest request, CancellationToken ct)
    {
        var wanted = new BucketRequest(ApiVersion.V1Alpha1, RequestChecks.Name("name", request.Name), RequestChecks.Map("parameters", request.Parameters));
        var bucket = await runner.RunAsync(token => buckets.CreateAsync(wanted, token), ct);
        return new DriverCreateBucketResponse
        {
            BucketId = bucket.Id,
            BucketInfo = new Protocol { S3 = new S3 { Region = options.Region, SignatureVersion = S3SignatureVersion.S3V4 } },
        };
    }

    private async Task<DriverDeleteBucketResponse> DeleteAsync(DriverDeleteBucketRequest request, CancellationToken ct)
    {
        var gone = new BucketRequest(ApiVersion.V1Alpha1, RequestChecks.Id("bucket_id", request.BucketId), RequestChecks.Map("delete_context", request.DeleteContext));
        await runner.RunAsync(token => buckets.DeleteAsync(gone, token), ct);
        return new DriverDeleteBucketResponse();
    }

    private async Task<DriverGrantBucketAccessResponse> GrantAsync(DriverGrantBucketAccessRequest request, CancellationToken ct)
    {
        var wanted = new AccessRequest
        {
            Version = ApiVersion.V1Alpha1,
            AccountName = RequestChecks.Name("name", request.Name),
            Authentication = request.AuthenticationType switch
            {
                AuthenticationType.Key => AccessAuthentication.Key,
                AuthenticationType.Iam => AccessAuthentication.ServiceAccount,
                var type => throw Statuses.Invalid($"authentication_type {type} is not known: Key and IAM are."),
            },
            ServiceAccountName = "",
            Buckets = [new BucketGrant(RequestChecks.Id("bucket_id", request.BucketId), null)],
            Parameters = RequestChecks.Map("parameters", request.Parameters),
        };
        var granted = await runner.RunAsync(token => access.GrantAsync(wanted, token), ct);
        var details = new CredentialDetails { Secrets = { ["endpoint"] = options.S3Endpoint, ["region"] = options.Region } };
        if (granted.AccessKeyId is not null) details.Secrets["accessKeyID"] = granted.AccessKeyId;
        if (granted.SecretAccessKey is not null) details.Secrets["accessSecretKey"] = granted.SecretAccessKey.Reveal();
        return new DriverGrantBucketAccessResponse { AccountId = granted.AccountId, Credentials = { [S3Key] = details } };
    }

    private async Task<DriverRevokeBucketAccessResponse> RevokeAsync(DriverRevokeBucketAccessRequest request, CancellationToken ct)
    {
        var ended = new RevokeRequest
        {
            Version = ApiVersion.V1Alpha1,
            // The sidecar sends none when the access was deleted before its id was stored, and retries any error for good.
            AccountId = request.AccountId.Length == 0 ? "" : RequestChecks.Id("account_id", request.AccountId),
            BucketIds = request.BucketId.Length == 0 ? [] : [RequestChecks.Id("bucket_id", request.BucketId)],
            Parameters = RequestChecks.Map("revoke_access_context", request.RevokeAccessContext),
        };
        await runner.RunAsync(token => access.RevokeAsync(ended, token), ct);
        return new DriverRevokeBucketAccessResponse();
    }
}
