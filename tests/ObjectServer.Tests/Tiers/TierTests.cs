using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using static ObjectStore.Server.Tests.Tiers.TierBench;

namespace ObjectStore.Server.Tests.Tiers;

/// <summary>Objects that rules of lifecycle move to another server, and that come back from there.</summary>
public sealed class TierTests : IAsyncLifetime
{
    private readonly TierBench _bench = new();

    private AmazonS3Client S3 => _bench.S3;

    public Task InitializeAsync() => _bench.InitializeAsync();

    public Task DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(10)]
    [InlineData(3_000_000)]
    [InlineData(11 << 20)]
    public async Task An_object_goes_to_its_tier_is_told_there_and_comes_back(int length)
    {
        await _bench.AddTierAsync("--prefix store/ --target-class STANDARD_IA");
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(length, 1);
        var put = await _bench.PutAsync(bucket, "a/k ä", body);
        await _bench.PassDaysAsync();

        var key = (await _bench.KeysThereAsync()).ShouldHaveSingleItem();
        key.ShouldStartWith($"store/{bucket}/a/k ä/");
        (await _bench.BytesThereAsync(key)).ShouldBe(body);
        (await _bench.Other.Client.GetObjectMetadataAsync(There, key)).StorageClass.Value.ShouldBe("STANDARD_IA");
        var head = await S3.GetObjectMetadataAsync(bucket, "a/k ä");
        (head.ContentLength, head.StorageClass.Value, head.ETag).ShouldBe((length, Class, put.ETag));
        var listed = (await S3.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects.Single();
        (listed.Size, listed.StorageClass.Value).ShouldBe((length, Class));
        (await S3.GetObjectAttributesAsync(new() { BucketName = bucket, Key = "a/k ä", ObjectAttributes = [ObjectAttributes.ObjectSize, ObjectAttributes.StorageClass] })).StorageClass.Value.ShouldBe(Class);
        (await ErrorOfAsync(() => _bench.GetAsync(bucket, "a/k ä"))).ShouldBe("403 InvalidObjectState");

        (await _bench.RestoreAsync(bucket, "a/k ä", 3)).HttpStatusCode.ShouldBe(System.Net.HttpStatusCode.Accepted);
        (await S3.GetObjectMetadataAsync(bucket, "a/k ä")).RestoreInProgress.ShouldBe(true);
        (await ErrorOfAsync(() => _bench.RestoreAsync(bucket, "a/k ä", 3))).ShouldBe("409 RestoreAlreadyInProgress");
        await _bench.SettleAsync();
        head = await S3.GetObjectMetadataAsync(bucket, "a/k ä");
        (head.RestoreInProgress, head.StorageClass.Value, head.LastModified).ShouldBe((false, Class, put.HttpStatusCode == 0 ? default : head.LastModified));
        head.RestoreExpiration!.Value.ToUniversalTime().ShouldBe(_bench.Now.UtcDateTime.Date.AddDays(4));
        (await _bench.GetAsync(bucket, "a/k ä")).ShouldBe(body);
        (await _bench.GetAsync(bucket, "a/k ä", get => get.ByteRange = new ByteRange(2, 5))).ShouldBe(body[2..6]);
        (await _bench.KeysThereAsync()).Count.ShouldBe(1, "the copy is for a while");

        await _bench.PassDaysAsync(5);
        (await ErrorOfAsync(() => _bench.GetAsync(bucket, "a/k ä"))).ShouldBe("403 InvalidObjectState");
        (await S3.GetObjectMetadataAsync(bucket, "a/k ä")).RestoreExpiration.ShouldBeNull();
        await S3.DeleteObjectAsync(bucket, "a/k ä");
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
        (await _bench.Cli.RunAsync($"tier show {Class} --json")).Ok()["objects"].ShouldBe("0");
    }

    [Fact]
    public async Task A_restore_is_extended_and_shortened()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", [1, 2, 3]);
        await _bench.PassDaysAsync();
        await _bench.RestoreAsync(bucket, "k", 3);
        await _bench.SettleAsync();
        (await _bench.RestoreAsync(bucket, "k", 10)).HttpStatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        await _bench.PassDaysAsync(5);
        (await _bench.GetAsync(bucket, "k")).ShouldBe([1, 2, 3]);
        (await _bench.RestoreAsync(bucket, "k", 1)).HttpStatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        await _bench.PassDaysAsync(2);
        (await ErrorOfAsync(() => _bench.GetAsync(bucket, "k"))).ShouldBe("403 InvalidObjectState");
    }

    [Fact]
    public async Task A_restore_without_days_is_for_good()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(100_000, 2);
        await _bench.PutAsync(bucket, "k", body);
        await _bench.PassDaysAsync();
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        (await S3.RestoreObjectAsync(new() { BucketName = bucket, Key = "k" })).HttpStatusCode.ShouldBe(System.Net.HttpStatusCode.Accepted);
        await _bench.SettleAsync();
        var head = await S3.GetObjectMetadataAsync(bucket, "k");
        (head.StorageClass, head.RestoreExpiration, head.RestoreInProgress).ShouldBe((null, null, null));
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
        (await _bench.GetAsync(bucket, "k")).ShouldBe(body);
    }

    [Fact]
    public async Task What_is_here_cannot_be_restored()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync(versioned: true, hasRules: false);
        var put = await _bench.PutAsync(bucket, "k", [1]);
        (await ErrorOfAsync(() => _bench.RestoreAsync(bucket, "k", 1))).ShouldBe("403 InvalidObjectState");
        (await ErrorOfAsync(() => _bench.RestoreAsync(bucket, "none", 1))).ShouldBe("404 NoSuchKey");
        (await ErrorOfAsync(() => _bench.RestoreAsync(bucket, "k", 0, put.VersionId))).ShouldBe("400 InvalidArgument");
        (await ErrorOfAsync(() => _bench.RestoreAsync("no-such-bucket", "k", 1))).ShouldBe("404 NoSuchBucket");
    }

    [Fact]
    public async Task Copies_parts_and_appends_need_the_bytes()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(300_000, 3);
        await _bench.PutAsync(bucket, "k", body);
        await _bench.PassDaysAsync();
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        Task CopyAsync(string to) => S3.CopyObjectAsync(bucket, "k", bucket, to);
        var upload = await S3.InitiateMultipartUploadAsync(bucket, "parts");
        Task<CopyPartResponse> CopyPartAsync() => S3.CopyPartAsync(new() { SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "parts", UploadId = upload.UploadId, PartNumber = 1 });
        Task AppendAsync() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", InputStream = new MemoryStream([1]), WriteOffsetBytes = body.Length });
        (await ErrorOfAsync(() => CopyAsync("copy"))).ShouldBe("403 InvalidObjectState");
        (await ErrorOfAsync(CopyPartAsync)).ShouldBe("403 InvalidObjectState");
        (await ErrorOfAsync(AppendAsync)).ShouldBe("403 InvalidObjectState");

        await _bench.RestoreAsync(bucket, "k", 1);
        await _bench.SettleAsync();
        await CopyAsync("copy");
        var part = await CopyPartAsync();
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "parts", UploadId = upload.UploadId, PartETags = [new PartETag(1, part.ETag)] });
        (await ErrorOfAsync(AppendAsync)).ShouldBe("403 InvalidObjectState");
        await _bench.PassDaysAsync(3);
        await _bench.CollectAsync();
        foreach (var key in (string[])["copy", "parts"])
        {
            (await _bench.GetAsync(bucket, key)).ShouldBe(body, key);
            (await S3.GetObjectMetadataAsync(bucket, key)).StorageClass.ShouldBeNull(key);
        }
        await CopyAsync("again").ContinueWith(copy => copy.IsFaulted.ShouldBeTrue(), TaskScheduler.Default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_read_through_comes_from_there_and_may_be_kept(bool keeps)
    {
        await _bench.AddTierAsync("--read-through" + (keeps ? " --keep-days 2" : ""));
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(2_500_000, 4);
        await _bench.PutAsync(bucket, "k", body);
        await _bench.PassDaysAsync();
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        (await _bench.GetAsync(bucket, "k")).ShouldBe(body);
        (await _bench.GetAsync(bucket, "k", get => get.ByteRange = new ByteRange(1_048_570, 1_048_580))).ShouldBe(body[1_048_570..1_048_581]);
        await S3.CopyObjectAsync(bucket, "k", bucket, "copy");
        (await _bench.GetAsync(bucket, "copy")).ShouldBe(body);
        await _bench.SettleAsync();
        (await S3.GetObjectMetadataAsync(bucket, "k")).RestoreExpiration.HasValue.ShouldBe(keeps);
        await S3.DeleteObjectAsync(bucket, "k");
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
        (await _bench.GetAsync(bucket, "copy")).ShouldBe(body, "the copy's bytes are here");
    }

    [Fact]
    public async Task Bytes_that_were_changed_there_are_never_answered()
    {
        await _bench.AddTierAsync("--read-through");
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(2_500_000, 5);
        await _bench.PutAsync(bucket, "k", body);
        await _bench.PassDaysAsync();
        var key = (await _bench.KeysThereAsync()).Single();
        body[1_500_000] ^= 1;
        await _bench.Other.Client.PutObjectAsync(new() { BucketName = There, Key = key, InputStream = new MemoryStream(body) });
        (await _bench.GetAsync(bucket, "k", get => get.ByteRange = new ByteRange(0, 99))).ShouldBe(body[..100], "another block");
        await Should.ThrowAsync<Exception>(() => _bench.GetAsync(bucket, "k"));
        (await ErrorOfAsync(() => _bench.GetAsync(bucket, "k", get => get.ByteRange = new ByteRange(1_400_000, 1_400_010)))).ShouldBe("503 ServiceUnavailable");
        await _bench.RestoreAsync(bucket, "k", 1);
        await _bench.SettleAsync();
        (await S3.GetObjectMetadataAsync(bucket, "k")).RestoreInProgress.ShouldBe(true, "it stays asked for");
        _bench.Tiers.NumbersOf(Class).Failures.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Parts_keep_their_numbers()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        byte[][] parts = [ObjectBench.Bytes(5 << 20, 6), ObjectBench.Bytes(77, 7)];
        var upload = await S3.InitiateMultipartUploadAsync(bucket, "k");
        var etags = new List<PartETag>();
        for (var i = 0; i < parts.Length; i++)
        {
            var part = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "k", UploadId = upload.UploadId, PartNumber = i + 1, InputStream = new MemoryStream(parts[i]) });
            etags.Add(new PartETag(i + 1, part.ETag));
        }
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "k", UploadId = upload.UploadId, PartETags = etags });
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(2);
        (await S3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = "k", PartNumber = 2 })).ContentLength.ShouldBe(77);
        (await S3.GetObjectAttributesAsync(new() { BucketName = bucket, Key = "k", ObjectAttributes = [ObjectAttributes.ObjectParts] })).ObjectParts.TotalPartsCount.ShouldBe(2);
        await _bench.RestoreAsync(bucket, "k", 1);
        await _bench.SettleAsync();
        (await _bench.GetAsync(bucket, "k", get => get.PartNumber = 2)).ShouldBe(parts[1]);
        (await _bench.GetAsync(bucket, "k")).ShouldBe([.. parts[0], .. parts[1]]);
        await S3.DeleteObjectAsync(bucket, "k");
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(200_000)]
    public async Task What_is_encrypted_is_so_in_the_tier(int length)
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("secret text ", length / 12 + 1)))[..length];
        var customerKey = Convert.ToBase64String(ObjectBench.Bytes(32, 8));
        void SetKey(Action<ServerSideEncryptionCustomerMethod, string> set) => set(ServerSideEncryptionCustomerMethod.AES256, customerKey);
        await _bench.PutAsync(bucket, "store", body, put => put.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256);
        await _bench.PutAsync(bucket, "customer", body, put => SetKey((method, key) => (put.ServerSideEncryptionCustomerMethod, put.ServerSideEncryptionCustomerProvidedKey) = (method, key)));
        await _bench.PassDaysAsync();
        var keys = await _bench.KeysThereAsync();
        keys.Count.ShouldBe(2);
        foreach (var key in keys) (await _bench.BytesThereAsync(key)).AsSpan().IndexOf("secret"u8).ShouldBe(-1);
        _bench.Keys.IsDown = true;
        await _bench.RestoreAsync(bucket, "store", 1);
        await _bench.RestoreAsync(bucket, "customer", 1);
        await _bench.SettleAsync();
        _bench.Keys.IsDown = false;
        (await _bench.GetAsync(bucket, "store")).ShouldBe(body);
        (await _bench.GetAsync(bucket, "customer", get => SetKey((method, key) => (get.ServerSideEncryptionCustomerMethod, get.ServerSideEncryptionCustomerProvidedKey) = (method, key)))).ShouldBe(body);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_compressed_goes_and_comes_as_it_is_stored(bool isSealed)
    {
        await _bench.AddTierAsync("--read-through");
        var bucket = await _bench.NewBucketAsync();
        (await _bench.Cli.RunAsync($"bucket compression {bucket} --on")).Ok();
        var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 60_000).Select(number => $"line {number}\n")));
        await _bench.PutAsync(bucket, "k", body, put => put.ServerSideEncryptionMethod = isSealed ? ServerSideEncryptionMethod.AES256 : null);
        await _bench.PassDaysAsync();
        (await _bench.BytesThereAsync((await _bench.KeysThereAsync()).Single())).Length.ShouldBeLessThan(body.Length / 2);
        (await _bench.GetAsync(bucket, "k", get => get.ByteRange = new ByteRange(500_000, 500_010))).ShouldBe(body[500_000..500_011], "read through");
        await _bench.RestoreAsync(bucket, "k", 1);
        await _bench.SettleAsync();
        (await _bench.GetAsync(bucket, "k")).ShouldBe(body);
    }

    [Fact]
    public async Task Replication_passes_over_what_is_archived()
    {
        await _bench.AddTierAsync();
        var (bucket, target) = (await _bench.NewBucketAsync(versioned: true), await _bench.NewBucketAsync(versioned: true, hasRules: false));
        await _bench.PutAsync(bucket, "archived", [1, 2, 3]);
        await _bench.PassDaysAsync();
        await S3.PutBucketReplicationAsync(new()
        {
            BucketName = bucket,
            Configuration = new()
            {
                Role = "arn:aws:iam::000000000000:root",
                Rules =
                [
                    new()
                    {
                        Id = "all", Priority = 1, Status = ReplicationRuleStatus.Enabled, Filter = new() { Prefix = "" },
                        DeleteMarkerReplication = new() { Status = DeleteMarkerReplicationStatus.Disabled }, Destination = new() { BucketArn = "arn:aws:s3:::" + target },
                    },
                ],
            },
        });
        (await _bench.Cli.RunAsync($"replication sync {bucket}")).Ok();
        await _bench.PutAsync(bucket, "here", [4]);
        await StatusShouldBecomeAsync("here", "COMPLETED");
        await StatusShouldBecomeAsync("archived", "FAILED");

        async Task StatusShouldBecomeAsync(string key, string status)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while ((await S3.GetObjectMetadataAsync(bucket, key)).ReplicationStatus?.Value != status)
            {
                limit.IsCancellationRequested.ShouldBeFalse($"{key} did not become {status}");
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Versions_go_for_themselves()
    {
        await _bench.AddTierAsync("--plain-names");
        var bucket = await _bench.NewBucketAsync(versioned: true);
        var first = await _bench.PutAsync(bucket, "k", "one"u8.ToArray());
        await _bench.PutAsync(bucket, "k", "two"u8.ToArray());
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync()).ShouldContain($"{bucket}/k-{first.VersionId}");
        (await _bench.KeysThereAsync()).Count.ShouldBe(2);
        await _bench.RestoreAsync(bucket, "k", 1, first.VersionId);
        await _bench.SettleAsync();
        (await _bench.GetAsync(bucket, "k", get => get.VersionId = first.VersionId)).ShouldBe("one"u8.ToArray());
        (await ErrorOfAsync(() => _bench.GetAsync(bucket, "k"))).ShouldBe("403 InvalidObjectState");
        var versions = (await S3.ListVersionsAsync(new ListVersionsRequest { BucketName = bucket, OptionalObjectAttributes = ["RestoreStatus"] })).Versions;
        versions.Select(version => version.RestoreStatus is not null).ShouldBe([false, true]);
        versions[1].RestoreStatus.IsRestoreInProgress.ShouldBe(false);
        await S3.DeleteObjectAsync(bucket, "k", first.VersionId);
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_plain_name_is_never_given_twice_while_something_needs_it()
    {
        await _bench.AddTierAsync("--plain-names");
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", "one"u8.ToArray());
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync()).ShouldBe([$"{bucket}/k"]);
        await _bench.PutAsync(bucket, "k", "two"u8.ToArray());
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(2);
        await _bench.CollectAsync();
        var left = (await _bench.KeysThereAsync()).ShouldHaveSingleItem();
        left.ShouldStartWith($"{bucket}/k/");
        (await _bench.BytesThereAsync(left)).ShouldBe("two"u8.ToArray());
        await _bench.PutAsync(bucket, "k", "three"u8.ToArray());
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync()).ShouldContain($"{bucket}/k", "the name is free again");
    }

    [Fact]
    public async Task Each_bucket_may_have_its_own_there()
    {
        await _bench.AddTierAsync("--plain-names", bucket: "cold-${bucket}");
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "a/k", "one"u8.ToArray());
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync($"cold-{bucket}")).ShouldBe(["a/k"]);
    }

    [Fact]
    public async Task A_rename_takes_the_bytes_and_their_copy_along()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(100_000, 9);
        await _bench.PutAsync(bucket, "k", body);
        await _bench.PutAsync(bucket, "waits", body);
        await _bench.PassDaysAsync();
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        await _bench.RestoreAsync(bucket, "k", 1);
        await _bench.SettleAsync();
        await _bench.RestoreAsync(bucket, "waits", 1);
        foreach (var key in (string[])["k", "waits"])
            await S3.RenameObjectAsync(new() { BucketName = bucket, Key = key + "2", RenameSource = key });
        await _bench.SettleAsync();
        await _bench.CollectAsync();
        foreach (var key in (string[])["k2", "waits2"]) (await _bench.GetAsync(bucket, key)).ShouldBe(body, key);
        await _bench.PassDaysAsync(3);
        foreach (var key in (string[])["k2", "waits2"]) (await ErrorOfAsync(() => _bench.GetAsync(bucket, key))).ShouldBe("403 InvalidObjectState", key);
        await _bench.RestoreAsync(bucket, "k2", 1);
        await _bench.SettleAsync();
        (await _bench.GetAsync(bucket, "k2")).ShouldBe(body);
    }

    [Fact]
    public async Task A_tier_and_its_remote_stay_while_something_needs_them()
    {
        await _bench.AddTierAsync();
        (await _bench.Cli.RunAsync($"tier add {Class} --remote cold --bucket other")).Error.ShouldContain("UnmodifiableEntity");
        (await _bench.Cli.RunAsync("tier add STANDARD_IA --remote cold --bucket tier")).Error.ShouldContain("EntityAlreadyExists");
        (await _bench.Cli.RunAsync("tier add OTHER --remote none --bucket tier")).Error.ShouldContain("no remote");
        (await _bench.Cli.RunAsync("remote remove cold")).Error.ShouldContain($"storage class {Class}");
        var bucket = await _bench.NewBucketAsync();
        (await _bench.Cli.RunAsync($"tier remove {Class}")).Error.ShouldContain($"lifecycle of the bucket {bucket}");
        await _bench.PutAsync(bucket, "k", [1]);
        await _bench.PassDaysAsync();
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        (await _bench.Cli.RunAsync($"tier remove {Class}")).Error.ShouldContain("1 objects");
        (await _bench.Cli.RunAsync("tier list")).Ok().Output.ShouldContain(Class);
        (await ErrorOfAsync(() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "x", ContentBody = "x", StorageClass = new S3StorageClass(Class) }))).ShouldBe("400 InvalidStorageClass", "only rules move there");
        await S3.DeleteObjectAsync(bucket, "k");
        await _bench.CollectAsync();
        (await _bench.Cli.RunAsync($"tier remove {Class}")).Ok();
        (await ErrorOfAsync(() => _bench.SetRulesAsync(bucket))).ShouldBe("400 InvalidStorageClass");
        (await _bench.Cli.RunAsync("remote remove cold")).Ok();
    }

    [Fact]
    public async Task A_lock_does_not_keep_bytes_from_moving_nor_tags_and_annotations_from_staying()
    {
        await _bench.AddTierAsync();
        var bucket = "locked-bucket";
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true });
        await _bench.SetRulesAsync(bucket);
        var put = await _bench.PutAsync(bucket, "k", [1, 2], request =>
        {
            request.ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On;
            request.TagSet = [new Tag { Key = "t", Value = "v" }];
        });
        await _bench.PassDaysAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(1);
        (await S3.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "k" })).Tagging.Single().Value.ShouldBe("v");
        await S3.PutObjectTaggingAsync(new() { BucketName = bucket, Key = "k", Tagging = new() { TagSet = [new Tag { Key = "t", Value = "w" }] } });
        (await ErrorOfAsync(() => S3.DeleteObjectAsync(bucket, "k", put.VersionId))).ShouldBe("403 AccessDenied");
        await _bench.SettleAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(1);
    }
}
