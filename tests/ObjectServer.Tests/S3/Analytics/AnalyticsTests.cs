using System.Diagnostics;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectStore.TestKit;

namespace ObjectStore.Server.Tests.S3.Analytics;

/// <summary>Storage class analyses: configured by the AWS SDK, exported as S3 lays them out.</summary>
public sealed class AnalyticsTests : IAsyncLifetime
{
    private const int Large = 256 * 1024;

    private readonly FakeTime _time = new();
    private readonly SdkServer _server;
    private AnalyticsEngine _engine = null!;
    private long _reads;
    private long _writes;

    public AnalyticsTests() => _server = new SdkServer { StoreTime = _time };

    private AmazonS3Client S3 => _server.Client;

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _engine = new AnalyticsEngine(_server.Services, _server.Identities, _server.Analytics);
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    private Task AllowAsync(string target) => S3.PutBucketPolicyAsync(target, $$"""
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{{target}}/*"} }
        """);

    private static AnalyticsConfiguration Configuration(string target, AnalyticsFilterPredicate? filter = null, string id = "all", string? prefix = "reports") => new()
    {
        AnalyticsId = id,
        AnalyticsFilter = filter is null ? null : new() { AnalyticsFilterPredicate = filter },
        StorageClassAnalysis = new()
        {
            DataExport = new()
            {
                OutputSchemaVersion = StorageClassAnalysisSchemaVersion.V_1,
                Destination = new() { S3BucketDestination = new() { BucketName = "arn:aws:s3:::" + target, Format = AnalyticsS3ExportFileFormat.CSV, Prefix = prefix } },
            },
        },
    };

