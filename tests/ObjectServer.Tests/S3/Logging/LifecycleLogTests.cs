using Amazon.S3;
using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectStore.TestKit;

namespace ObjectStore.Server.Tests.S3.Logging;

/// <summary>What lifecycle does is recorded as what requests do: in logs and in journals, once, in the transaction of the change.</summary>
public sealed class LifecycleLogTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly SdkServer _server;
    private LifecycleRunner _runner = null!;

    public LifecycleLogTests() => _server = new SdkServer { StoreTime = _time };

    private AmazonS3Client S3 => _server.Client;

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _runner = new LifecycleRunner(_server.Services.Engine, new DueExecutor(_server.Services.Engine), rowsPerSecond: 1e9);
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Standard_logs_tell_of_each_change_as_aws_does()
    {
        var (source, target) = await LoggedAsync(LogType.Standard, versioned: true);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "old key", ContentBody = "12345" });
        await S3.InitiateMultipartUploadAsync(source, "upload");
        await ExpireAsync(source, new LifecycleRule { Id = "all", Prefix = "", ExpirationDays = 1, NoncurrentDays = 1, AbortDays = 1, ExpiredObjectDeleteMarker = null });
        var lines = (await LinesAsync(source, target)).Select(LogLine.Parse).Where(line => line.Operation.StartsWith("S3.", StringComparison.Ordinal)).ToList();
        lines.Select(line => $"{line.Operation} {line.Key} {line.ObjectSize}").Order(StringComparer.Ordinal).ShouldBe(
            ["S3.CREATE.DELETEMARKER old%20key -", "S3.DELETE.UPLOAD upload -", "S3.EXPIRE.OBJECT old%20key -", "S3.EXPIRE.OBJECT old%20key 5"]);
        foreach (var line in lines)
        {
            (line.Bucket, line.Requester, line.RemoteIp, line.Uri, line.Status, line.AuthenticationType).ShouldBe((source, "AmazonS3", "-", "-", "-", "-"));
            (line.VersionId != "-").ShouldBe(line.Operation != "S3.DELETE.UPLOAD");
        }
        lines.Select(line => line.RequestId).Distinct().Count().ShouldBe(4);
    }

    [Theory]
    [InlineData("STANDARD_IA", "S3.TRANSITION_SIA.OBJECT")]
    [InlineData("GLACIER_IR", "S3.TRANSITION_GIR.OBJECT")]
    [InlineData("REDUCED_REDUNDANCY", "S3.TRANSITION.OBJECT")]
    public async Task Transitions_are_called_by_their_class(string storageClass, string operation)
    {
        var (source, target) = await LoggedAsync(LogType.Standard);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "k", ContentBody = "12345" });
        await ExpireAsync(source, new LifecycleRule { Id = "all", Prefix = "", Transitions = [new LifecycleTransition(storageClass, 1)] });
        var line = (await LinesAsync(source, target)).Select(LogLine.Parse).Single(line => line.Operation.StartsWith("S3.", StringComparison.Ordinal));
        (line.Operation, line.Key, line.ObjectSize, line.VersionId).ShouldBe((operation, "k", "5", "-"));
    }

    [Fact]
    public async Task Journals_tell_of_them_if_their_filter_takes_the_key()
    {
        var (source, target) = await LoggedAsync(LogType.Journal, filters: new LogFilter(KeyPart.Prefix, "in/"));
        await S3.PutObjectAsync(new() { BucketName = source, Key = "in/k", ContentBody = "123" });
        await S3.PutObjectAsync(new() { BucketName = source, Key = "out/k", ContentBody = "123" });
        await ExpireAsync(source, new LifecycleRule { Id = "all", Prefix = "", ExpirationDays = 1 });
        var fields = (await LinesAsync(source, target)).Select(line => line.Split(' ')).ToList();
        fields.ShouldAllBe(line => line.Length == 9);
        fields.Select(line => $"{line[4]} {line[5]} {line[6]}").ShouldBe(["REST.PUT.OBJECT in/k 3", "S3.EXPIRE.OBJECT in/k 3"]);
    }

    /// <summary>No request comes behind them, and nobody asks for the log.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_are_delivered_by_themselves_also_after_a_restart(bool restarts)
    {
        var (source, target) = await LoggedAsync(LogType.Standard);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "k", ContentBody = "123" });
        await LinesAsync(source, target);
        await ExpireAsync(source, new LifecycleRule { Id = "all", Prefix = "", ExpirationDays = 1 });
        var log = _server.AccessLog;
        if (restarts)
        {
            log = new AccessLog(_server.Services, _server.Identities, "us-east-1");
            _server.Services.Engine.LogSignals.Take();
            await log.LoadAsync(CancellationToken.None);
        }
        await log.TickAsync(CancellationToken.None);
        _time.Advance(BucketLogging.DefaultRollTime + AccessLog.IdleGrace + TimeSpan.FromSeconds(1));
        await log.TickAsync(CancellationToken.None);
        (await ReadAsync(target)).Count(line => line.Contains("S3.EXPIRE.OBJECT", StringComparison.Ordinal)).ShouldBe(1);
        log.OldestAt.ShouldBeNull();
    }

    [Fact]
    public async Task Rules_go_on_where_the_target_is_gone()
    {
        var (source, target) = await LoggedAsync(LogType.Journal);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "k", ContentBody = "123" });
        await LinesAsync(source, target);
        foreach (var found in (await S3.ListObjectsV2Async(new() { BucketName = target })).S3Objects) await S3.DeleteObjectAsync(target, found.Key);
        await S3.DeleteBucketAsync(target);
        await ExpireAsync(source, new LifecycleRule { Id = "all", Prefix = "", ExpirationDays = 1 });
        (await S3.ListObjectsV2Async(new() { BucketName = source })).KeyCount.ShouldBe(0);
    }

    private async Task<(string Source, string Target)> LoggedAsync(LogType type, bool versioned = false, params LogFilter[] filters)
    {
        var (source, target) = (await _server.NewBucketAsync(versioned), await _server.NewBucketAsync());
        await S3.PutBucketPolicyAsync(target, $$"""
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{{target}}/*"} }
            """);
        var logging = new BucketLogging { TargetBucket = target, TargetPrefix = "", Type = type, Filters = filters };
        (await _server.Buckets.SetLoggingAsync(source, logging, CancellationToken.None)).IsOk.ShouldBeTrue();
        return (source, target);
    }

    /// <summary>Days go by, as many as it takes for what one change brings about to be due, too.</summary>
    private async Task ExpireAsync(string bucket, LifecycleRule rule)
    {
        (await _server.Services.Lifecycle.PutAsync(bucket, new LifecycleConfiguration([rule]), CancellationToken.None)).IsOk.ShouldBeTrue();
        for (var day = 0; day < 6; day++)
        {
            while (await _runner.PassAsync(CancellationToken.None))
            {
            }
            _time.Advance(TimeSpan.FromDays(1));
        }
        _runner.Errors.ShouldBe(0);
    }

    private async Task<List<string>> LinesAsync(string source, string target)
    {
        var bucket = (await _server.Buckets.GetAsync(source, CancellationToken.None)).Value;
        (await _server.AccessLog.FlushAsync(new LogSource(source, bucket.Id, bucket.OwnerId), bucket.Logging!, evenIfEmpty: false, CancellationToken.None)).IsOk.ShouldBeTrue();
        return await ReadAsync(target);
    }

    private async Task<List<string>> ReadAsync(string target)
    {
        var lines = new List<string>();
        foreach (var found in (await S3.ListObjectsV2Async(new() { BucketName = target })).S3Objects ?? [])
        {
            using var answer = await S3.GetObjectAsync(target, found.Key);
            using var reader = new StreamReader(answer.ResponseStream);
            while (await reader.ReadLineAsync() is { } line) lines.Add(line);
        }
        return lines;
    }
}
