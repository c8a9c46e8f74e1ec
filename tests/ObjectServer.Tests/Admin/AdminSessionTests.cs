using Amazon.Runtime;
using Amazon.S3;
using ObjectStore.Client;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>An operator becomes the root of an account for a while, and no longer than it may.</summary>
public sealed class AdminSessionTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_session_is_the_accounts_root_and_not_the_operator()
    {
        var (id, root) = await _admin.NewAccountAsync();
        var session = await AssumeAsync(id, AdminCaller.Operator);
        using var own = ClientOf(root);
        using var assumed = ClientOf(session);
        await assumed.PutBucketAsync("by-session-" + id);
        (await own.ListBucketsAsync()).Buckets.Select(bucket => bucket.BucketName).ShouldBe(["by-session-" + id]);
        (await _admin.SendAsync("GET", "accounts", by: session)).Outcome.ShouldBe("403 AccessDenied");
        (await _admin.SendAsync("GET", "accounts", by: session with { SessionToken = null })).Outcome.ShouldBe("401 InvalidToken");
    }

    [Fact]
    public async Task A_session_ends_with_the_key_that_asked_for_it()
    {
        var (id, _) = await _admin.NewAccountAsync();
        var user = await _admin.NewOperatorUserAsync("Allow", "admin:AssumeAccount", "arn:aws:objectstore:::account/" + id);
        using var assumed = ClientOf(await AssumeAsync(id, user));
        await assumed.ListBucketsAsync();
        var name = server.Identities.Users.FindByKey(user.AccessKey)!.Name;
        (await server.Identities.Users.SetKeyActiveAsync(RootCredentialStore.AccountId, name, user.AccessKey, false, CancellationToken.None)).IsOk.ShouldBeTrue();
        await Should.ThrowAsync<AmazonS3Exception>(() => assumed.ListBucketsAsync());
    }

    [Fact]
    public async Task A_session_asked_for_with_a_session_ends_with_what_that_one_stands_on()
    {
        var (id, _) = await _admin.NewAccountAsync();
        var user = await _admin.NewOperatorUserAsync("Allow", "admin:AssumeAccount");
        server.Identities.Find(user.AccessKey, null).Credential.ShouldNotBeNull();
        var first = server.Identities.Sessions.Start(server.Identities.Find(user.AccessKey, null).Credential!, TimeSpan.FromMinutes(5));
        var reply = await _admin.SendAsync("POST", $"accounts/{id}/sessions", """{"durationSeconds": 3600}""", new Credentials(first.AccessKey, first.Secret, first.Token));
        reply.Status.ShouldBe(201, reply.Text);
        reply.Json.GetProperty("expiresAt").GetDateTimeOffset().ShouldBe(first.ExpiresAt);
        using var assumed = ClientOf(Of(reply));
        await assumed.ListBucketsAsync();
        var name = server.Identities.Users.FindByKey(user.AccessKey)!.Name;
        (await server.Identities.Users.DeleteKeyAsync(RootCredentialStore.AccountId, name, user.AccessKey, CancellationToken.None)).IsOk.ShouldBeTrue();
        await Should.ThrowAsync<AmazonS3Exception>(() => assumed.ListBucketsAsync());
    }

    [Fact]
    public async Task A_session_asked_for_as_a_role_ends_with_the_role()
    {
        const string account = RootCredentialStore.AccountId;
        const string trust = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}]}""";
        const string policy = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "admin:AssumeAccount", "Resource": "*"}]}""";
        var (id, _) = await _admin.NewAccountAsync();
        var name = "role-" + Guid.NewGuid().ToString("N");
        var role = (await server.Identities.Roles.CreateAsync(account, new NewRole(name, trust), CancellationToken.None)).Value;
        var of = server.Identities.Sessions.Start(new RoleSessionRequest(role, new RoleSession("night"), TimeSpan.FromHours(1), null, []));
        var asker = new Credentials(of.AccessKey, of.Secret, of.Token);
        (await _admin.SendAsync("POST", $"accounts/{id}/sessions", "{}", asker)).Outcome.ShouldBe("403 AccessDenied", "the role has no policy yet");
        (await server.Identities.Attachments.PutInlineAsync(account, new PolicyHolder(PolicyHolderKind.Role, name), "p", policy, CancellationToken.None)).IsOk.ShouldBeTrue();

        using var assumed = ClientOf(await AssumeAsync(id, asker));
        await assumed.ListBucketsAsync();
        (await server.Identities.Roles.DeleteAsync(account, name, withBelongings: true, CancellationToken.None)).IsOk.ShouldBeTrue();
        await Should.ThrowAsync<AmazonS3Exception>(() => assumed.ListBucketsAsync());
    }

    [Fact]
    public async Task A_session_ends_with_its_account()
    {
        var (id, _) = await _admin.NewAccountAsync();
        using var assumed = ClientOf(await AssumeAsync(id, AdminCaller.Operator));
        await assumed.ListBucketsAsync();
        (await _admin.SendAsync("DELETE", "accounts/" + id)).Outcome.ShouldBe("204");
        await Should.ThrowAsync<AmazonS3Exception>(() => assumed.ListBucketsAsync());
    }

    [Theory]
    [InlineData("""{"durationSeconds": 899}""", "400 ValidationError")]
    [InlineData("""{"durationSeconds": 3601}""", "400 ValidationError")]
    [InlineData("""{"durationSeconds": "900"}""", "400 MalformedDocument")]
    [InlineData("""{"policy": "{}"}""", "400 MalformedDocument")]
    public async Task A_session_has_bounds(string body, string outcome)
    {
        var (id, _) = await _admin.NewAccountAsync();
        (await _admin.SendAsync("POST", $"accounts/{id}/sessions", body)).Outcome.ShouldBe(outcome);
    }

    private async Task<Credentials> AssumeAsync(string account, Credentials by)
    {
        var reply = await _admin.SendAsync("POST", $"accounts/{account}/sessions", "{}", by);
        reply.Status.ShouldBe(201, reply.Text);
        return Of(reply);
    }

    private static Credentials Of(AdminReply reply) => new(reply["accessKeyId"], reply["secretAccessKey"], reply["sessionToken"]);

    private AmazonS3Client ClientOf(Credentials credentials) => new(
        credentials.SessionToken is null
            ? new BasicAWSCredentials(credentials.AccessKey, credentials.SecretKey)
            : new SessionAWSCredentials(credentials.AccessKey, credentials.SecretKey, credentials.SessionToken),
        new AmazonS3Config { ServiceURL = server.Address.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true });
}
