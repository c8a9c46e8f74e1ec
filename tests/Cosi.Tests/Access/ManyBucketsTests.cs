using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>One access to as many buckets as a BucketAccess of v1alpha2 may name.</summary>
[Collection(StoreTests.Name)]
public sealed class ManyBucketsTests(StoreFixture store)
{
    /// <summary>Source: the CRD, maxItems of bucketClaims.</summary>
    private const int Most = 128;

    // As long as a bucket's name may be, and a prefix with signs that JSON may write longer.
    private static readonly string[] Names = [.. Enumerable.Range(0, Most).Select(index => $"cosi-{index:D3}-{Guid.NewGuid():N}".PadRight(63, 'b'))];
    private static readonly string Prefix = new string('+', 255) + "/";

    /// <summary>All that can be asked for: ANY for all three cannot.</summary>
    private static readonly (int Data, int Metadata, int Bucket)[] AllModes =
    [
        .. from data in (int[])[ReadWrite, ReadOnly, WriteOnly, Any] from metadata in (int[])[ReadWrite, ReadOnly, WriteOnly, Any] from bucket in (int[])[ReadOnly, Any]
           where (data, metadata, bucket) != (Any, Any, Any) select (data, metadata, bucket),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task As_many_buckets_as_there_can_be_fit_into_one_access_in_every_mode(bool byServiceAccount)
    {
        // What the chart sets up must be enough.
        var user = await LimitedUser.MakeAsync(store);
        await using var issuer = await FakeIssuer.StartAsync();
        await using var driver = await TestDriver.StartAsync(store, change: options => user.In(options) with { OidcIssuer = issuer.Url });
        await Parallel.ForEachAsync(Names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (bucket, ct) =>
        {
            if (!await store.Buckets.BucketExistsAsync(bucket, ct)) await store.Objects.PutBucketAsync(bucket, ct);
        });
        var account = StoreFixture.NewName("ba-");
        var request = Grant2(account, [.. Names.Select((bucket, index) => ModesOf(bucket, index))]).With(("prefix", Prefix), ("deleteVersions", "true"));
        if (byServiceAccount)
        {
            await store.Iam.CreateProviderAsync(issuer.Url, ["sts.amazonaws.com"], [], default);
            request.AuthenticationType = new V2.AuthenticationType { Type = V2.AuthenticationType.Types.Type.ServiceAccount };
            request.ServiceAccountName = "writer";
            request.With(("serviceAccount", "apps/writer"));
        }
        var granted = await driver.CallAsync<V2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, request);
        var holder = byServiceAccount ? IamHolder.Role(account) : IamHolder.User(account);
        (await store.Iam.FindPolicyAsync(holder, AccessNaming.Policy, default))!.Length.ShouldBeInRange(80_000, AccessPolicy.MaxChars);

        using var s3 = byServiceAccount
            ? await store.SessionAsync($"arn:aws:iam::000000000000:role{AccountPath}{account}", issuer.Token("apps", "writer"))
            : store.NewS3(granted.Credentials.S3.AccessKeyId, granted.Credentials.S3.AccessSecretKey);
        // The first of every mode, and the last.
        foreach (var index in Enumerable.Range(0, AllModes.Length).Append(Most - 1))
        {
            var may = AllModes[index < AllModes.Length ? index : 0].Data is ReadWrite or WriteOnly ? "ok" : "AccessDenied";
            (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = Names[index], Key = Prefix + "k", ContentBody = "x" }))).ShouldBe(may, $"{index}");
        }
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = Names[0], Key = "k", ContentBody = "x" }))).ShouldBe("AccessDenied");

        // Again, and a second key: all of it still fits.
        await driver.CallAsync<V2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, request);
        if (!byServiceAccount) (await driver.Rotation.RotateAsync(account, TimeSpan.FromHours(1), default)).IsOk.ShouldBeTrue();
        await driver.CallAsync<V2.DriverRevokeBucketAccessResponse>(TestDriver.V2 + Revoke, Revoke2(account));
        (await store.RemainsOfAsync(account)).ShouldBe("");
    }

    [Fact]
    public async Task More_than_there_can_be_are_refused_clearly()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var many = Enumerable.Range(0, Most + 1).Select(index => ModesOf($"cosi-{index:D5}".PadRight(63, 'b'), index)).ToArray();
        (await driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Grant2(StoreFixture.NewName("ba-"), many))).ShouldContain($"at most {Most}");
    }

    private static (string, int, int, int) ModesOf(string bucket, int index)
    {
        // The longest policy there is: all modes, and most buckets in the one that names them most often.
        var (data, metadata, onBucket) = AllModes[index < AllModes.Length ? index : 0];
        return (bucket, data, metadata, onBucket);
    }
}
