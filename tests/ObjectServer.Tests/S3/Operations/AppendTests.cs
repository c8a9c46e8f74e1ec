using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>PutObject with x-amz-write-offset-bytes: exact answers, and through the AWS SDK.</summary>
public sealed class AppendTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Offset = "x-amz-write-offset-bytes";

    [Fact]
    public async Task The_sdk_appends()
    {
        var bucket = await server.NewBucketAsync();
        var text = "";
        foreach (var line in new[] { "first\n", new string('x', 100_000) + "\n", "third\n" })
        {
            var put = await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "log", ContentBody = line, WriteOffsetBytes = text.Length });
            text += line;
            put.Size.ShouldBe(text.Length);
        }

        using var got = await server.Client.GetObjectAsync(bucket, "log");
        using var reader = new StreamReader(got.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe(text);
        var attributes = await server.Client.GetObjectAttributesAsync(new GetObjectAttributesRequest
        {
            BucketName = bucket, Key = "log", ObjectAttributes = [ObjectAttributes.ObjectParts, ObjectAttributes.ObjectSize, ObjectAttributes.Checksum],
        });
        attributes.ObjectSize.ShouldBe(text.Length);
        attributes.ObjectParts.TotalPartsCount.ShouldBe(3);
        (await Should.ThrowAsync<AmazonS3Exception>(() => server.Client.PutObjectAsync(
            new PutObjectRequest { BucketName = bucket, Key = "log", ContentBody = "x", WriteOffsetBytes = 3 }))).ErrorCode.ShouldBe("InvalidWriteOffset");
    }

    [Theory]
    [InlineData("400 InvalidArgument", Offset, "x")]
    [InlineData("400 InvalidArgument", Offset, "-1")]
    [InlineData("400 InvalidWriteOffset", Offset, "4")]
    [InlineData("400 InvalidRequest", "x-amz-meta-a", "b")]
    [InlineData("400 InvalidRequest", "x-amz-tagging", "a=b")]
    [InlineData("400 InvalidRequest", "x-amz-storage-class", "STANDARD_IA")]
    [InlineData("412 PreconditionFailed", "If-Match", "\"00000000000000000000000000000000\"")]
    [InlineData("412 PreconditionFailed", "If-None-Match", "*")]
    public async Task What_cannot_be_appended_is_refused_and_changes_nothing(string outcome, string header, string value)
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/key", "hello", ("x-amz-meta-color", "blue"));
        (string, string)[] headers = header == Offset ? [(header, value)] : [(Offset, "5"), (header, value)];
        (await s3.SendAsync("PUT", "/bucket/key", " world", headers)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket/key")).Text.ShouldBe("hello");
    }

    [Fact]
    public async Task Metadata_stays_and_the_size_is_told()
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/key", "hello", ("x-amz-meta-color", "blue"), ("Content-Type", "text/plain"));
        var appended = await s3.SendAsync("PUT", "/bucket/key", " world", (Offset, "5"), ("Content-Type", "binary/octet-stream"));
        appended.Header("x-amz-object-size").ShouldBe("11");
        var got = await s3.SendAsync("GET", "/bucket/key");
        got.Text.ShouldBe("hello world");
        got.Header("x-amz-meta-color").ShouldBe("blue");
        got.Header("Content-Type").ShouldBe("text/plain");
        got.Header("ETag").ShouldBe(appended.Header("ETag"));
        got.Header("ETag")!.ShouldEndWith("-2\"");
        (await s3.SendAsync("GET", "/bucket/key?partNumber=2")).Text.ShouldBe(" world");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task What_is_appended_to_an_encrypted_object_is_encrypted_under_its_key(int length)
    {
        var key = Convert.ToBase64String(Enumerable.Range(0, 32).Select(n => (byte)n).ToArray());
        const string prefix = "x-amz-server-side-encryption-customer-";
        (string, string)[] headers =
            [(prefix + "algorithm", "AES256"), (prefix + "key", key), (prefix + "key-MD5", Convert.ToBase64String(MD5.HashData(Convert.FromBase64String(key))))];
        await using var s3 = await OperationHarness.OpenAsync(configure: options => options with { AllowCustomerKeysWithoutTls = true });
        await s3.SendAsync("PUT", "/bucket");
        var text = new StringBuilder();
        for (var n = 0; n < 3; n++)
        {
            var more = new string((char)('a' + n), length + n);
            (await s3.SendAsync("PUT", "/bucket/key", more, [.. headers, (Offset, text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture))])).Outcome.ShouldBe("200");
            text.Append(more);
        }

        (await s3.SendAsync("GET", "/bucket/key", "", headers)).Text.ShouldBe(text.ToString());
        (await s3.SendAsync("GET", "/bucket/key", "", [.. headers, ("Range", $"bytes={length - 2}-{length + 2}")])).Text.ShouldBe(text.ToString(length - 2, 5));
        (await s3.SendAsync("PUT", "/bucket/key", "x", (Offset, text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)))).Outcome.ShouldBe("400 InvalidRequest");
    }

    private static async Task<OperationHarness> OpenAsync()
    {
        var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        return s3;
    }
}
