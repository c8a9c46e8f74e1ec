using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

public sealed class Boto3Tests(RunningServer running) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("ranges_and_metadata")]
    [InlineData("listing_of_10000_keys_with_delimiters")]
    [InlineData("multipart_by_hand")]
    [InlineData("versions")]
    [InlineData("conditional_requests")]
    [InlineData("presigned_put_and_get")]
    [InlineData("presigned_post")]
    [InlineData("delete_many")]
    [InlineData("errors")]
    public async Task Boto3(string scenario)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "boto3_client.py");
        var result = await Tool.RunAsync("/usr/bin/python3", [script, scenario, running.NewBucketName("boto3")], running.AwsEnvironment);
        result.Succeeded().ShouldContain($"{scenario}: ok");
    }
}
