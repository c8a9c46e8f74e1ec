using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Rpc.V1Alpha2;

/// <summary>sigs.k8s.io.cosi.v1alpha2.Provisioner, about access.</summary>
internal sealed partial class ProvisionerV2
{
    private async Task<DriverGenerateBucketAccessIdResponse> GenerateAccessIdAsync(DriverGenerateBucketAccessIdRequest request, CancellationToken ct)
    {
        ProtocolTranslation.RequireS3(request.Protocol);
        var authentication = AccessTranslation.Authentication(request.AuthenticationType);
        var wanted = new AccessRequest
        {
            Version = ApiVersion.V1Alpha2,
            AccountName = RequestChecks.Name("account_name", request.AccountName),
            Authentication = authentication,
            ServiceAccountName = AccessTranslation.ServiceAccount(authentication, request.ServiceAccountName),
            Buckets = AccessTranslation.Buckets(request.Buckets),
            Parameters = RequestChecks.Map("parameters", request.Parameters),
        };
        return new DriverGenerateBucketAccessIdResponse { AccountId = await runner.RunAsync(token => access.GenerateIdAsync(wanted, token), ct) };
    }

    private async Task<DriverGrantBucketAccessResponse> GrantAsync(DriverGrantBucketAccessRequest request, CancellationToken ct)
    {
        ProtocolTranslation.RequireS3(request.Protocol);
        var authentication = AccessTranslation.Authentication(request.AuthenticationType);
        var wanted = new AccessRequest
        {
            Version = ApiVersion.V1Alpha2,
            // A name in one shape, an id in the other, whose alphabet is wider.
            AccountName = RequestChecks.Id("account_id", request.AccountId),
            Authentication = authentication,
            ServiceAccountName = AccessTranslation.ServiceAccount(authentication, request.ServiceAccountName),
            Buckets = AccessTranslation.Buckets(request.Buckets),
            Parameters = RequestChecks.Map("parameters", request.Parameters),
        };
        var granted = await runner.RunAsync(token => access.GrantAsync(wanted, token), ct);
        var credentials = new S3CredentialInfo();
        if (granted.AccessKeyId is not null) credentials.AccessKeyId = granted.AccessKeyId;
        if (granted.SecretAccessKey is not null) credentials.AccessSecretKey = granted.SecretAccessKey.Reveal();
        var response = new DriverGrantBucketAccessResponse { AccountId = granted.AccountId, Credentials = new CredentialInfo { S3 = credentials } };
        foreach (var bucket in wanted.Buckets)
        {
            response.Buckets.Add(new DriverGrantBucketAccessResponse.Types.BucketInfo
            {
                BucketId = bucket.BucketId, BucketInfo_ = ProtocolTranslation.Info(options, bucket.BucketId),
            });
        }
        return response;
    }

    private async Task<DriverRevokeBucketAccessResponse> RevokeAsync(DriverRevokeBucketAccessRequest request, CancellationToken ct)
    {
        var ended = new RevokeRequest
        {
            Version = ApiVersion.V1Alpha2,
            // Whatever else the request says of the access, it ends; nothing of it may keep it alive.
            AccountId = request.AccountId.Length == 0 ? "" : RequestChecks.Id("account_id", request.AccountId),
            BucketIds = [.. request.Buckets.Select(bucket => bucket.BucketId)],
            Parameters = RequestChecks.Map("parameters", request.Parameters),
        };
        await runner.RunAsync(token => access.RevokeAsync(ended, token), ct);
        return new DriverRevokeBucketAccessResponse();
    }
}
