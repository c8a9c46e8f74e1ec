using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Tests.Fixture;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>What a workload might try with its key beside reading and writing objects.</summary>
[Collection(StoreTests.Name)]
public sealed class EscalationTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _account = StoreFixture.NewName("ba-");
    private TestDriver _driver = null!;
    private Connection _connection = null!;
    private Credentials _workload = null!;

    public async Task InitializeAsync()
    {
        _driver = await TestDriver.StartAsync(store);
        await store.Objects.PutBucketAsync(_bucket);
        _connection = new Connection(new ConnectionOptions { Endpoint = store.Server.Endpoint }, TimeProvider.System, Random.Shared);
        var (key, secret) = await _driver.GrantedAsync(_bucket, _account);
        _workload = new Credentials(key, secret);
    }

    public async Task DisposeAsync()
    {
        _connection.Dispose();
        await _driver.DisposeAsync();
    }

    [Fact]
    public async Task A_workload_cannot_change_or_read_users_itself_included()
    {
        var iam = new IamClient(_connection, _workload);
        var other = StoreFixture.NewName("ba-");
        await _driver.GrantedAsync(_bucket, other);
        const string everything = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";
        foreach (var name in (string[])[_account, other])
        {
            await DeniedAsync(() => iam.FindAsync(IamHolder.User(name), default));
            await DeniedAsync(() => iam.ListKeysAsync(name, default));
            await DeniedAsync(() => iam.CallAsync("CreateAccessKey", default, ("UserName", name)));
            await DeniedAsync(() => iam.FindPolicyAsync(IamHolder.User(name), "cosi-access", default));
            await DeniedAsync(() => iam.PutPolicyAsync(IamHolder.User(name), "cosi-access", everything, default));
            await DeniedAsync(() => iam.DeleteAsync(IamHolder.User(name), default));
            await DeniedAsync(() => iam.CallAsync("AttachUserPolicy", default, ("UserName", name), ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")));
        }
        // Without a name the caller is meant.
        foreach (var action in (string[])["GetUser", "CreateAccessKey", "ListAccessKeys", "ListUsers", "ListRoles", "ListOpenIDConnectProviders"])
            await DeniedAsync(() => iam.CallAsync(action, default));
        await DeniedAsync(() => iam.CallAsync("DeleteAccessKey", default, ("AccessKeyId", _workload.AccessKey)));
    }

    [Fact]
    public async Task A_workload_cannot_use_the_admin_API()
    {
        var admin = new AdminClient(_connection, _workload);
        await DeniedAsync(() => admin.ListAccountsAsync(default));
        await DeniedAsync(() => admin.FindQuotaAsync(_bucket, default));
        await DeniedAsync(() => admin.PutQuotaAsync(_bucket, new NewBucketQuotaDocument { MaxBytes = 1 }, default));
        await DeniedAsync(() => admin.GetAsync($"accounts/000000000000/users/{_account}/keys", AdminJson.Default.UserKeyListDocument, default));
        await DeniedAsync(() => admin.SendAsync(HttpMethod.Put, $"accounts/000000000000/users/{_account}/keys/cosi", new EnsuredKeyDocument(),
            AdminJson.Default.EnsuredKeyDocument, AdminJson.Default.UserKeyDocument, default));
    }

    [Fact]
    public async Task Sessions_of_a_key_end_with_it_and_cannot_do_more()
    {
        var session = await SessionAsync(_workload);
        using (var s3 = NewS3(session))
        {
            (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
            (await CodeAsync(() => s3.ListBucketsAsync())).ShouldBe("AccessDenied");
        }
        await DeniedAsync(() => new IamClient(_connection, session).CallAsync("GetUser", default));

        await _driver.RevokedAsync(_bucket, _account);
        using var after = NewS3(session);
        (await CodeAsync(() => after.GetObjectAsync(_bucket, "k"))).ShouldNotBe("ok");
        // Nor does it come to life with a later access of the same name.
        await _driver.GrantedAsync(_bucket, _account);
        (await CodeAsync(() => after.GetObjectAsync(_bucket, "k"))).ShouldNotBe("ok");
    }

    [Fact]
    public async Task A_workload_cannot_open_objects_to_others_as_it_writes_them()
    {
        using var s3 = store.NewS3(_workload.AccessKey, _workload.SecretKey);
        await store.Objects.PutBucketOwnershipControlsAsync(new()
        {
            BucketName = _bucket, OwnershipControls = new() { Rules = [new() { ObjectOwnership = ObjectOwnership.ObjectWriter }] },
        });
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x", CannedACL = S3CannedACL.PublicRead }))).ShouldBe("AccessDenied");
        (await CodeAsync(() => s3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = "k", CannedACL = S3CannedACL.PublicRead }))).ShouldBe("AccessDenied");
        await store.Objects.PutObjectAsync(new() { BucketName = _bucket, Key = "source", ContentBody = "x" });
        (await CodeAsync(() => s3.CopyObjectAsync(new CopyObjectRequest
        {
            SourceBucket = _bucket, SourceKey = "source", DestinationBucket = _bucket, DestinationKey = "k", CannedACL = S3CannedACL.PublicRead,
        }))).ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Tags_are_not_written_or_copied_by_who_may_not_read_or_write_them()
    {
        var granted = await _driver.CallAsync<Protos.V1Alpha2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, Grant2(StoreFixture.NewName("ba-"), (_bucket, ReadWrite, Any, Any)));
        using var s3 = store.NewS3(granted.Credentials.S3.AccessKeyId, granted.Credentials.S3.AccessSecretKey);
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x", TagSet = [new() { Key = "a", Value = "b" }] }))).ShouldBe("AccessDenied");
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
    }

    private IAmazonS3 NewS3(Credentials session) => new AmazonS3Client(
        new Amazon.Runtime.SessionAWSCredentials(session.AccessKey, session.SecretKey, session.SessionToken),
        new AmazonS3Config { ServiceURL = store.Server.Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });

    private async Task<Credentials> SessionAsync(Credentials credentials)
    {
        var body = "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=129600"u8.ToArray();
        var answer = await _connection.SendAsync(new WireRequest(HttpMethod.Post, "/", "sts") { Body = body, ContentType = "application/x-www-form-urlencoded" }, credentials, default);
        answer.IsSuccess.ShouldBeTrue(System.Text.Encoding.UTF8.GetString(answer.Body));
        var made = WireXml.Parse(answer.Body).Child("GetSessionTokenResult")!.Child("Credentials")!;
        return new Credentials(made.Required("AccessKeyId"), made.Required("SecretAccessKey"), made.Required("SessionToken"));
    }

    private static async Task DeniedAsync(Func<Task> call)
    {
        var refused = await Should.ThrowAsync<ClientException>(call);
        refused.Status.ShouldBe(403, refused.Message);
    }
}
