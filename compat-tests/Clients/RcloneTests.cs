using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

public sealed class RcloneTests(RunningServer running) : IClassFixture<RunningServer>
{
    private Dictionary<string, string> Environment => new()
    {
        ["RCLONE_CONFIG"] = "/dev/null",
        ["AWS_CA_BUNDLE"] = "",
        ["RCLONE_CONFIG_STORE_TYPE"] = "s3",
        ["RCLONE_CONFIG_STORE_PROVIDER"] = "Other",
        ["RCLONE_CONFIG_STORE_ENDPOINT"] = running.Endpoint,
        ["RCLONE_CONFIG_STORE_ACCESS_KEY_ID"] = ServerProcess.AccessKey,
        ["RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY"] = ServerProcess.SecretKey,
        ["RCLONE_CONFIG_STORE_REGION"] = "us-east-1",
    };

    private async Task<string> RcloneAsync(params string[] arguments) => (await Tool.RunAsync("rclone", arguments, Environment)).Succeeded();

    [Fact]
    public async Task Sync_check_and_purge_of_a_tree_with_odd_names()
    {
        using var work = new TemporaryDirectory();
        var files = OddTree.Make(work["up"], seed: 5);
        var bucket = running.NewBucketName("rclone");
        await RcloneAsync("mkdir", $"store:{bucket}");
        await RcloneAsync("sync", work["up"], $"store:{bucket}/tree");
        await RcloneAsync("check", "--download", work["up"], $"store:{bucket}/tree");
        await RcloneAsync("copy", $"store:{bucket}/tree", work["down"]);
        OddTree.ShouldMatch(work["down"], files);
        await RcloneAsync("copy", $"store:{bucket}/tree", $"store:{bucket}/server-side");
        await RcloneAsync("check", "--download", work["up"], $"store:{bucket}/server-side");
        await RcloneAsync("purge", $"store:{bucket}");
        (await RcloneAsync("lsd", "store:")).ShouldNotContain(bucket);
    }

    [Fact]
    public async Task A_stream_of_unknown_length_is_uploaded_in_parts()
    {
        using var work = new TemporaryDirectory();
        var bucket = running.NewBucketName("rclone");
        await RcloneAsync("mkdir", $"store:{bucket}");
        var text = string.Concat(Enumerable.Range(0, 1_500_000).Select(i => $"{i}\n"));
        (await Tool.RunAsync("rclone", ["rcat", "--s3-chunk-size=5Mi", $"store:{bucket}/stream"], Environment, input: text)).Succeeded();
        (await RcloneAsync("cat", $"store:{bucket}/stream") == text).ShouldBeTrue();
    }
}
