using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

public sealed class S3cmdTests(RunningServer running) : IClassFixture<RunningServer>
{
    private async Task<string> S3cmdAsync(params string[] arguments) => (await Tool.RunAsync("s3cmd",
    [
        "--config=/dev/null", $"--access_key={ServerProcess.AccessKey}", $"--secret_key={ServerProcess.SecretKey}", "--no-ssl",
        $"--host={running.Server.Endpoint.Authority}", $"--host-bucket={running.Server.Endpoint.Authority}", "--region=us-east-1", .. arguments,
    ])).Succeeded();

    [Fact]
    public async Task A_tree_goes_there_and_back_and_is_deleted()
    {
        using var work = new TemporaryDirectory();
        var files = OddTree.Make(work["up"], seed: 3);
        var bucket = running.NewBucketName("s3cmd");
        await S3cmdAsync("mb", $"s3://{bucket}");
        await S3cmdAsync("sync", work["up"] + "/", $"s3://{bucket}/tree/");
        Directory.CreateDirectory(work["down"]);
        await S3cmdAsync("sync", $"s3://{bucket}/tree/", work["down"] + "/");
        OddTree.ShouldMatch(work["down"], files);
        (await S3cmdAsync("ls", $"s3://{bucket}/tree/")).ShouldContain("DIR");
        await S3cmdAsync("del", "--recursive", "--force", $"s3://{bucket}");
        (await S3cmdAsync("ls", "--recursive", $"s3://{bucket}")).ShouldBeEmpty();
        await S3cmdAsync("rb", $"s3://{bucket}");
    }

    [Fact]
    public async Task A_multipart_upload_is_copied_and_moved_with_its_metadata()
    {
        using var work = new TemporaryDirectory();
        var bytes = new byte[20 << 20];
        new Random(4).NextBytes(bytes);
        await File.WriteAllBytesAsync(work["big"], bytes);
        var bucket = running.NewBucketName("s3cmd");
        await S3cmdAsync("mb", $"s3://{bucket}");
        await S3cmdAsync("put", "--multipart-chunk-size-mb=5", "--add-header=x-amz-meta-colour:blue", work["big"], $"s3://{bucket}/big");
        await S3cmdAsync("cp", $"s3://{bucket}/big", $"s3://{bucket}/copy");
        await S3cmdAsync("mv", $"s3://{bucket}/copy", $"s3://{bucket}/moved");
        (await S3cmdAsync("info", $"s3://{bucket}/moved")).ShouldContain("blue");
        await S3cmdAsync("get", $"s3://{bucket}/moved", work["back"]);
        (await File.ReadAllBytesAsync(work["back"])).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }
}
