using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Client;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Authorization;

/// <summary>Ways around a decision that somebody could try.</summary>
public sealed class AttackTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private const string OwnerAccount = RootCredentialStore.AccountId;

    private readonly List<AmazonS3Client> _clients = [];

    private AmazonS3Client Owner => server.Client;

    [Fact]
    public async Task A_policy_that_comes_late_is_not_set_on_a_bucket_that_has_got_the_name_since()
    {
        var (attacker, credentials) = await NewAccountAsync();
        var bucket = "given-up-" + Guid.NewGuid().ToString("N")[..8];
        await attacker.Client.PutBucketAsync(bucket);
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::{{bucket}}","arn:aws:s3:::{{bucket}}/*"],"Principal":{"AWS":"{{attacker.Id}}"} } ] }""";
        using var answer = await PutLateAsync($"/{bucket}?policy", policy, credentials, async () =>
        {
            await attacker.Client.DeleteBucketAsync(bucket);
            await Owner.PutBucketAsync(bucket);
            await Owner.PutObjectAsync(new() { BucketName = bucket, Key = "secret", ContentBody = "x" });
        });
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, await answer.Content.ReadAsStringAsync());
        (await server.Buckets.GetConfigurationAsync(bucket, "policy", default)).IsOk.ShouldBeFalse();
        (await ErrorOfAsync(() => attacker.Client.GetObjectMetadataAsync(bucket, "secret"))).ShouldStartWith("403");
    }

    [Fact]
    public async Task An_acl_that_comes_late_is_not_set_on_an_object_that_another_has_written_since()
    {
        var bucket = await OpenBucketAsync(S3CannedACL.PublicReadWrite);
        var (attacker, credentials) = await NewAccountAsync();
        await attacker.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" });
        var canonicalId = server.Identities.FindAccount(attacker.Id)!.CanonicalId;
        var acl = $"<AccessControlPolicy><Owner><ID>{canonicalId}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"
            + $"<ID>{canonicalId}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>";
        using var answer = await PutLateAsync($"/{bucket}/k?acl", acl, credentials, () => Owner.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "secret" }));
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, await answer.Content.ReadAsStringAsync());
        (await ErrorOfAsync(() => attacker.Client.GetObjectMetadataAsync(bucket, "k"))).ShouldStartWith("403");
        (await ErrorOfAsync(() => Owner.GetObjectMetadataAsync(bucket, "k"))).ShouldBe("none");
    }

    [Fact]
    public async Task A_right_that_was_taken_back_does_not_wait_in_an_open_request()
    {
        var bucket = await server.NewBucketAsync();
        var (name, _, credentials) = await NewUserWithKeyAsync();
        await SetPolicyAsync(name, """{"Effect":"Allow","Action":"s3:*","Resource":"*"}""");
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{{bucket}}/*","Principal":{"AWS":"{{OwnerAccount}}"} } ] }""";
        using var answer = await PutLateAsync($"/{bucket}?policy", policy, credentials,
            () => server.Identities.Attachments.DeleteInlineAsync(OwnerAccount, new(PolicyHolderKind.User, name), "p", default).AsTask());
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, await answer.Content.ReadAsStringAsync());
        (await server.Buckets.GetConfigurationAsync(bucket, "policy", default)).IsOk.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_may_write_still_may_not_look_at_or_abort_the_uploads_of_others()
    {
        var bucket = await OpenBucketAsync(S3CannedACL.PublicReadWrite);
        var (first, _) = await NewAccountAsync();
        var (second, _) = await NewAccountAsync();
        var anonymous = Add(server.ClientOf(new AnonymousAWSCredentials()));
        var upload = (await first.Client.InitiateMultipartUploadAsync(bucket, "k")).UploadId;
        foreach (var other in (AmazonS3Client[])[second.Client, anonymous])
        {
            (await ErrorOfAsync(() => other.ListPartsAsync(bucket, "k", upload))).ShouldBe("403 AccessDenied");
            (await ErrorOfAsync(() => other.AbortMultipartUploadAsync(bucket, "k", upload))).ShouldBe("403 AccessDenied");
        }
        (await ErrorOfAsync(() => second.Client.AbortMultipartUploadAsync(bucket, "k", new string('0', 40)))).ShouldBe("404 NoSuchUpload");
        (await ErrorOfAsync(() => first.Client.ListPartsAsync(bucket, "k", upload))).ShouldBe("none");
        (await ErrorOfAsync(() => first.Client.AbortMultipartUploadAsync(bucket, "k", upload))).ShouldBe("none");

        upload = (await second.Client.InitiateMultipartUploadAsync(bucket, "k")).UploadId;
        (await ErrorOfAsync(() => Owner.AbortMultipartUploadAsync(bucket, "k", upload))).ShouldBe("none");
        upload = (await anonymous.InitiateMultipartUploadAsync(bucket, "k")).UploadId;
        (await ErrorOfAsync(() => first.Client.AbortMultipartUploadAsync(bucket, "k", upload))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.AbortMultipartUploadAsync(bucket, "k", upload))).ShouldBe("none");
    }

    [Fact]
    public async Task Tags_and_id_of_the_version_that_is_meant_decide_about_its_lock()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var closed = (await Owner.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x", TagSet = [new() { Key = "class", Value = "closed" }] })).VersionId;
        var open = (await Owner.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x", TagSet = [new() { Key = "class", Value = "open" }] })).VersionId;
        var (name, user) = await NewUserAsync();
        await SetPolicyAsync(name, """{"Effect":"Allow","Action":["s3:GetObjectLegalHold","s3:GetObjectRetention"],"Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/class":"open"}}}""");
        (await ErrorOfAsync(() => user.GetObjectLegalHoldAsync(new() { BucketName = bucket, Key = "k", VersionId = open }))).ShouldNotBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.GetObjectLegalHoldAsync(new() { BucketName = bucket, Key = "k", VersionId = closed }))).ShouldBe("403 AccessDenied");
        await SetPolicyAsync(name, $$"""{"Effect":"Allow","Action":"s3:GetObjectRetention","Resource":"*","Condition":{"StringEquals":{"s3:VersionId":"{{open}}"} } }""");
        (await ErrorOfAsync(() => user.GetObjectRetentionAsync(new() { BucketName = bucket, Key = "k", VersionId = open }))).ShouldNotBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.GetObjectRetentionAsync(new() { BucketName = bucket, Key = "k", VersionId = closed }))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task An_encoded_copy_source_does_not_pass_a_condition_on_it()
    {
        var bucket = await server.NewBucketAsync();
        foreach (var key in (string[])["secret/k", "open/k"]) await Owner.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = "x" });
        var (name, user, credentials) = await NewUserWithKeyAsync();
        await SetPolicyAsync(name,
            """{"Effect":"Allow","Action":"s3:*","Resource":"*"}""",
            $$"""{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"StringLike":{"s3:x-amz-copy-source":"{{bucket}}/secret/*"} } }""");
        (await ErrorOfAsync(() => user.CopyObjectAsync(bucket, "open/k", bucket, "copy"))).ShouldBe("none");
        (await ErrorOfAsync(() => user.CopyObjectAsync(bucket, "secret/k", bucket, "copy"))).ShouldBe("403 AccessDenied");

        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(server.Address, $"/{bucket}/copy"));
        request.Headers.Add("x-amz-copy-source", $"{bucket}/%73ecret/k");
        RequestSigner.Sign(request, [], credentials, "us-east-1", "s3", DateTimeOffset.UtcNow);
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("<Code>AccessDenied</Code>");
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    /// <summary>A bucket with ACLs and without a public access block.</summary>
    private async Task<string> OpenBucketAsync(S3CannedACL acl)
    {
        var bucket = await server.NewBucketAsync();
        await Owner.PutBucketOwnershipControlsAsync(new() { BucketName = bucket, OwnershipControls = new() { Rules = [new() { ObjectOwnership = Amazon.S3.ObjectOwnership.ObjectWriter }] } });
        await Owner.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        await Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = acl });
        return bucket;
    }

    /// <summary>A PUT of which the body is sent when <paramref name="before"/> is done, which begins when the server has decided and asks for the body.</summary>
    private async Task<HttpResponseMessage> PutLateAsync(string target, string document, Credentials credentials, Func<Task> before)
    {
        var body = Encoding.UTF8.GetBytes(document);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(server.Address, target));
        request.Headers.ExpectContinue = true;
        request.Content = new LateContent(body, before);
        RequestSigner.Sign(request, body, credentials, "us-east-1", "s3", DateTimeOffset.UtcNow);
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        using var http = new HttpClient(handler);
        return await http.SendAsync(request);
    }

    private AmazonS3Client Add(AmazonS3Client client)
    {
        _clients.Add(client);
        return client;
    }

    private async Task<((string Id, AmazonS3Client Client) Account, Credentials Credentials)> NewAccountAsync()
    {
        var account = (await server.Identities.Accounts.CreateAsync(new("account-" + Guid.NewGuid().ToString("N")[..8]), default)).Value;
        var key = (await server.Identities.Accounts.CreateKeyAsync(account.Id, null, default)).Value;
        return ((account.Id, Add(server.NewClientOf(key.Id, key.Secret.Reveal()))), new Credentials(key.Id, key.Secret.Reveal(), null));
    }

    private async Task<(string Name, AmazonS3Client Client)> NewUserAsync()
    {
        var (name, client, _) = await NewUserWithKeyAsync();
        return (name, client);
    }

    private async Task<(string Name, AmazonS3Client Client, Credentials Credentials)> NewUserWithKeyAsync()
    {
        var name = "user-" + Guid.NewGuid().ToString("N")[..8];
        (await server.Identities.Users.CreateAsync(OwnerAccount, new(name), default)).IsOk.ShouldBeTrue();
        var key = (await server.Identities.Users.CreateKeyAsync(OwnerAccount, name, null, default)).Value;
        return (name, Add(server.NewClientOf(key.Id, key.Secret.Reveal())), new Credentials(key.Id, key.Secret.Reveal(), null));
    }

    private async Task SetPolicyAsync(string user, params string[] statements) => (await server.Identities.Attachments.PutInlineAsync(
        OwnerAccount, new(PolicyHolderKind.User, user), "p", $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}""", default)).IsOk.ShouldBeTrue();

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }

    private sealed class LateContent(byte[] body, Func<Task> before) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await before();
            await stream.WriteAsync(body);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
