using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using ObjectStore.Harness;
using static ObjectStore.Cosi.Tests.Buckets.Calls;

namespace ObjectStore.Cosi.Tests.Buckets;

[Collection(StoreTests.Name)]
public sealed class ServerFaultTests(StoreFixture store)
{
    private const string Create = TestDriver.V1 + "DriverCreateBucket";

    [Fact]
    public async Task A_server_that_is_down_is_unavailable_until_it_is_back()
    {
        await using var way = new Switchable(store.Server.Endpoint);
        await using var driver = await TestDriver.StartAsync(way.Endpoint);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"));
        way.Set(isOn: false);
        (await driver.RefusedAsync(GrpcStatusCode.Unavailable, Create, Create1(StoreFixture.NewName("bucket-")))).ShouldContain("does not answer");
        await driver.RefusedAsync(GrpcStatusCode.Unavailable, TestDriver.V1 + "DriverDeleteBucket", Delete1(name));
        await driver.RefusedAsync(GrpcStatusCode.Unavailable, TestDriver.V2 + "DriverGetBucket", Get2(name));
        way.Set(isOn: true);
        (await driver.CreatedAsync(name)).ShouldBe(name);
        await driver.DeletedAsync(name);
    }

    [Fact]
    public async Task An_unknown_access_key_and_a_wrong_secret_are_unauthenticated()
    {
        await using var unknown = await TestDriver.StartAsync(store, change: options => options with { AccessKey = "AKIAUNKNOWNUNKNOWN00" });
        await using var wrong = await TestDriver.StartAsync(store, change: options => options with { SecretKey = new Secret("quite-another-secret") });
        foreach (var driver in (TestDriver[])[unknown, wrong])
        {
            var text = await driver.RefusedAsync(GrpcStatusCode.Unauthenticated, Create, Create1(StoreFixture.NewName("bucket-")));
            text.ShouldContain("driver's own credentials");
            text.ShouldNotContain("quite-another-secret");
            var grant = Access.AccessCalls.Grant1(StoreFixture.NewName("bucket-"), StoreFixture.NewName("ba-"));
            (await driver.RefusedAsync(GrpcStatusCode.Unauthenticated, TestDriver.V1 + Access.AccessCalls.Grant, grant)).ShouldContain("driver's own credentials");
            await driver.RefusedAsync(GrpcStatusCode.Unauthenticated, TestDriver.V2 + "DriverGetBucket", Get2(grant.BucketId));
        }
    }

    [Fact]
    public async Task A_user_who_may_nothing_is_denied()
    {
        using var connection = new Client.Connection(new Client.ConnectionOptions { Endpoint = store.Server.Endpoint }, TimeProvider.System, Random.Shared);
        var iam = new Client.Iam.IamClient(connection, new Client.Credentials(ServerProcess.AccessKey, ServerProcess.SecretKey));
        await iam.CallAsync("CreateUser", default, ("UserName", "powerless"));
        var key = Client.WireXml.Child(await iam.CallAsync("CreateAccessKey", default, ("UserName", "powerless")), "AccessKey")!;
        await using var driver = await TestDriver.StartAsync(store, change: options => options with
        {
            AccessKey = Client.WireXml.Required(key, "AccessKeyId"), SecretKey = new Secret(Client.WireXml.Required(key, "SecretAccessKey")),
        });
        (await driver.RefusedAsync(GrpcStatusCode.PermissionDenied, Create, Create1(StoreFixture.NewName("bucket-")))).ShouldContain("docs/COSI.md");
    }

    [Fact]
    public async Task A_server_is_trusted_by_the_file_of_authorities_and_by_nothing_less()
    {
        using var directory = new TemporaryDirectory();
        using var mine = Certificates.New();
        using var another = Certificates.New();
        await File.WriteAllTextAsync(directory["mine.pem"], mine.ExportCertificatePem());
        await File.WriteAllTextAsync(directory["another.pem"], another.ExportCertificatePem());
        await using var way = new Switchable(store.Server.Endpoint, mine);
        await using var trusting = await TestDriver.StartAsync(way.Endpoint, change: options => options with { CaFile = directory["mine.pem"] });
        await trusting.DeletedAsync(await trusting.CreatedAsync(StoreFixture.NewName("bucket-")));
        foreach (var file in (string?[])[null, directory["another.pem"]])
        {
            await using var wary = await TestDriver.StartAsync(way.Endpoint, change: options => options with { CaFile = file });
            (await wary.RefusedAsync(GrpcStatusCode.Unavailable, Create, Create1(StoreFixture.NewName("bucket-")))).ShouldContain("--ca-file");
        }
        await Should.ThrowAsync<IOException>(() => TestDriver.StartAsync(way.Endpoint, change: options => options with { CaFile = directory["none.pem"] }));
    }

    [Fact]
    public async Task A_region_that_is_not_the_servers_is_told()
    {
        await using var driver = await TestDriver.StartAsync(store, change: options => options with { Region = "eu-north-7" });
        (await driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, Create, Create1(StoreFixture.NewName("bucket-")))).ShouldContain("--region");
    }

    [Fact]
    public async Task What_is_no_server_of_this_kind_is_an_internal_error_that_says_so()
    {
        await using var driver = await TestDriver.StartAsync(store);
        await using var confused = await TestDriver.StartAsync(new Uri(driver.Driver.MetricsAddress!));
        // The metrics endpoint answers 404 and 405 without a word of S3.
        var answer = await confused.Client.CallAsync(Create, Create1(StoreFixture.NewName("bucket-")));
        answer.Code.ShouldBe(GrpcStatusCode.Internal, answer.Text);
    }
}
