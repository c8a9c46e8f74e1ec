using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Flow;

/// <summary>The executable, driven by the public gRPC client (Debian's python3-grpcio) with messages that are made of the specification alone.</summary>
[Collection(StoreTests.Name)]
public sealed class SidecarTests(StoreFixture store)
{
    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("first")]
    [InlineData("second")]
    public async Task From_a_claim_to_objects_and_back_to_nothing(string shape)
    {
        await using var driver = await DriverExecutable.StartAsync(store.Server.Endpoint);
        var bucket = (await RunAsync(driver, "create", shape, null)).GetProperty("bucket").GetString()!;
        (await store.Buckets.BucketExistsAsync(bucket, default)).ShouldBeTrue();
        var granted = await RunAsync(driver, "grant", shape, $$"""{"bucket": "{{bucket}}"}""");
        var account = granted.GetProperty("account").GetString()!;
        using (var workload = Connect(shape, granted.GetProperty("secret"), bucket))
        {
            await workload.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "hello", ContentBody = "from the pod" });
            using var got = await workload.GetObjectAsync(bucket, "hello");
            using var reader = new StreamReader(got.ResponseStream);
            (await reader.ReadToEndAsync()).ShouldBe("from the pod");
            (await Should.ThrowAsync<AmazonS3Exception>(() => workload.PutObjectAsync(new PutObjectRequest { BucketName = "another-bucket", Key = "x", ContentBody = "x" })))
                .StatusCode.ShouldBe(HttpStatusCode.Forbidden);

            await RunAsync(driver, "revoke", shape, $$"""{"bucket": "{{bucket}}", "account": "{{account}}"}""");
            (await Should.ThrowAsync<AmazonS3Exception>(() => workload.GetObjectAsync(bucket, "hello"))).ErrorCode.ShouldBe("InvalidAccessKeyId");
        }
        await RunAsync(driver, "delete", shape, $$"""{"bucket": "{{bucket}}"}""");
        (await store.Buckets.BucketExistsAsync(bucket, default)).ShouldBeFalse();
        (await driver.StopAsync()).ShouldBe(0);
        File.Exists(driver.SocketPath).ShouldBeFalse();
        driver.Output.ShouldNotContain(SecretOf(shape, granted.GetProperty("secret")));
    }

    /// <summary>With nothing but what the pod finds in its secret.</summary>
    private AmazonS3Client Connect(string shape, JsonElement secret, string bucket)
    {
        if (shape == "v1alpha1")
        {
            var spec = JsonDocument.Parse(secret.GetProperty("BucketInfo").GetString()!).RootElement.GetProperty("spec");
            spec.GetProperty("bucketName").GetString().ShouldBe(bucket);
            var s3 = spec.GetProperty("secretS3");
            return New(s3.GetProperty("endpoint"), s3.GetProperty("region"), s3.GetProperty("accessKeyID"), s3.GetProperty("accessSecretKey"));
        }
        if (shape == "first")
        {
            secret.GetProperty("COSI_S3_BUCKET_ID").GetString().ShouldBe(bucket);
            secret.GetProperty("COSI_S3_ADDRESSING_STYLE").GetString().ShouldBe("path");
            return New(secret.GetProperty("COSI_S3_ENDPOINT"), secret.GetProperty("COSI_S3_REGION"), secret.GetProperty("COSI_S3_ACCESS_KEY_ID"), secret.GetProperty("COSI_S3_ACCESS_SECRET_KEY"));
        }
        secret.GetProperty("BUCKET_NAME").GetString().ShouldBe(bucket);
        secret.GetProperty("AWS_S3_ADDRESSING_STYLE").GetString().ShouldBe("path");
        return New(secret.GetProperty("AWS_ENDPOINT_URL"), secret.GetProperty("AWS_DEFAULT_REGION"), secret.GetProperty("AWS_ACCESS_KEY_ID"), secret.GetProperty("AWS_SECRET_ACCESS_KEY"));
    }

    private static string SecretOf(string shape, JsonElement secret) => shape switch
    {
        "v1alpha1" => JsonDocument.Parse(secret.GetProperty("BucketInfo").GetString()!).RootElement.GetProperty("spec").GetProperty("secretS3").GetProperty("accessSecretKey").GetString()!,
        "first" => secret.GetProperty("COSI_S3_ACCESS_SECRET_KEY").GetString()!,
        _ => secret.GetProperty("AWS_SECRET_ACCESS_KEY").GetString()!,
    };

    private static AmazonS3Client New(JsonElement endpoint, JsonElement region, JsonElement accessKey, JsonElement secretKey) =>
        new(new BasicAWSCredentials(accessKey.GetString(), secretKey.GetString()),
            new AmazonS3Config { ServiceURL = endpoint.GetString(), AuthenticationRegion = region.GetString(), ForcePathStyle = true, MaxErrorRetry = 0 });

    private static async Task<JsonElement> RunAsync(DriverExecutable driver, string step, string shape, string? arguments)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "sidecar.py");
        string[] command = [script, step, shape, $"unix://{driver.SocketPath}", .. arguments is null ? Array.Empty<string>() : [arguments]];
        var output = (await Tool.RunAsync("/usr/bin/python3", command)).Succeeded();
        return JsonDocument.Parse(output).RootElement.Clone();
    }
}