    private Task PutAsync(string source, AnalyticsConfiguration configuration) =>
        S3.PutBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = configuration.AnalyticsId, AnalyticsConfiguration = configuration });

    private async Task<(string Source, string Target)> BucketsAsync()
    {
        var (source, target) = (await _server.NewBucketAsync(), await _server.NewBucketAsync());
        await AllowAsync(target);
        return (source, target);
    }

    private async Task WriteAsync(string bucket, string key, int lengthBytes, params List<Tag> tags)
    {
        var before = _server.Analytics.Counted;
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = key, InputStream = new MemoryStream(new byte[lengthBytes]), TagSet = tags });
        // Counted before it is answered, if the bucket is watched.
        _writes += _server.Analytics.Counted - before;
    }

    private async Task ReadAsync(string bucket, string key, ByteRange? range = null)
    {
        using var answer = await S3.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = range });
        await answer.ResponseStream.CopyToAsync(Stream.Null);
        // The client may have all before the read is counted.
        _reads++;
        for (var waited = Stopwatch.StartNew(); _server.Analytics.Counted < _reads + _writes; await Task.Delay(1))
            waited.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    private async Task<Dictionary<string, string[]>> RowsAsync(string target, string source, string id = "all")
    {
        using var answer = await S3.GetObjectAsync(target, $"reports/{source}/{id}.csv");
        answer.Headers.ContentType.ShouldBe("text/csv");
        using var reader = new StreamReader(answer.ResponseStream);
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe(AnalyticsReport.Header);
        return lines.Skip(1).Select(line => line.Split(',')).ToDictionary(fields => $"{fields[0]} {fields[3]} {fields[4]}");
    }

    private async Task EndDayAsync()
    {
        _time.Advance(TimeSpan.FromDays(1));
        await _engine.TickAsync(CancellationToken.None);
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
    public async Task Configurations_are_kept_told_and_removed()
    {
        var (source, target) = await BucketsAsync();
        var filter = new AnalyticsAndOperator([new AnalyticsPrefixPredicate("docs/"), new AnalyticsTagPredicate(new Tag { Key = "team", Value = "red" })]);
        await PutAsync(source, Configuration(target, filter, "two"));
        await PutAsync(source, Configuration(target, new AnalyticsTagPredicate(new Tag { Key = "a", Value = "" }), "one", prefix: null));
        var kept = (await S3.GetBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = "two" })).AnalyticsConfiguration;
        var and = kept.AnalyticsFilter.AnalyticsFilterPredicate.ShouldBeOfType<AnalyticsAndOperator>();
        and.Operands[0].ShouldBeOfType<AnalyticsPrefixPredicate>().Prefix.ShouldBe("docs/");
        and.Operands[1].ShouldBeOfType<AnalyticsTagPredicate>().Tag.Value.ShouldBe("red");
        var destination = kept.StorageClassAnalysis.DataExport.Destination.S3BucketDestination;
        (destination.BucketName, destination.Prefix, destination.Format).ShouldBe(("arn:aws:s3:::" + target, "reports", "CSV"));
        (await S3.ListBucketAnalyticsConfigurationsAsync(new() { BucketName = source })).AnalyticsConfigurationList.Select(item => item.AnalyticsId).ShouldBe(["one", "two"]);

        await S3.DeleteBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = "two" });
        // The SDK makes an empty answer of NoSuchConfiguration.
        (await S3.GetBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = "two" })).AnalyticsConfiguration?.AnalyticsId.ShouldBeNull();
        (await ErrorOfAsync(() => S3.DeleteBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = "two" }))).ShouldBe("404 NoSuchConfiguration");
    }

    [Fact]
    public async Task What_would_have_no_effect_is_refused()
    {
        var (source, target) = await BucketsAsync();
        (await ErrorOfAsync(() => PutAsync(source, Configuration("nowhere-at-all")))).ShouldBe("400 InvalidArgument");
        var hidden = Configuration(target);
        hidden.StorageClassAnalysis = new();
        (await ErrorOfAsync(() => PutAsync(source, hidden))).ShouldBe("501 NotImplemented");
        var other = Configuration(target);
        other.StorageClassAnalysis.DataExport.OutputSchemaVersion = "V_2";
        (await ErrorOfAsync(() => PutAsync(source, other))).ShouldBe("400 MalformedXML");
        (await ErrorOfAsync(() => S3.PutBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = "another", AnalyticsConfiguration = Configuration(target) }))).ShouldBe("400 InvalidArgument");
        (await ErrorOfAsync(() => PutAsync(source, Configuration(target, new AnalyticsAndOperator([new AnalyticsPrefixPredicate("only/")]))))).ShouldBe("400 MalformedXML");
    }

    [Fact]
    public async Task An_export_tells_storage_reads_and_uploads_of_the_day_by_age()
    {
        var (source, target) = await BucketsAsync();
        await WriteAsync(source, "old", Large);
        _time.Advance(TimeSpan.FromDays(20));
        await PutAsync(source, Configuration(target));
        await WriteAsync(source, "new", 2 * Large);
        await WriteAsync(source, "small", 1024);
        await ReadAsync(source, "old");
        await ReadAsync(source, "old", new ByteRange(0, (Large / 2) - 1));
        await ReadAsync(source, "small");
        (await ErrorOfAsync(() => S3.GetObjectAsync(source, "none"))).ShouldBe("404 NoSuchKey");
        await S3.GetObjectMetadataAsync(source, "old");
        await _engine.TickAsync(CancellationToken.None);
        (await ErrorOfAsync(() => S3.GetObjectMetadataAsync(target, $"reports/{source}/all.csv"))).ShouldBe("404 NotFound", "the day is not over");
        await EndDayAsync();

        var rows = await RowsAsync(target, source);
        string[] Row(string age) => rows["01-21-2026 STANDARD " + age];
        Row("000-014")[5..].ShouldBe(["1", "0.5", "0.5", "0", "0", "0.5", "", ""]);
        Row("015-029")[5..].ShouldBe(["1", "0", "0.25", "0.375", "2", "1.5", "", ""]);
        Row("730+")[5..].ShouldBe(["0", "0", "0", "0", "0", "", "", ""]);
        Row("ALL")[5..11].ShouldBe(["3", "0.500977", "0.750977", "0.375977", "3", "0.50065"]);
        rows.Count.ShouldBe(13);

        await ReadAsync(source, "new");
        await EndDayAsync();
        rows = await RowsAsync(target, source);
        rows.Count.ShouldBe(26);
        Row("015-029")[8].ShouldBe("0.375");
        rows["01-22-2026 STANDARD 000-014"][5..11].ShouldBe(["1", "0", "0.5", "0.5", "1", "0.666667"]);
        (_engine.Exports, _engine.Failures).ShouldBe((2, 0));
        _server.Rows.Rows.ShouldNotContain(row => row.Key[0] == KvTables.Queues && row.Key[2] == (byte)'c');
    }

    [Fact]
    public async Task A_filter_takes_the_objects_with_its_prefix_and_all_of_its_tags()
    {
        var (source, target) = await BucketsAsync();
        var red = new Tag { Key = "team", Value = "red" };
        await PutAsync(source, Configuration(target, new AnalyticsAndOperator([new AnalyticsPrefixPredicate("docs/"), new AnalyticsTagPredicate(red)])));
        await WriteAsync(source, "docs/red", Large, red, new Tag { Key = "x", Value = "y" });
        await WriteAsync(source, "docs/blue", Large, new Tag { Key = "team", Value = "blue" });
        await WriteAsync(source, "else/red", Large, red);
        foreach (var key in (string[])["docs/red", "docs/blue", "else/red"]) await ReadAsync(source, key);
        await EndDayAsync();
        var all = (await RowsAsync(target, source))["01-01-2026 STANDARD ALL"];
        all[2].ShouldBe("prefix=docs/ tag:team=red");
        all[5..10].ShouldBe(["1", "0.25", "0.25", "0.25", "1"]);
    }

    [Fact]
    public async Task A_target_that_lets_nothing_in_gets_the_days_later_without_storage_for_those_that_were_missed()
    {
        var (source, target) = await BucketsAsync();
        await S3.DeleteBucketPolicyAsync(target);
        await PutAsync(source, Configuration(target));
        await WriteAsync(source, "key", Large);
        await ReadAsync(source, "key");
        await EndDayAsync();
        _engine.Failures.ShouldBe(1);
        await ReadAsync(source, "key");
        await AllowAsync(target);
        await EndDayAsync();
        var rows = await RowsAsync(target, source);
        rows["01-01-2026 STANDARD ALL"][5..10].ShouldBe(["", "0.25", "", "0.25", "1"]);
        rows["01-02-2026 STANDARD ALL"][5..10].ShouldBe(["1", "0", "0.25", "0.25", "1"]);
    }

    [Fact]
    public async Task A_walk_goes_on_where_a_crash_has_left_it_and_the_file_is_written_once()
    {
        var (source, target) = await BucketsAsync();
        await PutAsync(source, Configuration(target));
        for (var i = 0; i < 25; i++) await WriteAsync(source, $"{i:D2}", 10);
        _time.Advance(TimeSpan.FromDays(1));
        var commits = 0;
        // The begin, and the first step: of which it is not known whether it was written.
        _server.Rows.AfterCommit = _ => { if (++commits == 2) throw new KvException(KvFault.UnknownOutcome, "the process ends"); };
        var first = new AnalyticsEngine(_server.Services, _server.Identities, _server.Analytics) { PageKeys = 1 };
        await first.TickAsync(CancellationToken.None);
        _server.Rows.AfterCommit = null;
        first.Failures.ShouldBe(1);

        for (var i = 0; i < 20; i++) await S3.DeleteObjectAsync(source, $"{i:D2}");
        await _engine.TickAsync(CancellationToken.None);
        (await RowsAsync(target, source))["01-01-2026 STANDARD ALL"][5].ShouldBe("25", "the first twenty were counted before");
    }

    [Fact]
    public async Task Nothing_remains_of_an_analysis_that_is_removed()
    {
        var (source, target) = await BucketsAsync();
        await PutAsync(source, Configuration(target));
        await PutAsync(source, Configuration(target, id: "other"));
        await WriteAsync(source, "key", Large);
        await EndDayAsync();
        await ReadAsync(source, "key");
        await S3.DeleteBucketAnalyticsConfigurationAsync(new() { BucketName = source, AnalyticsId = "all" });
        // What was counted for it before is dropped.
        await _server.Analytics.FlushAsync(CancellationToken.None);
        using (var snapshot = _server.Rows.Snapshot()) (await new MetadataCheck(snapshot).RunAsync(CancellationToken.None)).ShouldBeEmpty();
        await S3.DeleteObjectAsync(source, "key");
        await S3.DeleteBucketAsync(source);
        await EndDayAsync();
        _server.Rows.Rows.ShouldNotContain(row => row.Key[0] == KvTables.Queues && row.Key[1] == (byte)'a');
    }

    [Fact]
    public async Task A_bucket_without_analyses_is_not_counted()
    {
        var source = await _server.NewBucketAsync();
        await WriteAsync(source, "key", Large);
        using (await S3.GetObjectAsync(source, "key")) { }
        await S3.DeleteObjectAsync(source, "key");
        _server.Analytics.Counted.ShouldBe(0);
        await _server.Analytics.FlushAsync(CancellationToken.None);
        _server.Rows.Rows.ShouldNotContain(row => row.Key[0] == KvTables.Queues);
    }
}
