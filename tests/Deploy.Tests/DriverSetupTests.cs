using Amazon.S3;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

public sealed class DriverSetupTests
{
    [Fact]
    public async Task A_user_for_the_driver_is_made_once_and_found_again()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["keys"])).Succeeded().ShouldContain("the driver works as cosi-driver");
        var (accessKey, secretKey) = Keys(directory["keys"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["again"])).Succeeded();
        Keys(directory["again"]).ShouldBe((accessKey, secretKey));
        File.GetUnixFileMode(Path.Combine(directory["keys"], "secret-key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using var s3 = new AmazonS3Client(accessKey, secretKey, new AmazonS3Config { ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await s3.PutBucketAsync("of-a-claim");
        (await s3.ListBucketsAsync()).Buckets.Select(bucket => bucket.BucketName).ShouldBe(["of-a-claim"]);
    }

    [Fact]
    public async Task The_user_of_the_driver_is_no_operator()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["keys"])).Succeeded();
        foreach (var call in new[] { "account list", "account create mine", "account show 000000000000", "info", "user create elsewhere", "user create elsewhere --path /other/", "key create --user cosi-driver" })
        {
            var (accessKey, secretKey) = Keys(directory["keys"]);
            var result = await Tool.RunAsync(Repository.ServerBinary, ["admin", .. call.Split(' ')], new Dictionary<string, string>
            {
                ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(), ["OBJECTSTORE_ACCESS_KEY"] = accessKey, ["OBJECTSTORE_SECRET_KEY"] = secretKey,
            });
            result.ExitCode.ShouldBe(4, $"{call}: {result.Output}{result.Error}");
        }
    }

    [Fact]
    public async Task Wrong_credentials_of_the_root_end_the_setup_with_the_reason()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        var result = await DriverSetup.RunAsync(server, directory["setup"], directory["keys"], "not-the-secret-key");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("signature", Case.Insensitive);
        Directory.GetFiles(directory["keys"]).ShouldBeEmpty();
    }

    private static (string AccessKey, string SecretKey) Keys(string directory) =>
        (File.ReadAllText(Path.Combine(directory, "access-key")).Trim(), File.ReadAllText(Path.Combine(directory, "secret-key")).Trim());
}
