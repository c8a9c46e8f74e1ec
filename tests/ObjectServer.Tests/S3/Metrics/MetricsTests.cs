using System.Buffers;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Metrics;

/// <summary>Metrics configurations: what is set is counted, and shown at the metrics endpoint.</summary>
public sealed class MetricsTests(SdkServer server) : IClassFixture<SdkServer>
{
    private AmazonS3Client S3 => server.Client;

    private Task PutAsync(string bucket, string id, MetricsFilterPredicate? predicate = null) => S3.PutBucketMetricsConfigurationAsync(new()
    {
        BucketName = bucket,
        MetricsId = id,
        MetricsConfiguration = new() { MetricsId = id, MetricsFilter = predicate is null ? null : new() { MetricsFilterPredicate = predicate } },
    });

    /// <summary>The lines of a bucket. The last request's is there a moment after its answer.</summary>
    private async Task<string> ShownAsync(string bucket, Func<string, bool> isThere)
    {
        var limit = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            var shown = Show(server.RequestMetrics).Split('\n').Where(line => line.Contains($"bucket=\"{bucket}\"", StringComparison.Ordinal));
            var text = string.Join('\n', shown);
            if (isThere(text) || DateTime.UtcNow > limit) return text;
            await Task.Delay(5);
        }
    }

    private static string Show(RequestMetrics metrics)
    {
        var output = new ArrayBufferWriter<byte>();
        metrics.Write(new MetricsText(output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public async Task Requests_are_counted_for_the_filters_that_take_them()
    {
        var bucket = await server.NewBucketAsync();
        await PutAsync(bucket, "all");
        await PutAsync(bucket, "in", new MetricsPrefixPredicate("in/"));
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "in/a", ContentBody = "12345", DisablePayloadSigning = false });
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "b", ContentBody = "x" });
        using (await S3.GetObjectAsync(bucket, "in/a")) { }
        await Should.ThrowAsync<AmazonS3Exception>(() => S3.GetObjectAsync(bucket, "in/none"));
        var text = await ShownAsync(bucket, shown => shown.Contains("filter=\"in\",type=\"get\"} 2", StringComparison.Ordinal));
        text.ShouldContain($"objectstore_bucket_requests_total{{bucket=\"{bucket}\",filter=\"in\",type=\"put\"}} 1");
        text.ShouldContain($"objectstore_bucket_requests_total{{bucket=\"{bucket}\",filter=\"in\",type=\"get\"}} 2");
        text.ShouldContain($"objectstore_bucket_errors_total{{bucket=\"{bucket}\",filter=\"in\",status=\"4xx\"}} 1");
        text.ShouldContain($"filter=\"all\",type=\"get\"}} 2");
        text.ShouldNotContain("filter=\"in\",type=\"list\"");
    }

    [Fact]
    public async Task Configurations_are_told_and_go_with_their_numbers()
    {
        var bucket = await server.NewBucketAsync();
        await PutAsync(bucket, "b", new MetricsPrefixPredicate("x/"));
        await PutAsync(bucket, "a");
        (await S3.ListBucketMetricsConfigurationsAsync(new() { BucketName = bucket })).MetricsConfigurationList.Select(item => item.MetricsId).ShouldBe(["a", "b"]);
        var got = (await S3.GetBucketMetricsConfigurationAsync(new() { BucketName = bucket, MetricsId = "b" })).MetricsConfiguration;
        ((MetricsPrefixPredicate)got.MetricsFilter.MetricsFilterPredicate).Prefix.ShouldBe("x/");
        (await ShownAsync(bucket, shown => shown.Contains("filter=\"a\"", StringComparison.Ordinal))).ShouldContain("filter=\"a\"");
        await S3.DeleteBucketMetricsConfigurationAsync(new() { BucketName = bucket, MetricsId = "b" });
        (await S3.ListBucketMetricsConfigurationsAsync(new() { BucketName = bucket })).MetricsConfigurationList.Select(item => item.MetricsId).ShouldBe(["a"]);
        var refused = await Should.ThrowAsync<AmazonS3Exception>(() => PutAsync(bucket, "t", new MetricsTagPredicate(new Tag { Key = "k", Value = "v" })));
        refused.ErrorCode.ShouldBe("NotImplemented");
    }

    [Fact]
    public void More_configurations_than_are_shown_push_out_those_asked_least_lately()
    {
        var metrics = new RequestMetrics();
        var get = OperationTable.Row(S3OperationName.GetObject);
        for (var i = 0; i <= RequestMetrics.MaxShown; i++) metrics.Count($"bucket-{i}", [new Server.S3.Authorization.MetricsFilter("f", null)], get, "k", 200, 0, 0, default, default);
        var shown = Show(metrics);
        shown.ShouldNotContain("bucket=\"bucket-0\"");
        shown.ShouldContain($"bucket=\"bucket-{RequestMetrics.MaxShown}\"");
    }
}
