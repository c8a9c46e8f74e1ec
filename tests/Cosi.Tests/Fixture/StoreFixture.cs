using Amazon.Runtime;
using Amazon.S3;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Client.S3;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>One real server for all tests of the collection, which each use names of their own.</summary>
public sealed class StoreFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private Connection? _connection;

    public ServerProcess Server { get; private set; } = null!;

    /// <summary>The server's buckets as an administrator sees them.</summary>
    internal S3Client Buckets { get; private set; } = null!;

    /// <summary>The server's users and roles.</summary>
    internal IamClient Iam { get; private set; } = null!;

    internal AdminClient Admin { get; private set; } = null!;

    internal StsClient Sts { get; private set; } = null!;

    /// <summary>As a workload with the root's keys sees them.</summary>
    internal IAmazonS3 Objects { get; private set; } = null!;

    /// <summary>A name that no other test has, of the form that the sidecars' names have.</summary>
    public static string NewName(string prefix = "bc-") => prefix + Guid.NewGuid().ToString();

    public async Task InitializeAsync()
    {
        Server = await ServerProcess.StartAsync(_directory.Path, drives: 4, ["--kms-key-file", _directory["kms.json"], "--insecure-oidc"]);
        _connection = new Connection(new ConnectionOptions { Endpoint = Server.Endpoint }, TimeProvider.System, Random.Shared);
        var root = new Credentials(ServerProcess.AccessKey, ServerProcess.SecretKey);
        (Buckets, Iam, Admin, Sts) = (new S3Client(_connection, root), new IamClient(_connection, root), new AdminClient(_connection, root), new StsClient(_connection));
        Objects = NewS3(ServerProcess.AccessKey, ServerProcess.SecretKey);
    }

    public IAmazonS3 NewS3(string accessKey, string secretKey) => NewS3(new BasicAWSCredentials(accessKey, secretKey));

    /// <summary>As a pod that exchanges its token.</summary>
    public async Task<IAmazonS3> SessionAsync(string role, string token)
    {
        var given = (await Sts.AssumeRoleWithWebIdentityAsync(role, "pod", token, null, default)).Credentials;
        return NewS3(new SessionAWSCredentials(given.AccessKey, given.SecretKey, given.SessionToken));
    }

    /// <summary>The root of a new account beside the driver's.</summary>
    public async Task<IAmazonS3> OtherAccountAsync()
    {
        var account = await Admin.SendAsync(HttpMethod.Post, "accounts", new NewAccountDocument { Name = NewName("account-") },
            AdminJson.Default.NewAccountDocument, AdminJson.Default.AccountDocument, default);
        var key = await Admin.SendAsync(HttpMethod.Post, $"accounts/{account.Id}/keys", new NewRootKeyDocument(),
            AdminJson.Default.NewRootKeyDocument, AdminJson.Default.RootKeyDocument, default);
        return NewS3(key.AccessKeyId, key.SecretAccessKey!);
    }

    private AmazonS3Client NewS3(AWSCredentials credentials) => new(credentials, new AmazonS3Config
    {
        ServiceURL = Server.Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0,
    });

    public async Task DisposeAsync()
    {
        Objects?.Dispose();
        _connection?.Dispose();
        if (Server is not null) await Server.DisposeAsync();
        _directory.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class StoreTests : ICollectionFixture<StoreFixture>
{
    public const string Name = "a store";
}
