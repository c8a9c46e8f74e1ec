using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>A server of each dialect, with ACLs as Ceph has them.</summary>
public sealed class DialectServers : IAsyncLifetime
{
    private readonly SdkServer _aws = New(S3Dialect.Aws);
    private readonly SdkServer _ceph = New(S3Dialect.Ceph);

    public SdkServer this[bool ceph] => ceph ? _ceph : _aws;

    public Task InitializeAsync() => Task.WhenAll(_aws.InitializeAsync(), _ceph.InitializeAsync());

    public Task DisposeAsync() => Task.WhenAll(_aws.DisposeAsync(), _ceph.DisposeAsync());

    private static SdkServer New(S3Dialect dialect) => new() { Dialect = dialect, Ownership = Server.S3.Authorization.ObjectOwnership.ObjectWriter };
}

/// <summary>What Ceph's gateway allows and takes otherwise than AWS: each in both dialects.</summary>
public sealed class SdkDialectTests(DialectServers servers) : IClassFixture<DialectServers>, IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(false, "AuthorizationQueryParametersError", HttpStatusCode.BadRequest)]
    [InlineData(true, "AccessDenied", HttpStatusCode.Forbidden)]
    public async Task A_presigned_time_that_cannot_be(bool ceph, string code, HttpStatusCode status)
    {
        var server = servers[ceph];
        var bucket = await server.NewBucketAsync();
        var url = server.Client.GetPreSignedURL(new() { BucketName = bucket, Key = "k", Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP });
        foreach (var seconds in new[] { "0", "-7", "609901" })
        {
            using var answer = await _http.GetAsync(System.Text.RegularExpressions.Regex.Replace(url, "X-Amz-Expires=[0-9]+", "X-Amz-Expires=" + seconds));
            answer.StatusCode.ShouldBe(status);
            (await answer.Content.ReadAsStringAsync()).ShouldContain($"<Code>{code}</Code>");
        }
    }

    [Theory]
    [InlineData(false, "400 InvalidBucketOwnerAWSAccountID")]
    [InlineData(true, "403 AccessDenied")]
    public async Task An_expected_owner_that_is_no_account_id(bool ceph, string expected)
    {
        var bucket = await servers[ceph].NewBucketAsync();
        (await OutcomeAsync(() => servers[ceph].Client.ListObjectsV2Async(new() { BucketName = bucket, ExpectedBucketOwner = "somebody" }))).ShouldBe(expected);
        (await OutcomeAsync(() => servers[ceph].Client.ListObjectsV2Async(new() { BucketName = bucket, ExpectedBucketOwner = "123456789012" }))).ShouldBe("403 AccessDenied");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_was_signed_for_another_region_learns_the_right_one_also_from_HEAD(bool ceph)
    {
        var server = servers[ceph];
        var bucket = await server.NewBucketAsync();
        using var elsewhere = server.NewClient(config => config.AuthenticationRegion = "eu-west-1");
        var url = elsewhere.GetPreSignedURL(new() { BucketName = bucket, Key = "k", Verb = HttpVerb.HEAD, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP });
        using var request = new HttpRequestMessage(HttpMethod.Head, url);
        using var answer = await _http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Headers.GetValues("x-amz-bucket-region").ShouldBe(["us-east-1"]);
    }

    [Theory]
    [InlineData(false, "403 AccessDenied")]
    [InlineData(true, "ok")]
    public async Task The_tags_of_an_object_that_an_ACL_lets_be_read(bool ceph, string expected)
    {
        var server = servers[ceph];
        var bucket = await PublicBucketAsync(server);
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "shown", ContentBody = "x", CannedACL = S3CannedACL.PublicRead, TagSet = [new() { Key = "a", Value = "b" }] });
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "hidden", ContentBody = "x", TagSet = [new() { Key = "a", Value = "b" }] });
        using var neighbour = await NeighbourAsync(server);
        (await OutcomeAsync(() => neighbour.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "shown" }))).ShouldBe(expected);
        (await OutcomeAsync(() => neighbour.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "hidden" }))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => neighbour.PutObjectTaggingAsync(new() { BucketName = bucket, Key = "shown", Tagging = new() { TagSet = [] } }))).ShouldBe("403 AccessDenied");
    }

    [Theory]
    [InlineData(false, "403 AccessDenied")]
    [InlineData(true, "404 NoSuchBucket")]
    public async Task That_a_bucket_does_not_exist_asked_by_somebody_without_rights(bool ceph, string expected)
    {
        using var user = await UserAsync(servers[ceph], policy: null);
        (await OutcomeAsync(() => user.PutObjectAsync(new() { BucketName = "there-is-none", Key = "k", ContentBody = "x" }))).ShouldBe(expected);
        var bucket = await servers[ceph].NewBucketAsync();
        (await OutcomeAsync(() => user.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" }))).ShouldBe("403 AccessDenied");
    }

    [Theory]
    [InlineData(false, "403 AccessDenied")]
    [InlineData(true, "ok")]
    public async Task Choosing_the_object_ownership_of_a_new_bucket_with_the_right_to_make_one(bool ceph, string expected)
    {
        using var user = await UserAsync(servers[ceph], """{"Effect":"Allow","Action":["s3:CreateBucket"],"Resource":"*"}""");
        (await OutcomeAsync(() => user.PutBucketAsync(new PutBucketRequest { BucketName = $"owned-{Guid.NewGuid():N}", ObjectOwnership = ObjectOwnership.ObjectWriter }))).ShouldBe(expected);
    }

    [Theory]
    [InlineData(false, "400 MalformedPolicy")]
    [InlineData(true, "ok")]
    public async Task A_bucket_s_policy_as_Ceph_takes_it(bool ceph, string expected)
    {
        var server = servers[ceph];
        var bucket = await server.NewBucketAsync();
        foreach (var statement in new[]
        {
            // No resource; an action that the resource does not have; somebody of a tenant.
            """{"Effect":"Deny","Principal":"*","Action":"s3:PutBucketLogging"}""",
            $$"""{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::{{bucket}}"}""",
            $$"""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::s3tenant1:root"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::{{bucket}}"}""",
        })
        {
            (await OutcomeAsync(() => server.Client.PutBucketPolicyAsync(bucket, Policy(statement)))).ShouldBe(expected, statement);
        }
        if (ceph) (await server.Client.GetBucketPolicyStatusAsync(new() { BucketName = bucket })).PolicyStatus.IsPublic.ShouldBe(false);
        foreach (var statement in new[]
        {
            """{"Effect":"Deny","Principal":"*","Resource":"arn:aws:s3:::other"}""",
            """{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}""",
            """{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:ListBucket"}""",
            """{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/nobody-has-this-name"},"Action":"s3:ListBucket"}""",
            """{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::root"},"Action":"s3:ListBucket"}""",
        })
        {
            (await OutcomeAsync(() => server.Client.PutBucketPolicyAsync(bucket, Policy(statement)))).ShouldBe("400 MalformedPolicy", statement);
        }
    }

    [Fact]
    public async Task What_Ceph_takes_has_its_effect()
    {
        var server = servers[true];
        var bucket = await server.NewBucketAsync();
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" });
        using var tenant = await NeighbourAsync(server);
        await server.Client.DeletePublicAccessBlockAsync(new() { BucketName = bucket });

        // Without a resource it is about the bucket and all in it.
        await server.Client.PutBucketPolicyAsync(bucket, Policy("""{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"]}"""));
        (await OutcomeAsync(() => tenant.GetObjectAsync(bucket, "k"))).ShouldBe("ok");
        (await OutcomeAsync(() => tenant.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("ok");
        (await OutcomeAsync(() => tenant.PutObjectAsync(new() { BucketName = bucket, Key = "new", ContentBody = "x" }))).ShouldBe("403 AccessDenied");

        // An action that its resource does not have allows nothing; a tenant is nobody here.
        await server.Client.PutBucketPolicyAsync(bucket, Policy($$"""{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{bucket}}"}"""));
        (await OutcomeAsync(() => tenant.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
        await server.Client.PutBucketPolicyAsync(bucket, Policy("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::tenant:root"},"Action":"s3:*"}"""));
        (await OutcomeAsync(() => tenant.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task An_ARN_without_an_account_names_the_operator_s_users_and_nobody_else_s()
    {
        var server = servers[true];
        var bucket = await server.NewBucketAsync();
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" });
        var name = $"user-{Guid.NewGuid():N}";
        using var bob = await UserAsync(server, policy: null, name);
        using var other = await UserAsync(server, policy: null);
        var account = (await server.Identities.Accounts.CreateAsync(new NewAccount($"account-{Guid.NewGuid():N}"), default)).Value;
        await server.Identities.Users.CreateAsync(account.Id, new NewUser(name), default);
        var foreignKey = (await server.Identities.Users.CreateKeyAsync(account.Id, name, null, default)).Value;
        await server.Identities.Attachments.PutInlineAsync(account.Id, new PolicyHolder(PolicyHolderKind.User, name), "all", Policy("""{"Effect":"Allow","Action":"*","Resource":"*"}"""), default);
        using var namesake = server.NewClientOf(foreignKey.Id, foreignKey.Secret.Reveal());

        await server.Client.PutBucketPolicyAsync(bucket, Policy($$"""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/{{name}}"},"Action":"s3:GetObject"}"""));
        (await OutcomeAsync(() => bob.GetObjectAsync(bucket, "k"))).ShouldBe("ok");
        (await OutcomeAsync(() => other.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => namesake.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
        await server.Client.PutBucketPolicyAsync(bucket, Policy($$"""{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam:::user/{{name}}"},"Action":"s3:GetObject"}"""));
        (await OutcomeAsync(() => bob.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
    }

    [Theory]
    [InlineData(false, "ok")]
    [InlineData(true, "403 AccessDenied")]
    public async Task The_owner_s_root_under_a_policy_that_was_confirmed_to_take_its_own_access(bool ceph, string expected)
    {
        var server = servers[ceph];
        var bucket = await server.NewBucketAsync();
        var policy = Policy($$"""{"Effect":"Deny","Principal":"*","Action":["s3:PutBucketPolicy","s3:GetBucketPolicy","s3:DeleteBucketPolicy"],"Resource":"arn:aws:s3:::{{bucket}}"}""");

        // Not confirmed it never binds the root.
        (await OutcomeAsync(() => server.Client.PutBucketPolicyAsync(bucket, policy))).ShouldBe("ok");
        (await OutcomeAsync(() => server.Client.GetBucketPolicyAsync(bucket))).ShouldBe("ok");
        await server.Client.PutBucketPolicyAsync(new() { BucketName = bucket, Policy = policy, ConfirmRemoveSelfBucketAccess = true });
        (await OutcomeAsync(() => server.Client.GetBucketPolicyAsync(bucket))).ShouldBe(expected);
        (await OutcomeAsync(() => server.Client.PutBucketPolicyAsync(bucket, policy))).ShouldBe(expected);
        (await OutcomeAsync(() => server.Client.DeleteBucketPolicyAsync(bucket))).ShouldBe(expected);
        (await OutcomeAsync(() => server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
    }

    [Fact]
    public async Task A_confirmation_ends_with_its_policy()
    {
        var server = servers[true];
        var bucket = await server.NewBucketAsync();
        await server.Client.PutBucketPolicyAsync(new()
        {
            BucketName = bucket, ConfirmRemoveSelfBucketAccess = true,
            Policy = Policy($$"""{"Effect":"Deny","Principal":"*","Action":"s3:GetBucketPolicy","Resource":"arn:aws:s3:::{{bucket}}"}"""),
        });
        (await OutcomeAsync(() => server.Client.GetBucketPolicyAsync(bucket))).ShouldBe("403 AccessDenied");
        await server.Client.DeleteBucketPolicyAsync(bucket);
        await server.Client.PutBucketPolicyAsync(bucket, Policy($$"""{"Effect":"Deny","Principal":"*","Action":"s3:GetBucketPolicy","Resource":"arn:aws:s3:::{{bucket}}"}"""));
        (await OutcomeAsync(() => server.Client.GetBucketPolicyAsync(bucket))).ShouldBe("ok");
    }

    [Theory]
    [InlineData(false, "400 InvalidTargetBucketForLogging", "ok", "400 InvalidTargetBucketForLogging")]
    [InlineData(true, "404 NoSuchKey", "400 InvalidArgument", "400 InvalidArgument")]
    public async Task Targets_of_logging(bool ceph, string absent, string loggingItself, string requesterPays)
    {
        var server = servers[ceph];
        var (source, target, payer) = (await server.NewBucketAsync(), await server.NewBucketAsync(), await server.NewBucketAsync());
        foreach (var bucket in new[] { source, target, payer })
        {
            await server.Client.PutBucketPolicyAsync(bucket, Policy(
                $$"""{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::{{bucket}}/log/*"}"""));
        }
        await server.Client.PutBucketRequestPaymentAsync(new() { BucketName = payer, RequestPaymentConfiguration = new() { Payer = "Requester" } });
        (await LogAsync(source, source + "-absent")).ShouldBe(absent);
        (await LogAsync(source, source)).ShouldBe(loggingItself);
        (await LogAsync(source, payer)).ShouldBe(requesterPays);
        (await LogAsync(target, payer)).ShouldBe(requesterPays);
        (await LogAsync(payer, target)).ShouldBe("ok");
        (await LogAsync(source, payer)).ShouldBe(requesterPays);
        (await LogAsync(target, source)).ShouldBe("ok");
        (await LogAsync(payer, target)).ShouldBe(loggingItself);

        Task<string> LogAsync(string from, string to) => OutcomeAsync(() => server.Client.PutBucketLoggingAsync(new()
        {
            BucketName = from, LoggingConfig = new() { TargetBucketName = to, TargetPrefix = "log/" },
        }));
    }

    private static async Task<string> PublicBucketAsync(SdkServer server)
    {
        var bucket = await server.NewBucketAsync();
        await server.Client.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        return bucket;
    }

    private static async Task<AmazonS3Client> NeighbourAsync(SdkServer server)
    {
        var account = (await server.Identities.Accounts.CreateAsync(new NewAccount($"account-{Guid.NewGuid():N}"), default)).Value;
        var key = (await server.Identities.Accounts.CreateKeyAsync(account.Id, null, default)).Value;
        return server.NewClientOf(key.Id, key.Secret.Reveal());
    }

    /// <summary>A user of the operator's account.</summary>
    private static async Task<AmazonS3Client> UserAsync(SdkServer server, string? policy, string? name = null)
    {
        name ??= $"user-{Guid.NewGuid():N}";
        await server.Identities.Users.CreateAsync(RootCredentialStore.AccountId, new NewUser(name), default);
        if (policy is not null) await server.Identities.Attachments.PutInlineAsync(RootCredentialStore.AccountId, new PolicyHolder(PolicyHolderKind.User, name), "policy", Policy(policy), default);
        var key = (await server.Identities.Users.CreateKeyAsync(RootCredentialStore.AccountId, name, null, default)).Value;
        return server.NewClientOf(key.Id, key.Secret.Reveal());
    }

    private static string Policy(string statement) => $$"""{"Version":"2012-10-17","Statement":[{{statement}}]}""";

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
}
