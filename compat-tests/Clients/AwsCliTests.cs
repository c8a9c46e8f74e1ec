using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

public sealed class AwsCliTests(RunningServer running) : IClassFixture<RunningServer>
{
    private async Task<string> AwsAsync(params string[] arguments) =>
        (await Tool.RunAsync("aws", ["--endpoint-url", running.Endpoint, .. arguments], running.AwsEnvironment)).Succeeded();

    [Fact]
    public async Task Sync_brings_a_tree_with_odd_names_there_and_back()
    {
        using var work = new TemporaryDirectory();
        var files = OddTree.Make(work["up"], seed: 1);
        var bucket = running.NewBucketName("awscli-sync");
        await AwsAsync("s3", "mb", $"s3://{bucket}");
        await AwsAsync("s3", "sync", work["up"], $"s3://{bucket}/tree", "--only-show-errors");
        await AwsAsync("s3", "sync", $"s3://{bucket}/tree", work["down"], "--only-show-errors");
        OddTree.ShouldMatch(work["down"], files);
        (await AwsAsync("s3", "sync", work["up"], $"s3://{bucket}/tree")).ShouldBeEmpty("a second sync has nothing to do");
        await AwsAsync("s3", "rb", $"s3://{bucket}", "--force");
        (await AwsAsync("s3", "ls")).ShouldNotContain(bucket);
    }

    [Fact]
    public async Task Multipart_of_100_MiB_comes_back_byte_for_byte_and_in_ranges()
    {
        using var work = new TemporaryDirectory();
        var bytes = new byte[100 << 20];
        new Random(2).NextBytes(bytes);
        await File.WriteAllBytesAsync(work["big"], bytes);
        var bucket = running.NewBucketName("awscli-multipart");
        await AwsAsync("s3", "mb", $"s3://{bucket}");
        await AwsAsync("s3", "cp", work["big"], $"s3://{bucket}/big", "--only-show-errors");
        await AwsAsync("s3", "cp", $"s3://{bucket}/big", work["back"], "--only-show-errors");
        (await File.ReadAllBytesAsync(work["back"])).AsSpan().SequenceEqual(bytes).ShouldBeTrue();

        var head = await AwsAsync("s3api", "head-object", "--bucket", bucket, "--key", "big", "--query", "ETag", "--output", "text");
        head.Trim().ShouldMatch("^\"[0-9a-f]{32}-13\"$", "100 MiB in parts of 8 MiB");
        await AwsAsync("s3api", "get-object", "--bucket", bucket, "--key", "big", "--range", "bytes=8388600-8388700", work["range"]);
        (await File.ReadAllBytesAsync(work["range"])).ShouldBe(bytes[8388600..8388701]);
        await AwsAsync("s3api", "get-object", "--bucket", bucket, "--key", "big", "--range", "bytes=-17", work["suffix"]);
        (await File.ReadAllBytesAsync(work["suffix"])).ShouldBe(bytes[^17..]);

        await AwsAsync("s3", "cp", $"s3://{bucket}/big", $"s3://{bucket}/copy", "--only-show-errors");
        await AwsAsync("s3", "cp", $"s3://{bucket}/copy", work["copied"], "--only-show-errors");
        (await File.ReadAllBytesAsync(work["copied"])).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Versions_delete_markers_and_conditions_work_from_the_shell()
    {
        using var work = new TemporaryDirectory();
        await File.WriteAllTextAsync(work["one"], "one");
        await File.WriteAllTextAsync(work["two"], "two");
        var bucket = running.NewBucketName("awscli-versions");
        await AwsAsync("s3api", "create-bucket", "--bucket", bucket);
        await AwsAsync("s3api", "put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled");
        var first = (await AwsAsync("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", work["one"], "--query", "VersionId", "--output", "text")).Trim();
        await AwsAsync("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", work["two"]);
        await AwsAsync("s3api", "delete-object", "--bucket", bucket, "--key", "k");
        var gone = await Tool.RunAsync("aws", ["--endpoint-url", running.Endpoint, "s3api", "head-object", "--bucket", bucket, "--key", "k"], running.AwsEnvironment);
        gone.ExitCode.ShouldNotBe(0);
        gone.Error.ShouldContain("404");
        await AwsAsync("s3api", "get-object", "--bucket", bucket, "--key", "k", "--version-id", first, work["back"]);
        (await File.ReadAllTextAsync(work["back"])).ShouldBe("one");
        var listing = await AwsAsync("s3api", "list-object-versions", "--bucket", bucket, "--query", "[length(Versions), length(DeleteMarkers)]", "--output", "text");
        listing.Split('\t', StringSplitOptions.TrimEntries).ShouldBe(["2", "1"]);
    }

    [Fact]
    public async Task Presigned_urls_are_good_without_credentials_until_they_are_changed()
    {
        using var work = new TemporaryDirectory();
        await File.WriteAllTextAsync(work["one"], "presigned");
        var bucket = running.NewBucketName("awscli-presign");
        await AwsAsync("s3", "mb", $"s3://{bucket}");
        await AwsAsync("s3", "cp", work["one"], $"s3://{bucket}/a key", "--only-show-errors");
        var url = (await AwsAsync("s3", "presign", $"s3://{bucket}/a key", "--expires-in", "60")).Trim();
        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri(url))).ShouldBe("presigned");
        using var forged = await http.GetAsync(new Uri(url.Replace("a%20key", "b%20key", StringComparison.Ordinal)));
        ((int)forged.StatusCode).ShouldBe(403);
        (await forged.Content.ReadAsStringAsync()).ShouldContain("<Code>SignatureDoesNotMatch</Code>");
    }
}
