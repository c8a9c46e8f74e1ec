using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>Grants and revokes: repeats, races, refusals.</summary>
[Collection(StoreTests.Name)]
public sealed class GrantTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _account = StoreFixture.NewName("ba-");
    private TestDriver _driver = null!;

    public async Task InitializeAsync()
    {
        _driver = await TestDriver.StartAsync(store);
        await store.Objects.PutBucketAsync(_bucket);
    }

    public async Task DisposeAsync() => await _driver.DisposeAsync();

    [Fact]
    public async Task The_same_grant_gives_the_same_key_and_revoking_leaves_nothing_ten_times()
    {
        var first = await _driver.GrantedAsync(_bucket, _account);
        for (var time = 1; time < 10; time++) (await _driver.GrantedAsync(_bucket, _account)).ShouldBe(first);
        (await store.RemainsOfAsync(_account)).ShouldBe("User with 1 policies and 1 keys;");
        var user = (await store.Iam.FindAsync(IamHolder.User(_account), default))!;
        user.Path.ShouldBe(AccountPath);
        user.Tags[AccessNaming.AccountTag].ShouldBe(_account);
        user.Tags[AccessNaming.BucketsTag].ShouldBe(_bucket);
        for (var time = 0; time < 10; time++) await _driver.RevokedAsync(_bucket, _account);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Fact]
    public async Task Twenty_grants_of_one_name_at_once_give_one_key()
    {
        // As two drivers would, while one takes over from the other.
        await using var other = await TestDriver.StartAsync(store);
        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => (index % 2 == 0 ? _driver : other).GrantedAsync(_bucket, _account)));
        keys.Distinct().Count().ShouldBe(1);
        (await store.RemainsOfAsync(_account)).ShouldBe("User with 1 policies and 1 keys;");
        using var s3 = store.NewS3(keys[0].Key, keys[0].Secret);
        await s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" });
    }

    [Fact]
    public async Task Revoked_keys_fail_at_once()
    {
        var (key, secret) = await _driver.GrantedAsync(_bucket, _account);
        using var s3 = store.NewS3(key, secret);
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
        await _driver.RevokedAsync(_bucket, _account);
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "k"))).ShouldBe("InvalidAccessKeyId");
        (await _driver.GrantedAsync(_bucket, _account)).Key.ShouldNotBe(key, "what was revoked stays so");
    }

    [Fact]
    public async Task What_an_operator_added_to_an_account_goes_with_it()
    {
        await _driver.GrantedAsync(_bucket, _account);
        var group = StoreFixture.NewName("group-");
        await store.Iam.CallAsync("CreateGroup", default, ("GroupName", group));
        await store.Iam.CallAsync("AddUserToGroup", default, ("GroupName", group), ("UserName", _account));
        await store.Iam.CallAsync("AttachUserPolicy", default, ("UserName", _account), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
        await store.Iam.CallAsync("CreateAccessKey", default, ("UserName", _account));
        await _driver.RevokedAsync(_bucket, _account);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Fact]
    public async Task What_is_unknown_or_not_named_is_revoked_already()
    {
        await _driver.RevokedAsync(_bucket, StoreFixture.NewName("ba-"));
        await _driver.RevokedAsync(_bucket, "");
        _driver.Metrics.Write().ShouldContain("objectstore_cosi_events_total{event=\"revoke_without_account\"} 1\n");
        await _driver.CallAsync<V2.DriverRevokeBucketAccessResponse>(TestDriver.V2 + Revoke, Revoke2(""));
        _driver.Metrics.Write().ShouldContain("objectstore_cosi_events_total{event=\"revoke_without_account\"} 2\n");
    }

    [Fact]
    public async Task Users_that_are_not_the_drivers_are_not_touched()
    {
        await store.Iam.CreateAsync(new NewIamIdentity(IamHolder.User(_account)), default);
        await _driver.RevokedAsync(_bucket, _account);
        (await store.RemainsOfAsync(_account)).ShouldBe("User with 0 policies and 0 keys;");
        _driver.Metrics.Write().ShouldContain("objectstore_cosi_events_total{event=\"revoke_of_others\"} 1\n");
        (await _driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Grant, Grant1(_bucket, _account))).ShouldContain("something else than this driver");
        await _driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V2 + Grant, Grant2(_account, (_bucket, ReadWrite, Any, Any)));
        (await store.RemainsOfAsync(_account)).ShouldBe("User with 0 policies and 0 keys;");

        await using var other = await TestDriver.StartAsync(store, change: options => options with { DriverName = "other.cosi.dev" });
        var theirs = StoreFixture.NewName("ba-");
        var (key, secret) = await other.GrantedAsync(_bucket, theirs);
        await _driver.RevokedAsync(_bucket, theirs);
        using var s3 = store.NewS3(key, secret);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
    }

    [Fact]
    public async Task Names_that_differ_in_case_only_are_not_taken_for_one_another()
    {
        // IAM tells names of users apart without regard to case.
        var loud = _account.ToUpperInvariant();
        var (key, secret) = await _driver.GrantedAsync(_bucket, _account);
        var request = Grant2(loud, (_bucket, ReadWrite, ReadWrite, Any));
        var refused = await _driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V2 + Grant, request);
        refused.ShouldNotContain(secret);
        await _driver.CallAsync<V2.DriverRevokeBucketAccessResponse>(TestDriver.V2 + Revoke, Revoke2(loud));
        using var s3 = store.NewS3(key, secret);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("/")]
    [InlineData("a/b")]
    [InlineData("-/admin")]
    [InlineData("UPPER")]
    [InlineData("under_score")]
    public async Task What_cannot_be_a_bucket_is_none(string bucket)
    {
        await _driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V1 + Grant, Grant1(bucket, _account));
        await _driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V2 + Grant, Grant2(_account, (bucket, ReadWrite, Any, Any)));
        // As the beginning of an object's path.
        await _driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V1 + Grant, Grant1($"{_bucket}/..", _account));
        await store.Objects.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" });
        await _driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V1 + Grant, Grant1($"{_bucket}/k", _account));
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Fact]
    public async Task A_bucket_of_another_account_is_refused_and_leaves_nothing()
    {
        var theirs = StoreFixture.NewName("bucket-");
        using (var owner = await store.OtherAccountAsync()) await owner.PutBucketAsync(theirs);
        // The root of the operator's account may see it all the same; a user of it may not.
        (await _driver.RefusedAsync(GrpcStatusCode.PermissionDenied, TestDriver.V1 + Grant, Grant1(theirs, _account))).ShouldContain(theirs);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Fact]
    public async Task An_access_that_is_there_as_another_is_refused_as_each_version_bears_it()
    {
        await _driver.GrantedAsync(_bucket, _account, ("accessMode", "read-only"));
        // The sidecar of v1alpha1 ends with a fault at ALREADY_EXISTS.
        (await _driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Grant, Grant1(_bucket, _account))).ShouldContain("other buckets, modes or parameters");
        await _driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V2 + Grant, Grant2(_account, (_bucket, ReadWrite, ReadWrite, Any)));
        // The same in other words.
        await _driver.CallAsync<V2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, Grant2(_account, (_bucket, ReadOnly, ReadOnly, Any)).With(("accessMode", null)));
    }

    [Theory]
    [InlineData("accesMode", "read-only", "accessMode, credentialLifetime, deleteVersions, keyGeneration, prefix, rotationGrace, serviceAccount")]
    [InlineData("accessMode", "all", "must be read-write or read-only or write-only")]
    [InlineData("prefix", "team", "end with one")]
    [InlineData("prefix", "/team/", "not begin with a slash")]
    [InlineData("prefix", "team*/", "letters, digits")]
    [InlineData("prefix", "${aws:username}/", "letters, digits")]
    [InlineData("credentialLifetime", "soon", "must be a time from 1m")]
    [InlineData("keyGeneration", "0", "from 1 to")]
    [InlineData("serviceAccount", "ns/name", "this access is by key")]
    public async Task A_parameter_that_cannot_be_is_refused_with_what_can(string name, string value, string says)
    {
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V1 + Grant, Grant1(_bucket, _account, (name, value)))).ShouldContain(says);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Fact]
    public async Task What_v1alpha2_cannot_have_is_refused_and_leaves_nothing()
    {
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Grant2(_account, (_bucket, Any, Any, Any)))).ShouldContain("No access mode");
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Grant2(_account, (_bucket, ReadWrite, Any, ReadWrite)))).ShouldContain("BucketClass");
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Grant2(_account, (_bucket, ReadWrite, Any, Any)).With(("accessMode", "read-only")))).ShouldContain("v1alpha1");
        await _driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V2 + Grant, Grant2(_account, (StoreFixture.NewName(), ReadWrite, Any, Any)));
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Theory]
    [InlineData("ba-1234", "ba-1234")]
    [InlineData("team/ba", "team-ba-")]
    public void An_id_is_a_name_of_IAM_and_its_own_id(string name, string begins)
    {
        var id = AccessNaming.IdOf(name);
        id.ShouldStartWith(begins);
        AccessNaming.IdOf(id).ShouldBe(id);
        var longest = AccessNaming.IdOf(new string('a', 253));
        longest.Length.ShouldBe(64);
        AccessNaming.IdOf(longest).ShouldBe(longest);
        AccessNaming.IdOf(new string('a', 252)).ShouldNotBe(longest);
    }
}

internal static class GrantRequests
{
    public static V2.DriverGrantBucketAccessRequest With(this V2.DriverGrantBucketAccessRequest request, params ReadOnlySpan<(string Key, string? Value)> parameters)
    {
        foreach (var (key, value) in parameters)
        {
            if (value is not null) request.Parameters.Add(key, value);
        }
        return request;
    }
}
