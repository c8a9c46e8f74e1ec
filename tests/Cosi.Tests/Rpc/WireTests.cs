using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Fixture.Wire;

namespace ObjectStore.Cosi.Tests.Rpc;

/// <summary>Every rpc of every version and shape, byte for byte: the numbers here are the specification's, not those of the project's proto files.</summary>
public sealed class WireTests
{
    private const string V1 = "cosi.v1alpha1.";
    private const string V2 = "sigs.k8s.io.cosi.v1alpha2.";
    private static readonly byte[] S3 = Number(1, 1);

    [Fact]
    public async Task Identity_of_both_versions()
    {
        await using var driver = await RecordingDriver.StartAsync();
        (await AnswerAsync(driver, V1 + "Identity/DriverGetInfo", [])).ShouldBe(Text(1, "tests.cosi.dev"));
        (await AnswerAsync(driver, V2 + "Identity/DriverGetInfo", [])).ShouldBe(All(Text(1, "tests.cosi.dev"), Message(2, S3)));
    }

    [Fact]
    public async Task Create_and_delete_of_v1alpha1()
    {
        await using var driver = await RecordingDriver.StartAsync();
        var created = await AnswerAsync(driver, V1 + "Provisioner/DriverCreateBucket", All(Text(1, "bucket-1"), Entry(2, "versioning", "enabled"), Entry(2, "x", "")));
        created.ShouldBe(All(Text(1, "bucket-1"), Message(2, Message(1, Text(1, "eu-central-9"), Number(2, 2)))));
        Check(driver.LastAsked<BucketRequest>(), ApiVersion.V1Alpha1, "bucket-1", ("versioning", "enabled"), ("x", ""));

        (await AnswerAsync(driver, V1 + "Provisioner/DriverDeleteBucket", All(Text(1, "bucket-1"), Entry(2, "delete", "force")))).ShouldBeEmpty();
        Check(driver.LastAsked<BucketRequest>(), ApiVersion.V1Alpha1, "bucket-1", ("delete", "force"));
    }

    [Fact]
    public async Task Grant_and_revoke_of_v1alpha1()
    {
        await using var driver = await RecordingDriver.StartAsync();
        var granted = await AnswerAsync(driver, V1 + "Provisioner/DriverGrantBucketAccess", All(Text(1, "bucket-1"), Text(2, "ba-1"), Number(3, 1), Entry(4, "mode", "readOnly")));
        var asked = driver.LastAsked<AccessRequest>();
        (asked.Version, asked.AccountName, asked.Authentication, asked.ServiceAccountName).ShouldBe((ApiVersion.V1Alpha1, "ba-1", AccessAuthentication.Key, ""));
        asked.Buckets.ShouldBe([new BucketGrant("bucket-1", null)]);
        asked.Parameters.ShouldBe(new Dictionary<string, string> { ["mode"] = "readOnly" });
        // The order of a map's entries is nobody's promise: exactly one under "s3", and in it these four.
        var head = Text(1, "the-account");
        granted[..head.Length].ShouldBe(head);
        var secrets = ((string, string)[])[("accessKeyID", "THEKEY"), ("accessSecretKey", "the-secret"), ("endpoint", "https://s3.example.org:9000"), ("region", "eu-central-9")];
        var entries = secrets.Select(secret => Entry(1, secret.Item1, secret.Item2)).ToArray();
        var map = Message(2, Text(1, "s3"), Message(2, entries));
        granted.Length.ShouldBe(head.Length + map.Length);
        granted.AsSpan(head.Length, map.Length - entries.Sum(entry => entry.Length)).ToArray().ShouldBe(map[..^entries.Sum(entry => entry.Length)]);
        foreach (var entry in entries) granted.AsSpan().IndexOf(entry).ShouldBeGreaterThan(0);

        (await AnswerAsync(driver, V1 + "Provisioner/DriverGrantBucketAccess", All(Text(1, "bucket-1"), Text(2, "ba-1"), Number(3, 2)))).ShouldNotBeEmpty();
        driver.LastAsked<AccessRequest>().Authentication.ShouldBe(AccessAuthentication.ServiceAccount);

        (await AnswerAsync(driver, V1 + "Provisioner/DriverRevokeBucketAccess", All(Text(1, "bucket-1"), Text(2, "the-account")))).ShouldBeEmpty();
        (driver.LastAsked<RevokeRequest>().AccountId, driver.LastAsked<RevokeRequest>().BucketIds.Single()).ShouldBe(("the-account", "bucket-1"));
        // Deleted before its id was stored: an error would hang it for good.
        (await AnswerAsync(driver, V1 + "Provisioner/DriverRevokeBucketAccess", Text(1, "bucket-1"))).ShouldBeEmpty();
        driver.LastAsked<RevokeRequest>().AccountId.ShouldBeEmpty();
    }

