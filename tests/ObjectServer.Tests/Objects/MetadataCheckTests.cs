using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class MetadataCheckTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_check_notices_any_row_that_is_missing(bool hasQuota)
    {
        var bench = await WithSomethingOfEverythingAsync();
        if (hasQuota) (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(1000, 1000), default)).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
        var tables = new HashSet<char>();
        foreach (var (key, value) in bench.Store.Rows)
        {
            // A counter that came back to zero says the same as none.
            if (key[0] == KvTables.Counters && value.All(b => b == 0)) continue;
            if (key[0] is KvTables.System or KvTables.LostShards) continue;
            tables.Add((char)key[0]);
            (await CheckAsync(bench.Store.Rows.Where(row => row.Key != key))).ShouldNotBeEmpty(Convert.ToHexString(key));
        }
        tables.Order().ShouldBe("abcdgmnpqrsuvx");
    }

    [Fact]
    public async Task The_check_notices_rows_that_nothing_stands_behind()
    {
        var bench = await WithSomethingOfEverythingAsync();
        foreach (var (key, value) in bench.Store.Rows)
        {
            if (key[0] is not (KvTables.InlineData or KvTables.ContentReferences or KvTables.NullVersions or KvTables.Manifests or KvTables.Parts or KvTables.Annotations)) continue;
            byte[] other = [.. key];
            other[5] ^= 0x55;
            (await CheckAsync(bench.Store.Rows.Append((other, value)))).ShouldNotBeEmpty(Convert.ToHexString(key));
        }
    }

    private static async Task<ObjectBench> WithSomethingOfEverythingAsync()
    {
        var bench = await ObjectBench.CreateAsync();
        var listening = new NotificationRecord { Rules = { new NotificationRuleRecord { Id = "1", TargetArn = "arn", Events = { "s3:ObjectCreated:*" } } } };
        (await bench.Services.Buckets.SetNotificationAsync(ObjectBench.Bucket, listening, default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("inline", "x");
        (await bench.Services.Buckets.SetNotificationAsync(ObjectBench.Bucket, new NotificationRecord(), default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("blob", ObjectBench.Bytes(100, 1));
        await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Enabled, default);
        await bench.PutAsync("inline", "y");
        await bench.DeleteAsync("inline");
        (await bench.AnnotateAsync("blob", "short", [65])).IsOk.ShouldBeTrue();
        (await bench.AnnotateAsync("blob", "long", Annotations.Text(100, 1))).IsOk.ShouldBeTrue();
        await bench.Services.Copier.CopyAsync(
            new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "blob", Bucket = ObjectBench.Bucket, Key = "copy" }, default);
        await bench.PutPartsAsync("parts", ObjectBench.Bytes(10, 1), ObjectBench.Bytes(10, 2));
        var upload = await bench.BeginAsync("upload");
        await bench.UploadAsync(upload, 1, [1, 2, 3]);
        await bench.Services.Parts.CopyAsync(
            new UploadPartCopyRequest
            {
                Bucket = ObjectBench.Bucket, Key = "upload", UploadId = upload.UploadId, PartNumber = 2,
                SourceBucket = ObjectBench.Bucket, SourceKey = "blob", Range = (10, 20),
            }, default);
        var gone = await bench.PutAsync("gone", ObjectBench.Bytes(100, 2));
        (await bench.AnnotateAsync("gone", "long", Annotations.Text(100, 2))).IsOk.ShouldBeTrue();
        await bench.DeleteAsync("gone", gone.VersionId);
        return bench;
    }

    private static async Task<IReadOnlyList<string>> CheckAsync(IEnumerable<(byte[] Key, byte[] Value)> rows)
    {
        var store = new InMemoryKeyValueStore();
        using (var transaction = store.Begin())
        {
            foreach (var (key, value) in rows) transaction.Put(key, value);
            await transaction.CommitAsync();
        }
        using var snapshot = store.Snapshot();
        return await new MetadataCheck(snapshot).RunAsync(default);
    }
}
