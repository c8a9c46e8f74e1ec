using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.S3.Inventory;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectStore.TestKit;

namespace ObjectStore.Server.Tests.S3.Inventory;

/// <summary>Inventories: configured by the AWS SDK, reports as S3 lays them out.</summary>
public sealed class InventoryTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly SdkServer _server;
    private InventoryEngine _engine = null!;

    public InventoryTests() => _server = new SdkServer { StoreTime = _time };

    private AmazonS3Client S3 => _server.Client;

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _engine = new InventoryEngine(_server.Services, _server.Identities);
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    private Task AllowAsync(string target, string source) => S3.PutBucketPolicyAsync(target, $$"""
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{{target}}/*",
          "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::{{source}}"}, "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"} } } }
        """);

    private static InventoryConfiguration Configuration(string target, InventoryIncludedObjectVersions? versions = null, string id = "report", params InventoryOptionalField[] fields) => new()
    {
        InventoryId = id,
        IsEnabled = true,
        IncludedObjectVersions = versions ?? InventoryIncludedObjectVersions.Current,
        InventoryOptionalFields = [.. fields],
        Schedule = new() { Frequency = InventoryFrequency.Daily },
        Destination = new() { S3BucketDestination = new() { BucketName = "arn:aws:s3:::" + target, InventoryFormat = InventoryFormat.CSV, Prefix = "reports" } },
    };

    private Task PutAsync(string source, InventoryConfiguration configuration) =>
        S3.PutBucketInventoryConfigurationAsync(new() { BucketName = source, InventoryId = configuration.InventoryId, InventoryConfiguration = configuration });

    private async Task<(string Source, string Target)> BucketsAsync(bool versioned = false)
    {
        var (source, target) = (await _server.NewBucketAsync(versioned), await _server.NewBucketAsync());
        await AllowAsync(target, source);
        return (source, target);
    }

    private async Task<List<string>> KeysAsync(string bucket) => [.. ((await S3.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects ?? []).Select(found => found.Key)];

    private async Task<byte[]> ReadAsync(string bucket, string key)
    {
        using var answer = await S3.GetObjectAsync(bucket, key);
        using var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    /// <summary>The lines of the report whose manifest is the last one, each checksum verified on the way.</summary>
    private async Task<(string Schema, List<string> Lines)> ReportAsync(string target)
    {
        var name = (await KeysAsync(target)).Last(key => key.EndsWith("/manifest.json", StringComparison.Ordinal));
        var manifest = await ReadAsync(target, name);
        Encoding.ASCII.GetString(await ReadAsync(target, name.Replace("manifest.json", "manifest.checksum", StringComparison.Ordinal))).ShouldBe(Convert.ToHexStringLower(MD5.HashData(manifest)));
        using var json = JsonDocument.Parse(manifest);
        json.RootElement.GetProperty("destinationBucket").GetString().ShouldBe("arn:aws:s3:::" + target);
        var lines = new List<string>();
        foreach (var file in json.RootElement.GetProperty("files").EnumerateArray())
        {
            var bytes = await ReadAsync(target, file.GetProperty("key").GetString()!);
            bytes.Length.ShouldBe(file.GetProperty("size").GetInt32());
            Convert.ToHexStringLower(MD5.HashData(bytes)).ShouldBe(file.GetProperty("MD5checksum").GetString());
            using var reader = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
            while (await reader.ReadLineAsync() is { } line) lines.Add(line);
        }
        return (json.RootElement.GetProperty("fileSchema").GetString()!, lines);
    }

    [Fact]
    public async Task A_report_lists_current_objects_with_the_fields_asked_for()
    {
        var (source, target) = await BucketsAsync(versioned: true);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a b/\"ü", ContentBody = "old" });
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a b/\"ü", ContentBody = "12345" });
        await S3.PutObjectAsync(new() { BucketName = source, Key = "gone", ContentBody = "x" });
        await S3.DeleteObjectAsync(source, "gone");
        await PutAsync(source, Configuration(target, fields: [InventoryOptionalField.Size, InventoryOptionalField.ETag, InventoryOptionalField.StorageClass, InventoryOptionalField.EncryptionStatus]));
        await _engine.TickAsync(CancellationToken.None);

        var (schema, lines) = await ReportAsync(target);
        schema.ShouldBe("Bucket, Key, Size, ETag, StorageClass, EncryptionStatus");
        lines.ShouldBe([$"\"{source}\",\"a+b/%22%C3%BC\",\"5\",\"827ccb0eea8a706c4c34a16891f84e7b\",\"STANDARD\",\"NOT-SSE\""]);
        var keys = await KeysAsync(target);
        keys.Count.ShouldBe(3);
        keys.ShouldContain($"reports/{source}/report/2026-01-01T00-00Z/manifest.json");
        keys.ShouldContain(key => key.StartsWith($"reports/{source}/report/data/", StringComparison.Ordinal) && key.EndsWith(".csv.gz", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_report_of_all_versions_has_delete_markers()
    {
        var (source, target) = await BucketsAsync(versioned: true);
        var put = await S3.PutObjectAsync(new() { BucketName = source, Key = "k", ContentBody = "x" });
        var deleted = await S3.DeleteObjectAsync(source, "k");
        await PutAsync(source, Configuration(target, InventoryIncludedObjectVersions.All));
        await _engine.TickAsync(CancellationToken.None);
        var (schema, lines) = await ReportAsync(target);
        schema.ShouldBe("Bucket, Key, VersionId, IsLatest, IsDeleteMarker");
        lines.ShouldBe([$"\"{source}\",\"k\",\"{deleted.VersionId}\",\"true\",\"true\"", $"\"{source}\",\"k\",\"{put.VersionId}\",\"false\",\"false\""]);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public async Task A_crash_at_any_step_leaves_one_whole_report(int step, bool isWritten)
    {
        var (source, target) = await BucketsAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "k", ContentBody = "x" });
        await PutAsync(source, Configuration(target));
        var commits = 0;
        void Crash(IKvTransaction transaction)
        {
            if (++commits == step) throw new KvException(KvFault.UnknownOutcome, "the journal is gone");
        }
        if (isWritten) _server.Rows.AfterCommit = Crash;
        else _server.Rows.BeforeCommit = Crash;
        await _engine.TickAsync(CancellationToken.None);
        (_server.Rows.AfterCommit, _server.Rows.BeforeCommit) = (null, null);
        _engine.Failures.ShouldBe(1);

        // Another process goes on.
        await new InventoryEngine(_server.Services, _server.Identities).TickAsync(CancellationToken.None);
        (await ReportAsync(target)).Lines.ShouldBe([$"\"{source}\",\"k\""]);
        (await KeysAsync(target)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Reports_come_daily_and_wait_for_a_target_that_refuses_them()
    {
        var (source, target) = await BucketsAsync();
        await S3.DeleteBucketPolicyAsync(target);
        await PutAsync(source, Configuration(target));
        await _engine.TickAsync(CancellationToken.None);
        (_engine.Reports, _engine.Failures).ShouldBe((0, 1));
        await AllowAsync(target, source);
        _time.Advance(TimeSpan.FromHours(1));
        await _engine.TickAsync(CancellationToken.None);
        _engine.Reports.ShouldBe(1);
        await _engine.TickAsync(CancellationToken.None);
        _engine.Reports.ShouldBe(1);
        _time.Advance(TimeSpan.FromHours(23));
        await _engine.TickAsync(CancellationToken.None);
        _engine.Reports.ShouldBe(2);
        (await KeysAsync(target)).Count.ShouldBe(6);
        await S3.DeleteBucketInventoryConfigurationAsync(new() { BucketName = source, InventoryId = "report" });
        _time.Advance(TimeSpan.FromDays(2));
        await _engine.TickAsync(CancellationToken.None);
        _engine.Reports.ShouldBe(2);
    }

    [Fact]
    public async Task Configurations_are_told_as_they_were_set()
    {
        var (source, target) = await BucketsAsync();
        var configuration = Configuration(target, InventoryIncludedObjectVersions.All, "b", InventoryOptionalField.Size);
        configuration.Schedule.Frequency = InventoryFrequency.Weekly;
        configuration.InventoryFilter = new() { InventoryFilterPredicate = new InventoryPrefixPredicate("in/") };
        await PutAsync(source, configuration);
        await PutAsync(source, Configuration(target, id: "a"));
        var got = (await S3.GetBucketInventoryConfigurationAsync(new() { BucketName = source, InventoryId = "b" })).InventoryConfiguration;
        (got.InventoryId, got.Schedule.Frequency, got.IncludedObjectVersions).ShouldBe(("b", InventoryFrequency.Weekly, InventoryIncludedObjectVersions.All));
        (got.Destination.S3BucketDestination.BucketName, got.Destination.S3BucketDestination.Prefix).ShouldBe(("arn:aws:s3:::" + target, "reports"));
        ((InventoryPrefixPredicate)got.InventoryFilter.InventoryFilterPredicate).Prefix.ShouldBe("in/");
        (await S3.ListBucketInventoryConfigurationsAsync(new() { BucketName = source })).InventoryConfigurationList.Select(item => item.InventoryId).ShouldBe(["a", "b"]);
        // The SDK makes an empty answer of NoSuchConfiguration.
        (await S3.GetBucketInventoryConfigurationAsync(new() { BucketName = source, InventoryId = "c" })).InventoryConfiguration?.InventoryId.ShouldBeNull();

        configuration.Destination.S3BucketDestination.InventoryFormat = InventoryFormat.Parquet;
        (await Should.ThrowAsync<AmazonS3Exception>(() => PutAsync(source, configuration))).ErrorCode.ShouldBe("NotImplemented");
        (await Should.ThrowAsync<AmazonS3Exception>(() => PutAsync(source, Configuration(target, fields: [InventoryOptionalField.ObjectAccessControlList])))).ErrorCode.ShouldBe("NotImplemented");
    }
}
