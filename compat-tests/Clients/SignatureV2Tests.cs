using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>Clients that sign by Signature Version 2, against a server that takes it.</summary>
public sealed class SignatureV2Tests : IAsyncLifetime
{
    private readonly TemporaryDirectory _data = new();
    private ServerProcess _server = null!;

    private string Endpoint => _server.Endpoint.GetLeftPart(UriPartial.Authority);

    private Dictionary<string, string> Environment => new()
    {
        ["AWS_ACCESS_KEY_ID"] = ServerProcess.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = ServerProcess.SecretKey,
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_CONFIG_FILE"] = _data["aws.config"],
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["S3_ENDPOINT"] = Endpoint,
    };

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_data["aws.config"], "[default]\ns3 =\n  signature_version = s3\n  addressing_style = path\n");
        _server = await ServerProcess.StartAsync(_data.Path, arguments: ["--signature-v2"]);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task Old_clients_work_as_new_ones_do()
    {
        var boto3 = await Tool.RunAsync("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "boto3_v2.py"), "boto3-v2"], Environment);
        boto3.Succeeded().ShouldContain("v2: ok");
        await S3cmdAsync();
        await AwsCliAsync();
    }

    private async Task S3cmdAsync()
    {
        using var work = new TemporaryDirectory();
        var files = OddTree.Make(work["up"], seed: 7);
        async Task<string> RunAsync(params string[] arguments) => (await Tool.RunAsync("s3cmd",
        [
            "--config=/dev/null", $"--access_key={ServerProcess.AccessKey}", $"--secret_key={ServerProcess.SecretKey}", "--no-ssl", "--signature-v2",
            $"--host={_server.Endpoint.Authority}", $"--host-bucket={_server.Endpoint.Authority}", "--region=us-east-1", .. arguments,
        ])).Succeeded();

        await RunAsync("mb", "s3://s3cmd-v2");
        await RunAsync("sync", work["up"] + "/", "s3://s3cmd-v2/tree/");
        Directory.CreateDirectory(work["down"]);
        await RunAsync("sync", "s3://s3cmd-v2/tree/", work["down"] + "/");
        OddTree.ShouldMatch(work["down"], files);
        var big = new byte[6 << 20];
        new Random(9).NextBytes(big);
        await File.WriteAllBytesAsync(work["big"], big);
        await RunAsync("put", "--multipart-chunk-size-mb=5", work["big"], "s3://s3cmd-v2/big");
        await RunAsync("get", "s3://s3cmd-v2/big", work["back"]);
        (await File.ReadAllBytesAsync(work["back"])).AsSpan().SequenceEqual(big).ShouldBeTrue();
        await RunAsync("del", "--recursive", "--force", "s3://s3cmd-v2");
        await RunAsync("rb", "s3://s3cmd-v2");
    }

    private async Task AwsCliAsync()
    {
        using var work = new TemporaryDirectory();
        var files = OddTree.Make(work["up"], seed: 8);
        async Task<string> RunAsync(params string[] arguments) =>
            (await Tool.RunAsync("aws", ["--endpoint-url", Endpoint, .. arguments], Environment)).Succeeded();

        await RunAsync("s3", "mb", "s3://awscli-v2");
        await RunAsync("s3", "sync", work["up"], "s3://awscli-v2/tree", "--only-show-errors");
        await RunAsync("s3", "sync", "s3://awscli-v2/tree", work["down"], "--only-show-errors");
        OddTree.ShouldMatch(work["down"], files);
        await RunAsync("s3", "rb", "s3://awscli-v2", "--force");
    }
}
