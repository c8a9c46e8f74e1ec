using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectStore.TestKit;

namespace ObjectStore.Server.Tests.S3.Logging;

/// <summary>Server access logs from the AWS SDK's side: what is recorded, and that each record is in one log object, once.</summary>
public sealed class BucketLoggingTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly SdkServer _server;

    public BucketLoggingTests() => _server = new SdkServer { StoreTime = _time };

    private AmazonS3Client S3 => _server.Client;

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    private static string PolicyFor(string target, string source, string prefix = "logs/") => $$"""
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
          "Resource": "arn:aws:s3:::{{target}}/{{prefix}}*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::{{source}}"} } }]}
        """;

    private async Task<(string Source, string Target)> LoggedAsync(bool versioned = false, TargetObjectKeyFormat? format = null)
    {
        var (source, target) = (await _server.NewBucketAsync(versioned), await _server.NewBucketAsync());
        await S3.PutBucketPolicyAsync(target, PolicyFor(target, source));
        await PutLoggingAsync(source, target, format);
        return (source, target);
    }

    private Task PutLoggingAsync(string source, string target, TargetObjectKeyFormat? format = null) => S3.PutBucketLoggingAsync(new()
    {
        BucketName = source,
        LoggingConfig = new() { TargetBucketName = target, TargetPrefix = "logs/", TargetObjectKeyFormat = format },
    });

    private async Task<string> ReadAsync(string bucket, string key)
    {
        using var answer = await S3.GetObjectAsync(bucket, key);
        using var reader = new StreamReader(answer.ResponseStream);
        return await reader.ReadToEndAsync();
    }

    private async Task<List<string>> KeysAsync(string bucket) => [.. ((await S3.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects ?? []).Select(found => found.Key)];

    private async Task<List<LogLine>> LinesAsync(string target)
    {
        var lines = new List<LogLine>();
        foreach (var key in await KeysAsync(target)) lines.AddRange(LogLine.ParseAll(await ReadAsync(target, key)));
        return lines;
    }

    /// <summary>Everything that was recorded so far becomes log objects.</summary>
    private async Task DeliverAsync(AccessLog? log = null)
    {
        _time.Advance(BucketLogging.DefaultRollTime + AccessLog.IdleGrace + TimeSpan.FromSeconds(1));
        await (log ?? _server.AccessLog).TickAsync(CancellationToken.None);
    }

    /// <summary>Everything that was recorded so far becomes durable.</summary>
    private async Task CommitAsync()
    {
        await _server.AccessLog.TickAsync(CancellationToken.None);
    }

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }

    [Fact]
    public async Task Requests_are_recorded_with_all_fields()
    {
        var (source, target) = await LoggedAsync(versioned: true);
        var put = await S3.PutObjectAsync(new() { BucketName = source, Key = "a key/ü\"", ContentBody = "0123456789" });
        using (await S3.GetObjectAsync(new GetObjectRequest { BucketName = source, Key = "a key/ü\"", ByteRange = new(2, 5) })) { }
        (await ErrorOfAsync(() => S3.GetObjectAsync(source, "none"))).ShouldBe("404 NoSuchKey");
        await S3.ListObjectsV2Async(new() { BucketName = source });
        await DeliverAsync();

        var lines = await LinesAsync(target);
        lines.Select(line => line.Operation).ShouldBe(["REST.PUT.OBJECT", "REST.GET.OBJECT", "REST.GET.OBJECT", "REST.GET.BUCKET"]);
        lines.ShouldAllBe(line => line.Bucket == source && line.RemoteIp == "127.0.0.1" && line.Requester == line.Owner && line.AuthenticationType == "AuthHeader" && line.SignatureVersion == "SigV4");
        var first = lines[0];
        (first.Key, first.Status, first.Error, first.BytesSent, first.ObjectSize, first.VersionId).ShouldBe(("a%20key/%C3%BC%22", "200", "-", "-", "10", put.VersionId));
        first.RequestId.ShouldBe(put.ResponseMetadata.RequestId);
        first.Uri.ShouldStartWith($"PUT /{source}/");
        first.Uri.ShouldEndWith(" HTTP/1.1");
        first.UserAgent.ShouldContain("aws-sdk-dotnet");
        (DateTimeOffset.UtcNow - first.Time).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(5));
        (lines[1].Status, lines[1].BytesSent, lines[1].ObjectSize).ShouldBe(("206", "4", "10"));
        (lines[2].Status, lines[2].Error, lines[2].ObjectSize).ShouldBe(("404", "NoSuchKey", "-"));
        int.Parse(lines[2].BytesSent, CultureInfo.InvariantCulture).ShouldBeGreaterThan(100);
        (lines[3].Key, lines[3].Status).ShouldBe(("-", "200"));
    }

    [Fact]
    public async Task Each_key_of_a_batch_delete_and_both_sides_of_a_copy_have_records()
    {
        var (source, target) = await LoggedAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await S3.CopyObjectAsync(source, "a", source, "b");
        await S3.DeleteObjectsAsync(new() { BucketName = source, Objects = [new() { Key = "a" }, new() { Key = "b" }] });
        await DeliverAsync();

        var lines = await LinesAsync(target);
        lines.Select(line => (line.Operation, line.Key)).ShouldBe(
        [
            ("REST.PUT.OBJECT", "a"), ("REST.COPY.OBJECT", "b"), ("REST.COPY.OBJECT_GET", "a"),
            ("REST.POST.MULTI_OBJECT_DELETE", "-"), ("BATCH.DELETE.OBJECT", "a"), ("BATCH.DELETE.OBJECT", "b"),
        ]);
        lines[4].Status.ShouldBe("204");
        lines[4].RequestId.ShouldBe(lines[3].RequestId);
    }

    [Fact]
    public async Task Who_is_turned_away_is_recorded_and_signatures_in_queries_are_not()
    {
        var (source, target) = await LoggedAsync();
        using var nobody = _server.ClientOf(new Amazon.Runtime.AnonymousAWSCredentials());
        (await ErrorOfAsync(() => nobody.GetObjectAsync(source, "k"))).ShouldBe("403 AccessDenied");
        using var wrong = _server.NewClientOf("access-key", "another-secret");
        (await ErrorOfAsync(() => wrong.GetObjectAsync(source, "k"))).ShouldBe("403 SignatureDoesNotMatch");
        await S3.PutObjectAsync(new() { BucketName = source, Key = "k", ContentBody = "x" });
        var url = await S3.GetPreSignedURLAsync(new() { BucketName = source, Key = "k", Expires = DateTime.UtcNow.AddHours(1), Protocol = Protocol.HTTP });
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Referrer = new Uri(url);
        (await http.GetAsync(new Uri(url))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync(new Uri(url.Replace("X-Amz-Signature", "X-Amz-%53ignature", StringComparison.Ordinal)))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await DeliverAsync();

        var lines = await LinesAsync(target);
        var signature = url[(url.LastIndexOf("Signature=", StringComparison.Ordinal) + 10)..];
        foreach (var line in lines) line.Fields.ShouldAllBe(field => !field.Contains(signature));
        lines.Select(line => (line.Status, line.Error, line.Requester == "-", line.AuthenticationType)).ShouldBe(
            [("403", "AccessDenied", true, "-"), ("403", "SignatureDoesNotMatch", true, "-"), ("200", "-", false, "AuthHeader"), ("200", "-", false, "QueryString"), ("200", "-", false, "QueryString")]);
        lines[3].Uri.ShouldContain("X-Amz-Signature=- ");
    }

    [Fact]
    public async Task No_record_is_lost_or_doubled_with_32_clients_while_objects_roll()
    {
        var (source, target) = await LoggedAsync();
        const int clients = 32, each = 12;
        using var stop = new CancellationTokenSource();
        var roller = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                _time.Advance(TimeSpan.FromMinutes(3));
                await _server.AccessLog.TickAsync(CancellationToken.None);
                await Task.Delay(1);
            }
        });
        var ids = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var sent = new List<string>();
            for (var i = 0; i < each; i++)
                sent.Add((await S3.PutObjectAsync(new() { BucketName = source, Key = $"{client}/{i}", ContentBody = "x" })).ResponseMetadata.RequestId);
            return sent;
        })));
        await stop.CancelAsync();
        await roller;
        await DeliverAsync();

        (await LinesAsync(target)).Select(line => line.RequestId).Order().ShouldBe(ids.SelectMany(sent => sent).Order());
        _server.AccessLog.Counts.Delivered.ShouldBe(clients * each);
        _server.Rows.Rows.ShouldNotContain(row => row.Key[0] == KvTables.Queues && row.Key[1] == (byte)'l');
    }

    [Fact]
    public async Task Records_outlive_a_crash_once_they_are_committed_and_are_delivered_once()
    {
        var (source, target) = await LoggedAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await CommitAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "b", ContentBody = "x" });
        (await KeysAsync(target)).ShouldBeEmpty();

        // Another process over the same rows: of the first one's memory nothing is left.
        var after = await ReopenAsync();
        await DeliverAsync(after);
        (await LinesAsync(target)).Select(line => line.Key).ShouldBe(["a"]);
        await DeliverAsync(await ReopenAsync());
        (await KeysAsync(target)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_in_the_delivery_s_transaction_neither_loses_nor_doubles(bool isWritten)
    {
        var (source, target) = await LoggedAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await CommitAsync();
        Action<IKvTransaction> crash = _ => throw new KvException(KvFault.UnknownOutcome, "the journal is gone");
        if (isWritten) _server.Rows.AfterCommit = crash;
        else _server.Rows.BeforeCommit = crash;
        await DeliverAsync();
        (_server.Rows.AfterCommit, _server.Rows.BeforeCommit) = (null, null);
        _server.AccessLog.Counts.Failures.ShouldBe(1);
        _server.AccessLog.FailingStreams.ShouldBe(1);

        _time.Advance(TimeSpan.FromMinutes(1));
        await _server.AccessLog.TickAsync(CancellationToken.None);
        await DeliverAsync(await ReopenAsync());
        (await LinesAsync(target)).Select(line => line.Key).ShouldBe(["a"]);
        _server.AccessLog.FailingStreams.ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_commit_of_records_is_repeated_under_the_same_rows()
    {
        var (source, target) = await LoggedAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        _server.Rows.AfterCommit = _ => throw new KvException(KvFault.UnknownOutcome, "the journal is gone");
        await _server.AccessLog.TickAsync(CancellationToken.None);
        _server.Rows.AfterCommit = null;
        await DeliverAsync();
        (await LinesAsync(target)).Select(line => line.Key).ShouldBe(["a"]);
    }

    private async Task<AccessLog> ReopenAsync()
    {
        var log = new AccessLog(_server.Services, _server.Identities, "us-east-1");
        await log.LoadAsync(CancellationToken.None);
        return log;
    }

    [Fact]
    public async Task A_target_that_takes_nothing_gets_its_records_when_it_does_again()
    {
        var (source, target) = await LoggedAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await S3.DeleteBucketPolicyAsync(target);
        await DeliverAsync();
        (await KeysAsync(target)).ShouldBeEmpty();
        _server.AccessLog.FailingStreams.ShouldBe(1);
        _server.AccessLog.OldestAt.ShouldNotBeNull();

        await S3.PutBucketPolicyAsync(target, PolicyFor(target, source));
        _time.Advance(TimeSpan.FromMinutes(1));
        await _server.AccessLog.TickAsync(CancellationToken.None);
        (await LinesAsync(target)).Select(line => line.Key).ShouldBe(["a"]);
        (_server.AccessLog.FailingStreams, _server.AccessLog.OldestAt).ShouldBe((0, null));
    }

    [Fact]
    public async Task A_target_without_room_in_its_quota_gets_its_records_when_there_is_some()
    {
        var (source, target) = await LoggedAsync();
        (await _server.Buckets.Quotas.SetAsync(target, new BucketQuota(10, null), CancellationToken.None)).IsOk.ShouldBeTrue();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await DeliverAsync();
        (_server.AccessLog.FailingStreams, _server.AccessLog.Counts.Dropped).ShouldBe((1, 0));
        await S3.PutObjectAsync(new() { BucketName = source, Key = "b", ContentBody = "x" });

        (await _server.Buckets.Quotas.ClearAsync(target, CancellationToken.None)).IsOk.ShouldBeTrue();
        await DeliverAsync();
        (await LinesAsync(target)).Select(line => line.Key).ShouldBe(["a", "b"]);
        _server.AccessLog.FailingStreams.ShouldBe(0);
    }

    [Fact]
    public async Task Records_for_a_bucket_that_is_gone_are_dropped_and_not_given_to_its_successor()
    {
        var (source, target) = await LoggedAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await S3.DeleteBucketAsync(target);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "b", ContentBody = "x" });
        await S3.PutBucketAsync(target);
        await S3.PutBucketPolicyAsync(target, PolicyFor(target, source));
        await S3.PutObjectAsync(new() { BucketName = source, Key = "c", ContentBody = "x" });
        await DeliverAsync();
        (await LinesAsync(target)).Select(line => line.Key).ShouldBe(["c"]);
        _server.AccessLog.Counts.Dropped.ShouldBe(2);
    }

    [Fact]
    public async Task Logs_about_logs_end()
    {
        var bucket = await _server.NewBucketAsync();
        await S3.PutBucketPolicyAsync(bucket, PolicyFor(bucket, bucket));
        await PutLoggingAsync(bucket, bucket);
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "a", ContentBody = "x" });
        for (var i = 0; i < 5; i++) await DeliverAsync();
        (await KeysAsync(bucket)).Count(key => key.StartsWith("logs/", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task What_one_bucket_grants_of_its_records_is_not_granted_of_another_s()
    {
        var (open, target) = (await _server.NewBucketAsync(), await _server.NewBucketAsync());
        var closed = await _server.NewBucketAsync();
        await S3.PutBucketPolicyAsync(target, PolicyFor(target, "*"));
        var logging = new BucketLogging { TargetBucket = target, TargetPrefix = "logs/" };
        (await _server.Buckets.SetLoggingAsync(closed, logging, CancellationToken.None)).IsOk.ShouldBeTrue();
        (await _server.Buckets.SetLoggingAsync(open, logging with { ObjectAcl = new byte[] { 1, 2, 3 } }, CancellationToken.None)).IsOk.ShouldBeTrue();
        foreach (var bucket in (string[])[closed, open, closed]) await S3.PutObjectAsync(new() { BucketName = bucket, Key = "a", ContentBody = "x" });
        await DeliverAsync();
        var keys = await KeysAsync(target);
        keys.Count.ShouldBe(2);
        foreach (var key in keys) LogLine.ParseAll(await ReadAsync(target, key)).Select(line => line.Bucket).Distinct().Count().ShouldBe(1);
        (await LinesAsync(target)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Partitioned_names_hold_the_source_and_the_day()
    {
        var (source, target) = await LoggedAsync(format: new() { PartitionedPrefix = new() { PartitionDateSource = PartitionDateSource.EventTime } });
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        _time.Advance(TimeSpan.FromDays(1));
        await S3.PutObjectAsync(new() { BucketName = source, Key = "b", ContentBody = "x" });
        await DeliverAsync();
        var account = (await _server.Buckets.GetAsync(source, CancellationToken.None)).Value.OwnerId;
        var id = _server.Identities.FindAccountByCanonicalId(account)!.Id;
        var keys = await KeysAsync(target);
        keys.Select(key => key[..key.LastIndexOf('-')]).ShouldBe(
            [$"logs/{id}/us-east-1/{source}/2026/01/01/2026-01-01-00-00-00", $"logs/{id}/us-east-1/{source}/2026/01/02/2026-01-02-00-00-00"]);
        keys.ShouldAllBe(key => key.Length - key.LastIndexOf('-') == 17);
    }

    [Fact]
    public async Task Targets_that_cannot_be_are_refused()
    {
        var (source, target) = (await _server.NewBucketAsync(), await _server.NewBucketAsync());
        (await ErrorOfAsync(() => PutLoggingAsync(source, "is-not-there"))).ShouldBe("400 InvalidTargetBucketForLogging");
        (await ErrorOfAsync(() => PutLoggingAsync(source, target))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(target, PolicyFor(target, "another"));
        (await ErrorOfAsync(() => PutLoggingAsync(source, target))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(target, PolicyFor(target, source, "elsewhere/"));
        (await ErrorOfAsync(() => PutLoggingAsync(source, target))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(target, PolicyFor(target, source));
        (await ErrorOfAsync(() => PutLoggingAsync(source, target))).ShouldBe("none");
        await S3.PutBucketRequestPaymentAsync(new() { BucketName = target, RequestPaymentConfiguration = new() { Payer = "Requester" } });
        (await ErrorOfAsync(() => PutLoggingAsync(source, target, new() { SimplePrefix = new() }))).ShouldBe("400 InvalidTargetBucketForLogging");
    }

    [Fact]
    public async Task The_configuration_is_told_as_it_was_set_and_goes_with_an_empty_one()
    {
        var (source, target) = await LoggedAsync(format: new() { PartitionedPrefix = new() { PartitionDateSource = PartitionDateSource.DeliveryTime } });
        var set = (await S3.GetBucketLoggingAsync(source)).BucketLoggingConfig;
        (set.TargetBucketName, set.TargetPrefix).ShouldBe((target, "logs/"));
        set.TargetObjectKeyFormat.PartitionedPrefix.PartitionDateSource.ShouldBe(PartitionDateSource.DeliveryTime);
        await S3.PutBucketLoggingAsync(new() { BucketName = source, LoggingConfig = new() });
        (await S3.GetBucketLoggingAsync(source)).BucketLoggingConfig?.TargetBucketName.ShouldBeNull();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await DeliverAsync();
        (await LinesAsync(target)).ShouldNotContain(line => line.Operation == "REST.PUT.OBJECT");
    }

    [Fact]
    public async Task A_request_with_the_longest_headers_is_recorded_and_holds_up_no_other()
    {
        var (source, target) = await LoggedAsync();
        // Each of these bytes takes six characters of the record.
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
            var stream = client.GetStream();
            await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(
                $"GET /{source}/key?versionId={new string('"', 8000)} HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nUser-Agent: {new string('\u00ff', 31_000)}\r\nConnection: close\r\n\r\n"));
            using var reader = new StreamReader(stream);
            (await reader.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 403");
        }
        await S3.PutObjectAsync(new() { BucketName = source, Key = "after", ContentBody = "x" });
        await DeliverAsync();
        var texts = new List<string>();
        foreach (var key in await KeysAsync(target)) texts.Add(await ReadAsync(target, key));
        var lines = string.Concat(texts).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldContain(line => line.Contains("REST.PUT.OBJECT after", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("%C3%BF...\"", StringComparison.Ordinal));
        lines.Max(line => line.Length).ShouldBeLessThan(128 * 1024);
    }
}