    [Fact]
    public async Task Buckets_of_the_first_shape_of_v1alpha2()
    {
        await using var driver = await RecordingDriver.StartAsync();
        var request = All(Text(1, "bc-1"), Message(2, S3), Entry(4, "versioning", "enabled"));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverCreateBucket", request)).ShouldBe(All(Text(1, "bc-1"), Message(2, Info("bc-1"))));
        Check(driver.LastAsked<BucketRequest>(), ApiVersion.V1Alpha2, "bc-1", ("versioning", "enabled"));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverGetExistingBucket", request)).ShouldBe(All(Text(1, "bc-1"), Message(2, Info("bc-1"))));
        Check(driver.LastAsked<BucketRequest>(), ApiVersion.V1Alpha2, "bc-1", ("versioning", "enabled"));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverDeleteBucket", All(Text(1, "bc-1"), Entry(4, "delete", "force")))).ShouldBeEmpty();
        Check(driver.LastAsked<BucketRequest>(), ApiVersion.V1Alpha2, "bc-1", ("delete", "force"));
    }

    [Fact]
    public async Task Buckets_of_the_second_shape_of_v1alpha2()
    {
        await using var driver = await RecordingDriver.StartAsync();
        driver.NameWasId = true;
        (await AnswerAsync(driver, V2 + "Provisioner/DriverGenerateBucketId", All(Text(1, "bc-1"), Message(2, S3), Entry(4, "tags", "a=1")))).ShouldBe(Text(1, "cosi-bc-1"));
        Check(driver.LastAsked<BucketRequest>(), ApiVersion.V1Alpha2, "bc-1", ("tags", "a=1"));
        // The newest branch has the answer's field at 1, drafts before it at 2: each reads its own and ignores the other.
        (await AnswerAsync(driver, V2 + "Provisioner/DriverCreateBucket", All(Text(1, "cosi-bc-1"), Message(2, S3))))
            .ShouldBe(All(Message(1, Info("cosi-bc-1")), Message(2, Info("cosi-bc-1"))));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverGetBucket", All(Text(1, "mine"), Message(2, S3)))).ShouldBe(All(Message(1, Info("mine")), Message(2, Info("mine"))));
    }

