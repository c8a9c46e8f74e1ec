using Amazon.S3;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Tests.Fixture;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>The calls about access as the sidecars make them, and what workloads get.</summary>
internal static class AccessCalls
{
    public const string Grant = "DriverGrantBucketAccess";
    public const string Revoke = "DriverRevokeBucketAccess";
    public const string AccountPath = "/cosi/tests.cosi.dev/";

    /// <summary>Of the newest shape of v1alpha2.</summary>
    public const int Any = 1, ReadWrite = 2, ReadOnly = 3, WriteOnly = 4;

    public static V1.DriverGrantBucketAccessRequest Grant1(string bucket, string account, params ReadOnlySpan<(string, string)> parameters)
    {
        var request = new V1.DriverGrantBucketAccessRequest { BucketId = bucket, Name = account, AuthenticationType = V1.AuthenticationType.Key };
        foreach (var (key, value) in parameters) request.Parameters.Add(key, value);
        return request;
    }

    public static V1.DriverRevokeBucketAccessRequest Revoke1(string bucket, string account) => new() { BucketId = bucket, AccountId = account };

    public static V2.DriverGrantBucketAccessRequest Grant2(string account, params ReadOnlySpan<(string Bucket, int Data, int Metadata, int BucketMetadata)> buckets)
    {
        var request = new V2.DriverGrantBucketAccessRequest
        {
            AccountId = account, Protocol = Buckets.Calls.S3, AuthenticationType = new V2.AuthenticationType { Type = V2.AuthenticationType.Types.Type.Key },
        };
        foreach (var (bucket, data, metadata, bucketMetadata) in buckets)
        {
            request.Buckets.Add(new V2.DriverGrantBucketAccessRequest.Types.AccessedBucket
            {
                BucketId = bucket, ObjectDataAccessMode = Mode(data), ObjectMetadataAccessMode = Mode(metadata), BucketMetadataAccessMode = Mode(bucketMetadata),
            });
        }
        return request;
    }

    public static V2.DriverRevokeBucketAccessRequest Revoke2(string account) => new() { AccountId = account, Protocol = Buckets.Calls.S3 };

    /// <summary>Grants as v1alpha1 does.</summary>
    public static async Task<(string Key, string Secret)> GrantedAsync(this TestDriver driver, string bucket, string account, params (string, string)[] parameters)
    {
        var granted = await driver.CallAsync<V1.DriverGrantBucketAccessResponse>(TestDriver.V1 + Grant, Grant1(bucket, account, parameters));
        granted.AccountId.ShouldBe(account);
        var secrets = granted.Credentials["s3"].Secrets;
        return (secrets["accessKeyID"], secrets["accessSecretKey"]);
    }

    public static async Task<IAmazonS3> ClientAsync(this TestDriver driver, StoreFixture store, string bucket, params (string, string)[] parameters)
    {
        var (key, secret) = await driver.GrantedAsync(bucket, StoreFixture.NewName("ba-"), parameters);
        return store.NewS3(key, secret);
    }

    public static Task<V1.DriverRevokeBucketAccessResponse> RevokedAsync(this TestDriver driver, string bucket, string account) =>
        driver.CallAsync<V1.DriverRevokeBucketAccessResponse>(TestDriver.V1 + Revoke, Revoke1(bucket, account));

    /// <summary>What there is of an account in the server, in words; empty for nothing.</summary>
    public static async Task<string> RemainsOfAsync(this StoreFixture store, string account)
    {
        var remains = "";
        foreach (var holder in (IamHolder[])[IamHolder.User(account), IamHolder.Role(account)])
        {
            if (await store.Iam.FindAsync(holder, default) is null) continue;
            var keys = holder.Kind == IamHolderKind.User ? (await store.Iam.ListKeysAsync(account, default)).Count : 0;
            remains += $"{holder.Kind} with {(await store.Iam.ListPoliciesAsync(holder, default)).Count} policies and {keys} keys;";
        }
        return remains;
    }

    /// <summary>The error's code; "ok" if there is none.</summary>
    public static async Task<string> CodeAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "ok";
        }
        catch (AmazonS3Exception refused)
        {
            // HEAD has no body, and so no code but the status.
            return refused.ErrorCode is "Forbidden" or "" or null ? refused.StatusCode == System.Net.HttpStatusCode.Forbidden ? "AccessDenied" : refused.StatusCode.ToString() : refused.ErrorCode;
        }
    }

    private static V2.AccessMode Mode(int mode) => new() { Mode = (V2.AccessMode.Types.Mode)mode };
}
