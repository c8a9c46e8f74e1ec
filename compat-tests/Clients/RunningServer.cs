using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>One real server for all client tests of a class; each test takes a bucket of its own.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly TemporaryDirectory _data = new();
    private int _buckets;

    public ServerProcess Server { get; private set; } = null!;

    public string Endpoint => Server.Endpoint.GetLeftPart(UriPartial.Authority);

    /// <summary>Nothing of the machine's own configuration, and SigV4 for presigned URLs too, where these clients would choose SigV2.</summary>
    public IReadOnlyDictionary<string, string> AwsEnvironment => new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = ServerProcess.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = ServerProcess.SecretKey,
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_CONFIG_FILE"] = _data["aws.config"],
        ["AWS_CA_BUNDLE"] = "",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["S3_ENDPOINT"] = Endpoint,
    };

    public string NewBucketName(string prefix) => $"{prefix}-{Interlocked.Increment(ref _buckets)}";

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_data["aws.config"], "[default]\ns3 =\n  signature_version = s3v4\n");
        Server = await ServerProcess.StartAsync(_data.Path);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _data.Dispose();
    }
}
