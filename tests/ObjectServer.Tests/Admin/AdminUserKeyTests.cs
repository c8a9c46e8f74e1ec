using Amazon.Runtime;
using Amazon.S3;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>Keys of users by label, over the wire.</summary>
public sealed class AdminUserKeyTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private const string AllowAll = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}""";

    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_key_is_made_given_again_rotated_listed_and_deleted_and_works_for_S3()
    {
        var (id, _) = await _admin.NewAccountAsync();
        var keys = $"accounts/{id}/users/{await NewUserAsync(id)}/keys";
        var made = await _admin.SendAsync("PUT", keys + "/cosi.example", """{"generation": 1, "lifetimeSeconds": 86400}""");
        made.Status.ShouldBe(201, made.Text);
        var again = await _admin.SendAsync("PUT", keys + "/cosi.example", """{"lifetimeSeconds": 5}""");
        again.Status.ShouldBe(200, again.Text);
        again.Text.ShouldBe(made.Text);
        (made["label"], made["generation"]).ShouldBe(("cosi.example", "1"));
        using (var s3 = ClientOf(made)) await s3.ListBucketsAsync();

        var second = await _admin.SendAsync("PUT", keys + "/cosi.example", """{"generation": 2, "graceSeconds": 0}""");
        second.Status.ShouldBe(201, second.Text);
        using (var s3 = ClientOf(second)) await s3.ListBucketsAsync();
        using (var s3 = ClientOf(made)) (await Should.ThrowAsync<AmazonS3Exception>(() => s3.ListBucketsAsync())).ErrorCode.ShouldBe("InvalidAccessKeyId");
        (await _admin.SendAsync("PUT", keys + "/cosi.example", """{"generation": 1}""")).Outcome.ShouldBe("409 StaleGeneration");

        var list = await _admin.SendAsync("GET", keys);
        list.Text.ShouldNotContain("secret");
        list.Json.GetProperty("keys").EnumerateArray().ShouldHaveSingleItem().GetProperty("accessKeyId").GetString().ShouldBe(second["accessKeyId"]);
        (await _admin.SendAsync("DELETE", keys + "/cosi.example")).Outcome.ShouldBe("204");
        (await _admin.SendAsync("DELETE", keys + "/cosi.example")).Outcome.ShouldBe("404 NoSuchEntity");
        using (var s3 = ClientOf(second)) (await Should.ThrowAsync<AmazonS3Exception>(() => s3.ListBucketsAsync())).ErrorCode.ShouldBe("InvalidAccessKeyId");
    }

    [Theory]
    [InlineData("ok", """{"generation": 0}""", "400 ValidationError")]
    [InlineData("ok", """{"lifetimeSeconds": 0}""", "400 ValidationError")]
    [InlineData("ok", """{"graceSeconds": -1}""", "400 ValidationError")]
    [InlineData("ok", """{"expiresAt": "2000-01-01T00:00:00Z"}""", "400 ValidationError")]
    [InlineData("ok", """{"expiresAt": "2100-01-01T00:00:00"}""", "400 ValidationError")]
    [InlineData("ok", """{"expiresAt": "2100-01-01T00:00:00Z", "lifetimeSeconds": 5}""", "400 ValidationError")]
    [InlineData("ok", """{"expires": "never"}""", "400 MalformedDocument")]
    [InlineData("not%20ok", "{}", "400 ValidationError")]
    [InlineData("not%2Fok", "{}", "400 ValidationError")]
    public async Task What_cannot_be_is_refused(string label, string body, string outcome)
    {
        var (id, _) = await _admin.NewAccountAsync();
        (await _admin.SendAsync("PUT", $"accounts/{id}/users/{await NewUserAsync(id)}/keys/{label}", body)).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task An_expiry_is_given_with_its_zone_and_told_in_UTC()
    {
        var (id, _) = await _admin.NewAccountAsync();
        var made = await _admin.SendAsync("PUT", $"accounts/{id}/users/{await NewUserAsync(id)}/keys/x", """{"expiresAt": "2100-01-01T01:00:00.5+01:00"}""");
        made["expiresAt"].ShouldBe("2100-01-01T00:00:00Z");
    }

    [Fact]
    public async Task A_policy_bounds_the_calls_to_users_below_a_path_whatever_the_case_of_their_names()
    {
        var (id, _) = await _admin.NewAccountAsync();
        var driver = await _admin.NewOperatorUserAsync("Allow", "admin:EnsureUserKey", $"arn:aws:objectstore:::account/{id}/user/cosi/*");
        var within = await NewUserAsync(id, "/cosi/");
        var outside = await NewUserAsync(id);
        (await _admin.SendAsync("PUT", $"accounts/{id}/users/{within}/keys/x", "{}", driver)).Status.ShouldBe(201);
        (await _admin.SendAsync("PUT", $"accounts/{id}/users/{within.ToUpperInvariant()}/keys/x", "{}", driver)).Status.ShouldBe(200);
        (await _admin.SendAsync("PUT", $"accounts/{id}/users/{outside}/keys/x", "{}", driver)).Outcome.ShouldBe("403 AccessDenied");
        (await _admin.SendAsync("DELETE", $"accounts/{id}/users/{within}/keys/x", by: driver)).Outcome.ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task In_the_operators_own_account_it_takes_what_it_takes_over_IAM()
    {
        const string own = RootCredentialStore.AccountId;
        var admin = await _admin.NewOperatorUserAsync("Allow", "admin:*");
        var keys = $"accounts/{own}/users/{await NewUserAsync(own)}/keys/x";
        (await _admin.SendAsync("PUT", keys, "{}", admin)).Outcome.ShouldBe("403 AccessDenied", "it would become that user");
        (await _admin.SendAsync("PUT", keys, "{}")).Status.ShouldBe(201);
        (await _admin.SendAsync("DELETE", keys, by: admin)).Outcome.ShouldBe("403 AccessDenied");
        var both = await _admin.NewOperatorUserAsync("Allow", "*");
        (await _admin.SendAsync("PUT", keys, "{}", both)).Status.ShouldBe(200);
        (await _admin.SendAsync("DELETE", keys, by: both)).Outcome.ShouldBe("204");
    }

    private async Task<string> NewUserAsync(string account, string path = "/")
    {
        var name = "user-" + Guid.NewGuid().ToString("N");
        (await server.Identities.Users.CreateAsync(account, new NewUser(name, path), CancellationToken.None)).IsOk.ShouldBeTrue();
        (await server.Identities.Attachments.PutInlineAsync(account, new PolicyHolder(PolicyHolderKind.User, name), "p", AllowAll, CancellationToken.None)).IsOk.ShouldBeTrue();
        return name;
    }

    private AmazonS3Client ClientOf(AdminReply key) => new(
        new BasicAWSCredentials(key["accessKeyId"], key["secretAccessKey"]),
        new AmazonS3Config { ServiceURL = server.Address.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true });
}
