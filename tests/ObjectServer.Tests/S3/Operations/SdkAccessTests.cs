using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Who may do what, as the AWS SDK sets it up and as those who ask see it: two accounts, a user, a session, and everybody.</summary>
public sealed partial class SdkAccessTests(SdkServer server) : IClassFixture<SdkServer>, IAsyncLifetime
{
    private static int _names;
    private readonly List<AmazonS3Client> _clients = [];
    private readonly HttpClient _anybody = new();
    private Account _neighbour = null!;
    private AmazonS3Client _neighbours = null!;

    private AmazonS3Client S3 => server.Client;

    public async Task InitializeAsync()
    {
        _neighbour = (await server.Identities.Accounts.CreateAsync(new NewAccount(NewName("neighbour")), default)).Value;
        var key = (await server.Identities.Accounts.CreateKeyAsync(_neighbour.Id, null, default)).Value;
        _neighbours = As(new BasicAWSCredentials(key.Id, key.Secret.Reveal()));
    }

    public Task DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        _anybody.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Acls_grant_where_the_ownership_controls_let_them()
    {
        var bucket = await NewBucketAsync("k");
        (await OutcomeAsync(() => S3.PutObjectAclAsync(new() { BucketName = bucket, Key = "k", ACL = S3CannedACL.PublicRead }))).ShouldBe("400 AccessControlListNotSupported");
        await S3.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        await S3.PutBucketOwnershipControlsAsync(new() { BucketName = bucket, OwnershipControls = new() { Rules = [new() { ObjectOwnership = ObjectOwnership.ObjectWriter }] } });
        (await S3.GetBucketOwnershipControlsAsync(new() { BucketName = bucket })).OwnershipControls.Rules.ShouldHaveSingleItem().ObjectOwnership.ShouldBe(ObjectOwnership.ObjectWriter);
        await S3.PutObjectAclAsync(new() { BucketName = bucket, Key = "k", ACL = S3CannedACL.PublicRead });
        (await AnybodyAsync(bucket, "k")).ShouldBe(HttpStatusCode.OK);
        await S3.PutObjectAclAsync(new() { BucketName = bucket, Key = "k", ACL = S3CannedACL.AuthenticatedRead });
        (await AnybodyAsync(bucket, "k")).ShouldBe(HttpStatusCode.Forbidden);
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "k"))).ShouldBe("ok");

        // Who may write into a bucket owns what it writes there.
        await S3.PutBucketAclAsync(new()
        {
            BucketName = bucket,
            AccessControlPolicy = new()
            {
                Owner = new() { Id = RootCredentialStore.CanonicalId },
                Grants = [new() { Grantee = new() { CanonicalUser = _neighbour.CanonicalId }, Permission = S3Permission.WRITE }],
            },
        });
        await _neighbours.PutObjectAsync(new() { BucketName = bucket, Key = "theirs", ContentBody = "x" });
        (await OutcomeAsync(() => S3.GetObjectAsync(bucket, "theirs"))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "theirs"))).ShouldBe("ok");
        (await _neighbours.GetObjectAclAsync(new() { BucketName = bucket, Key = "theirs" })).Owner.Id.ShouldBe(_neighbour.CanonicalId);
        var enforced = new PutBucketOwnershipControlsRequest { BucketName = bucket, OwnershipControls = new() { Rules = [new() { ObjectOwnership = ObjectOwnership.BucketOwnerEnforced }] } };
        (await OutcomeAsync(() => S3.PutBucketOwnershipControlsAsync(enforced))).ShouldBe("400 InvalidBucketAclWithObjectOwnership");
        await S3.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.Private });
        await S3.PutBucketOwnershipControlsAsync(enforced);
        (await OutcomeAsync(() => S3.GetObjectAsync(bucket, "theirs"))).ShouldBe("ok");
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "theirs"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task A_session_signs_requests_and_links_with_its_token()
    {
        var bucket = await NewBucketAsync("k");
        var trust = Policy($$$"""{"Effect":"Allow","Principal":{"AWS":"{{{RootCredentialStore.AccountId}}}"},"Action":"sts:AssumeRole"}""");
        var role = (await server.Identities.Roles.CreateAsync(RootCredentialStore.AccountId, new NewRole(NewName("role"), trust), default)).Value;
        await server.Identities.Attachments.PutInlineAsync(RootCredentialStore.AccountId, new PolicyHolder(PolicyHolderKind.Role, role.Name), "p",
            Policy($$$"""{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{{{bucket}}}/*"}"""), default);
        var made = server.Identities.Sessions.Start(new RoleSessionRequest(role, new RoleSession("s"), TimeSpan.FromHours(1), null, []));
        var session = As(new SessionAWSCredentials(made.AccessKey, made.Secret, made.Token));
        (await OutcomeAsync(() => session.GetObjectAsync(bucket, "k"))).ShouldBe("ok");
        (await OutcomeAsync(() => session.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        var link = await session.GetPreSignedURLAsync(new() { BucketName = bucket, Key = "k", Expires = DateTime.UtcNow.AddMinutes(1), Protocol = Protocol.HTTP });
        (await _anybody.GetStringAsync(new Uri(link))).ShouldBe("content of k");
        using (var forged = await _anybody.GetAsync(new Uri(link.Replace("X-Amz-Security-Token=", "X-Amz-Security-Token=x", StringComparison.Ordinal))))
            ((int)forged.StatusCode).ShouldBeOneOf(400, 403);
        var bare = As(new BasicAWSCredentials(made.AccessKey, made.Secret));
        (await OutcomeAsync(() => bare.GetObjectAsync(bucket, "k"))).ShouldNotBe("ok");

        // With the role goes the session.
        await server.Identities.Roles.DeleteAsync(RootCredentialStore.AccountId, role.Name, withBelongings: true, default);
        (await OutcomeAsync(() => session.GetObjectAsync(bucket, "k"))).ShouldNotBe("ok");
        using var late = await _anybody.GetAsync(new Uri(link));
        late.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_expected_owner_of_a_bucket_is_compared()
    {
        var bucket = await NewBucketAsync("k");
        (await OutcomeAsync(() => S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", ExpectedBucketOwner = RootCredentialStore.AccountId }))).ShouldBe("ok");
        (await OutcomeAsync(() => S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", ExpectedBucketOwner = _neighbour.Id }))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task Cors_rules_are_kept_and_answer_preflights()
    {
        var bucket = await NewBucketAsync("k");
        (await OutcomeAsync(() => S3.GetCORSConfigurationAsync(bucket))).ShouldBeOneOf("404 NoSuchCORSConfiguration", "ok");
        await S3.PutCORSConfigurationAsync(bucket, new() { Rules = [new() { AllowedOrigins = ["https://*.example.com"], AllowedMethods = ["PUT"], AllowedHeaders = ["x-amz-*"], MaxAgeSeconds = 60 }] });
        (await S3.GetCORSConfigurationAsync(bucket)).Configuration.Rules.ShouldHaveSingleItem().AllowedOrigins.ShouldBe(["https://*.example.com"]);
        (await PreflightAsync(bucket, "https://a.example.com", "PUT")).ShouldBe(HttpStatusCode.OK);
        (await PreflightAsync(bucket, "https://a.example.com", "DELETE")).ShouldBe(HttpStatusCode.Forbidden);
        (await PreflightAsync(bucket, "https://example.org", "PUT")).ShouldBe(HttpStatusCode.Forbidden);
        await S3.DeleteCORSConfigurationAsync(bucket);
        (await PreflightAsync(bucket, "https://a.example.com", "PUT")).ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<HttpStatusCode> PreflightAsync(string bucket, string origin, string method)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, new Uri(server.Address, $"/{bucket}/k"));
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        using var answer = await _anybody.SendAsync(request);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> AnybodyAsync(string bucket, string key)
    {
        using var answer = await _anybody.GetAsync(new Uri(server.Address, $"/{bucket}/{key}"));
        return answer.StatusCode;
    }

    private static async Task<string> OutcomeAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "ok";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }

    private static string NewName(string what) => $"{what}-{Interlocked.Increment(ref _names)}";

    private static string Policy(string statement) => $$"""{"Version":"2012-10-17","Statement":[{{statement.Trim()}}]}""";

    private async Task<string> NewBucketAsync(params string[] keys)
    {
        var bucket = await server.NewBucketAsync();
        foreach (var key in keys)
            await S3.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = $"content of {key}" });
        return bucket;
    }

    private async Task<(string Name, AmazonS3Client Client)> NewUserAsync()
    {
        var name = NewName("user");
        await server.Identities.Users.CreateAsync(RootCredentialStore.AccountId, new NewUser(name), default);
        var key = (await server.Identities.Users.CreateKeyAsync(RootCredentialStore.AccountId, name, null, default)).Value;
        return (name, As(new BasicAWSCredentials(key.Id, key.Secret.Reveal())));
    }

    private AmazonS3Client As(AWSCredentials credentials)
    {
        var config = new AmazonS3Config { ServiceURL = server.Address.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true };
        var client = new AmazonS3Client(credentials, config);
        _clients.Add(client);
        return client;
    }
}
