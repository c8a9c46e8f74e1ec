using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Steps;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using ObjectStore.TestKit;
using static ObjectStore.Cosi.Tests.Buckets.Calls;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Buckets;

[Collection(StoreTests.Name)]
public sealed class BucketTests(StoreFixture store)
{
    private const string Create = "DriverCreateBucket";
    private const string Delete = "DriverDeleteBucket";

    [Fact]
    public async Task A_bucket_of_v1alpha1_is_named_as_its_request_and_stays_the_same_however_often_it_is_asked_for()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = StoreFixture.NewName("bucket-");
        for (var time = 0; time < 10; time++)
        {
            var created = await driver.CallAsync<V1.DriverCreateBucketResponse>(TestDriver.V1 + Create, Create1(name, ("tags", "team=storage")));
            created.BucketId.ShouldBe(name);
            created.BucketInfo.S3.Region.ShouldBe("us-east-1");
            created.BucketInfo.S3.SignatureVersion.ShouldBe(V1.S3SignatureVersion.S3V4);
        }
        (await store.Buckets.GetTagsAsync(name, default))["team"].ShouldBe("storage");
        for (var time = 0; time < 10; time++) await driver.DeletedAsync(name, ("tags", "team=storage"));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_first_shape_of_v1alpha2_gets_an_id_for_a_name()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = StoreFixture.NewName();
        for (var time = 0; time < 10; time++)
        {
            var created = await driver.CallAsync<V2.DriverCreateBucketResponse>(TestDriver.V2 + Create, Create2(name));
            created.BucketIdOrProtocols.ToStringUtf8().ShouldBe("cosi-" + name);
            created.Protocols.S3.BucketId.ShouldBe("cosi-" + name);
        }
        (await store.Buckets.BucketExistsAsync("cosi-" + name, default)).ShouldBeTrue();
        await driver.CallAsync<V2.DriverDeleteBucketResponse>(TestDriver.V2 + Delete, Delete2("cosi-" + name));
        (await store.Buckets.BucketExistsAsync("cosi-" + name, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_second_shape_of_v1alpha2_generates_an_id_that_touches_nothing_and_then_creates_it()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var generate = new V2.DriverGenerateBucketIdRequest { Name = StoreFixture.NewName(), Protocols = { S3 }, Parameters = { ["namePrefix"] = "team-a-" } };
        var id = "";
        for (var time = 0; time < 10; time++)
            id = (await driver.CallAsync<V2.DriverGenerateBucketIdResponse>(TestDriver.V2 + "DriverGenerateBucketId", generate)).BucketId;
        id.ShouldBe("team-a-" + generate.Name);
        (await store.Buckets.BucketExistsAsync(id, default)).ShouldBeFalse();

        for (var time = 0; time < 10; time++)
        {
            var created = await driver.CallAsync<V2.DriverCreateBucketResponse>(TestDriver.V2 + Create, Create2(id, ("namePrefix", "team-a-")));
            var info = V2.ObjectProtocolAndBucketInfo.Parser.ParseFrom(created.BucketIdOrProtocols);
            info.ShouldBe(created.Protocols);
            info.S3.ShouldBe(new V2.S3BucketInfo
            {
                BucketId = id, Endpoint = "https://objects.example.org", Region = "us-east-1",
                AddressingStyle = new V2.S3AddressingStyle { Style = V2.S3AddressingStyle.Types.Style.Path },
            });
        }
        await driver.CallAsync<V2.DriverDeleteBucketResponse>(TestDriver.V2 + Delete, Delete2(id, ("namePrefix", "team-a-")));
        (await store.Buckets.BucketExistsAsync(id, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task Everything_that_the_parameters_ask_for_is_set_up()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var plain = await driver.CreatedAsync(StoreFixture.NewName("bucket-"));
        (await store.Buckets.GetVersioningAsync(plain, default)).ShouldBe(BucketVersioning.Off);
        (await store.Buckets.FindObjectLockAsync(plain, default)).ShouldBeNull();

        var versioned = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("region", "us-east-1"), ("versioning", "Enabled"), ("encryption", "AES256"));
        (await store.Buckets.GetVersioningAsync(versioned, default)).ShouldBe(BucketVersioning.Enabled);
        (await store.Buckets.FindEncryptionAsync(versioned, default))!.Algorithm.ShouldBe("AES256");

        var locked = await driver.CreatedAsync(StoreFixture.NewName("bucket-"),
            ("objectLock", "enabled"), ("objectLockMode", "governance"), ("objectLockDays", "30"), ("encryption", "aws:kms"), ("tags", "a=1, b=2"));
        (await store.Buckets.FindObjectLockAsync(locked, default)).ShouldBe(new ObjectLockSettings("GOVERNANCE", 30));
        (await store.Buckets.GetVersioningAsync(locked, default)).ShouldBe(BucketVersioning.Enabled);
        (await store.Buckets.FindEncryptionAsync(locked, default))!.Algorithm.ShouldBe("aws:kms");
        var tags = await store.Buckets.GetTagsAsync(locked, default);
        (tags["a"], tags["b"]).ShouldBe(("1", "2"));

        var bounded = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("quotaBytes", "1Ki"), ("quotaObjects", "2"),
            ("expirationDays", "30"), ("abortMultipartDays", "2"), ("storageClass", "REDUCED_REDUNDANCY"));
        (await store.Buckets.FindLifecycleAsync(bounded, default)).ShouldBe(new BucketLifecycle(30, null, 2));
        var quota = (await store.Admin.FindQuotaAsync(bounded, default))!;
        (quota.MaxBytes, quota.MaxObjects).ShouldBe((1024, 2));
        await store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = bounded, Key = "a", ContentBody = new string('x', 1000) });
        (await Should.ThrowAsync<AmazonS3Exception>(() => store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = bounded, Key = "b", ContentBody = new string('x', 1000) })))
            .ErrorCode.ShouldBe("QuotaExceeded");
        (await store.Objects.GetObjectMetadataAsync(bounded, "a")).StorageClass.ShouldBe(S3StorageClass.ReducedRedundancy);
        await store.Objects.DeleteObjectAsync(bounded, "a");
        foreach (var bucket in (string[])[plain, versioned, locked, bounded]) await driver.DeletedAsync(bucket);
    }

    [Fact]
    public async Task The_same_name_with_other_parameters_already_exists_and_stays_as_it_is()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("versioning", "enabled"));
        var text = await driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V1 + Create, Create1(name, ("encryption", "AES256")));
        text.ShouldContain("other parameters");
        (await store.Buckets.FindEncryptionAsync(name, default)).ShouldBeNull();
        // Written in another way it is the same.
        (await driver.CreatedAsync(name, ("region", "us-east-1"), ("versioning", "ENABLED"), ("objectLock", "disabled"), ("delete", "empty"))).ShouldBe(name);
        await driver.DeletedAsync(name);
    }

    [Fact]
    public async Task A_bucket_that_somebody_else_made_already_exists()
    {
        await using var driver = await TestDriver.StartAsync(store);
        await using var other = await TestDriver.StartAsync(store, change: options => options with { DriverName = "other.cosi.dev" });
        var handmade = StoreFixture.NewName("bucket-");
        await store.Buckets.CreateBucketAsync(new NewBucket(handmade), default);
        (await driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V1 + Create, Create1(handmade))).ShouldContain("has not made");
        var others = await other.CreatedAsync(StoreFixture.NewName("bucket-"));
        await driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V1 + Create, Create1(others));
        await store.Buckets.DeleteBucketAsync(handmade, default);
        await other.DeletedAsync(others);
    }

    [Fact]
    public async Task Twenty_claims_at_once_and_twenty_calls_for_one_claim_all_succeed()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var names = Enumerable.Range(0, 20).Select(_ => StoreFixture.NewName("bucket-")).ToArray();
        var one = StoreFixture.NewName("bucket-");
        var calls = names.Concat(Enumerable.Repeat(one, 20)).Select(name => Task.Run(() => driver.CreatedAsync(name, ("versioning", "enabled"), ("tags", "x=y"))));
        (await Task.WhenAll(calls)).ShouldBe([.. names, .. Enumerable.Repeat(one, 20)]);
        foreach (var name in (string[])[.. names, one])
        {
            (await store.Buckets.GetVersioningAsync(name, default)).ShouldBe(BucketVersioning.Enabled);
            (await store.Buckets.GetTagsAsync(name, default))["objectstore.cosi/state"].ShouldBe("ready");
        }
        await Task.WhenAll(names.Append(one).SelectMany(name => Enumerable.Repeat(name, 2)).Select(name => Task.Run(() => driver.DeletedAsync(name))));
        foreach (var name in names) (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task Deleting_what_never_was_succeeds()
    {
        await using var driver = await TestDriver.StartAsync(store);
        await driver.DeletedAsync(StoreFixture.NewName("bucket-"), ("delete", "force"));
        // Could not even be a bucket's name.
        await driver.DeletedAsync("an/id_of.another-driver/" + new string('x', 100));
        await driver.CallAsync<V2.DriverDeleteBucketResponse>(TestDriver.V2 + Delete, Delete2("x"));
    }

    [Fact]
    public async Task A_bucket_with_objects_is_deleted_only_by_force()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("versioning", "enabled"));
        for (var version = 0; version < 3; version++)
            await store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = name, Key = "dir/a b&<>", ContentBody = "precious" });
        await store.Objects.DeleteObjectAsync(name, "dir/a b&<>");
        await store.Objects.InitiateMultipartUploadAsync(name, "big");
        (await driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Delete, Delete1(name, ("versioning", "enabled")))).ShouldContain("delete: force");
        await driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Delete, Delete1(name, ("delete", "empty")));
        (await store.Objects.ListVersionsAsync(name)).Versions.Count.ShouldBe(4);
        // Parameters that this driver does not know do not keep a bucket from being deleted.
        await driver.DeletedAsync(name, ("delete", "force"), ("ofAnotherVersion", "x"));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_unknown_delete_policy_deletes_nothing()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"));
        await driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V1 + Delete, Delete1(name, ("delete", "forced")));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeTrue();
        await driver.DeletedAsync(name);
    }

    [Fact]
    public async Task What_is_locked_is_not_deleted_by_force_and_the_message_says_which()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("objectLock", "enabled"), ("delete", "force"));
        await store.Objects.PutObjectAsync(new PutObjectRequest
        {
            BucketName = name, Key = "held", ContentBody = "x", ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On, ChecksumAlgorithm = ChecksumAlgorithm.CRC32,
        });
        await store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = name, Key = "free", ContentBody = "x" });
        var text = await driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Delete, Delete1(name, ("delete", "force")));
        text.ShouldContain("held");
        text.ShouldContain("locked");
        await store.Objects.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest
        {
            BucketName = name, Key = "held", LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.Off }, ChecksumAlgorithm = ChecksumAlgorithm.CRC32,
        });
        await driver.DeletedAsync(name, ("delete", "force"));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(null)]
    public async Task Emptying_ends_at_the_deadline_and_goes_on_when_it_is_repeated(int? deadlineSeconds)
    {
        var time = new FakeTime();
        // The deadline passes between two backend steps.
        var steps = new Interrupting("versions", () => time.Advance(TimeSpan.FromSeconds(deadlineSeconds ?? 120)));
        await using var driver = await TestDriver.StartAsync(store, steps, time: time);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"));
        await store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = name, Key = "a", ContentBody = "x" });
        TimeSpan? deadline = deadlineSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        (await driver.Client.CallAsync(TestDriver.V1 + Delete, Delete1(name, ("delete", "force")), deadline)).Code.ShouldBe(GrpcStatusCode.DeadlineExceeded);
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeTrue();
        await driver.DeletedAsync(name, ("delete", "force"));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("encryption", "aws:kms", "encryptionKeyId", "no-such-key")]
    [InlineData("storageClass", "no-such-class", "quotaObjects", "1")]
    public async Task What_the_server_does_not_take_of_the_parameters_is_told_and_leaves_no_bucket(string parameter, string value, string another, string itsValue)
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = StoreFixture.NewName("bucket-");
        (await driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V1 + Create, Create1(name, (parameter, value), (another, itsValue))))
            .ShouldContain("parameter " + parameter);
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("DriverGetBucket")]
    [InlineData("DriverGetExistingBucket")]
    public async Task A_static_bucket_is_found_if_it_is_there_and_as_asked_for(string method)
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = StoreFixture.NewName("mine-");
        (await driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V2 + method, Get2(name))).ShouldContain(name);
        await driver.RefusedAsync(GrpcStatusCode.NotFound, TestDriver.V2 + method, Get2("Not_A/Bucket"));
        await store.Buckets.CreateBucketAsync(new NewBucket(name) { Tags = new Dictionary<string, string> { ["team"] = "a" } }, default);
        await store.Buckets.PutVersioningAsync(name, BucketVersioning.Enabled, default);
        // Fields 1 and 2 of both answers have what the shapes have there.
        var answer = await driver.Client.CallAsync(TestDriver.V2 + method, Get2(name, ("versioning", "enabled"), ("tags", "team=a")));
        if (method == "DriverGetBucket") answer.Read<V2.DriverGetBucketResponse>().Protocols.S3.BucketId.ShouldBe(name);
        else answer.Read<V2.DriverGetExistingBucketResponse>().BucketId.ShouldBe(name);
        foreach (var (parameter, value) in ((string, string)[])[("objectLock", "enabled"), ("encryption", "AES256"), ("tags", "team=b"), ("quotaBytes", "1Gi"), ("expirationDays", "1"), ("storageClass", "STANDARD_IA")])
            await driver.RefusedAsync(GrpcStatusCode.AlreadyExists, TestDriver.V2 + method, Get2(name, (parameter, value)));
        await driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + method, Get2(name, ("versions", "enabled")));
        // It is deleted under its own name, whatever prefix the driver gives.
        await driver.CallAsync<V2.DriverDeleteBucketResponse>(TestDriver.V2 + Delete, Delete2(name));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }

    /// <summary>Does something after each step of a name.</summary>
    private sealed class Interrupting(string step, Action act) : IStepObserver
    {
        public void Done(string call, string done)
        {
            if (done == step) act();
        }
    }
}