    [Fact]
    public async Task Access_of_the_first_shape_of_v1alpha2()
    {
        await using var driver = await RecordingDriver.StartAsync();
        var request = All(Text(1, "ba-1"), Message(2, S3), Message(3, Number(1, 1)), Entry(5, "p", "v"),
            Message(6, Text(1, "b1"), Message(2, Number(1, 1))), Message(6, Text(1, "b2"), Message(2, Number(1, 2))), Message(6, Text(1, "b3"), Message(2, Number(1, 3))));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverGrantBucketAccess", request)).ShouldBe(All(Text(1, "the-account"),
            Message(2, Text(1, "b1"), Message(2, Info("b1"))), Message(2, Text(1, "b2"), Message(2, Info("b2"))), Message(2, Text(1, "b3"), Message(2, Info("b3"))),
            Message(3, Message(1, Text(1, "THEKEY"), Text(2, "the-secret")))));
        var asked = driver.LastAsked<AccessRequest>();
        (asked.Version, asked.AccountName, asked.Authentication, asked.Parameters["p"]).ShouldBe((ApiVersion.V1Alpha2, "ba-1", AccessAuthentication.Key, "v"));
        asked.Buckets.ShouldBe(
        [
            new BucketGrant("b1", new AccessModes(AccessMode.ReadWrite, AccessMode.ReadWrite, AccessMode.Any)),
            new BucketGrant("b2", new AccessModes(AccessMode.ReadOnly, AccessMode.ReadOnly, AccessMode.Any)),
            new BucketGrant("b3", new AccessModes(AccessMode.WriteOnly, AccessMode.WriteOnly, AccessMode.Any)),
        ]);
        (await AnswerAsync(driver, V2 + "Provisioner/DriverRevokeBucketAccess", All(Text(1, "the-account"), Message(2, S3), Message(3, Number(1, 1)), Message(6, Text(1, "b1"))))).ShouldBeEmpty();
        (driver.LastAsked<RevokeRequest>().AccountId, driver.LastAsked<RevokeRequest>().BucketIds.Single()).ShouldBe(("the-account", "b1"));
    }

    [Fact]
    public async Task Access_of_the_second_shape_of_v1alpha2()
    {
        await using var driver = await RecordingDriver.StartAsync();
        driver.Granted = new GrantedAccess("id-of-ba-1", null, null);
        // The same numbers as in the first shape, one further: ANY came before the others.
        byte[][] bucket = [Text(1, "b1"), Message(2, Number(1, 3)), Message(3, Number(1, 1)), Message(4, Number(1, 4))];
        byte[] rest = All(Message(2, S3), Message(3, Number(1, 2)), Text(4, "builder"), Message(6, bucket));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverGenerateBucketAccessId", All(Text(1, "ba-1"), rest))).ShouldBe(Text(1, "id-of-ba-1"));
        (await AnswerAsync(driver, V2 + "Provisioner/DriverGrantBucketAccess", All(Text(1, "id-of-ba-1"), rest)))
            .ShouldBe(All(Text(1, "id-of-ba-1"), Message(2, Text(1, "b1"), Message(2, Info("b1"))), Message(3, Message(1))));
        var asked = driver.LastAsked<AccessRequest>();
        (asked.Authentication, asked.ServiceAccountName).ShouldBe((AccessAuthentication.ServiceAccount, "builder"));
        asked.Buckets.ShouldBe([new BucketGrant("b1", new AccessModes(AccessMode.ReadOnly, AccessMode.Any, AccessMode.WriteOnly))]);
        byte[][] readWrite = [Text(1, "b1"), Message(2, Number(1, 2)), Message(3, Number(1, 2)), Message(4, Number(1, 1))];
        await AnswerAsync(driver, V2 + "Provisioner/DriverGrantBucketAccess", All(Text(1, "id"), Message(2, S3), Message(3, Number(1, 1)), Message(6, readWrite)));
        driver.LastAsked<AccessRequest>().Buckets.Single().Modes.ShouldBe(new AccessModes(AccessMode.ReadWrite, AccessMode.ReadWrite, AccessMode.Any));
    }

    // S3BucketInfo: virtual-hosted addressing is 2.
    private static byte[] Info(string bucket) =>
        Message(1, Text(1, bucket), Text(2, "https://s3.example.org:9000"), Text(3, "eu-central-9"), Message(4, Number(1, 2)));

    private static async Task<byte[]> AnswerAsync(RecordingDriver driver, string method, byte[] request)
    {
        var answer = await driver.Client.CallAsync(method, request);
        answer.Code.ShouldBe(GrpcStatusCode.Ok, answer.Text);
        return answer.Message;
    }

    private static void Check(BucketRequest asked, ApiVersion version, string name, params (string, string)[] parameters)
    {
        (asked.Version, asked.Name).ShouldBe((version, name));
        asked.Parameters.ShouldBe(parameters.ToDictionary(), ignoreOrder: true);
    }
}
