using System.Security.Cryptography;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Remotes;

/// <summary>The client's calls about objects, against the real server.</summary>
public sealed class ClientObjectTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly Connection _connection = new(new ConnectionOptions { Endpoint = server.Address }, TimeProvider.System, new Random(1));

    private S3Client S3 => new(_connection, new Credentials("access-key", "secret-key-of-the-tests"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(131_072)]
    [InlineData(3_000_001)]
    public async Task A_streamed_object_comes_back_as_it_went_with_its_headers(int length)
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var bytes = RandomNumberGenerator.GetBytes(length);
        // Dots, signs that need escapes, and a beginning like a path.
        const string key = "/a/../b c+d/ä%/=";
        var put = await S3.PutObjectAsync(bucket, key, StreamedBody.Once(new MemoryStream(bytes), length),
            [("Content-Type", "text/x-test"), ("Content-Encoding", "gzip"), ("x-amz-meta-two", "two  blanks"), ("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(bytes)))], CancellationToken.None);
        put.ETag.ShouldBe($"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"");
        put.VersionId.ShouldNotBeNull();

        await using var answer = await S3.OpenObjectAsync(bucket, key, null, put.VersionId, [], CancellationToken.None);
        (answer.LengthBytes, answer.Headers["content-type"], answer.Headers["content-encoding"]).ShouldBe((length, "text/x-test", "gzip"));
        var copy = new MemoryStream();
        await answer.Body.CopyToAsync(copy);
        copy.ToArray().ShouldBe(bytes);
        (await S3.FindObjectAsync(bucket, key, null, [], CancellationToken.None))!.LengthBytes.ShouldBe(length);
    }

    [Fact]
    public async Task A_range_comes_alone()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(bucket, "key", StreamedBody.Of("0123456789"u8.ToArray()), [], CancellationToken.None);
        await using var answer = await S3.OpenObjectAsync(bucket, "key", (3, 5), null, [], CancellationToken.None);
        (answer.Status, await new StreamReader(answer.Body).ReadToEndAsync()).ShouldBe((206, "345"));
    }

    [Fact]
    public async Task A_body_that_does_not_fit_its_checksum_is_not_stored()
    {
        var bucket = await server.NewBucketAsync();
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var error = await Should.ThrowAsync<ClientException>(() => S3.PutObjectAsync(
            bucket, "key", StreamedBody.Of(bytes), [("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData("other"u8)))], CancellationToken.None));
        (error.Status, error.Code).ShouldBe((400, "BadDigest"));
        (await S3.FindObjectAsync(bucket, "key", null, [], CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task An_upload_in_parts_is_listed_and_completed()
    {
        var bucket = await server.NewBucketAsync();
        var bytes = RandomNumberGenerator.GetBytes((5 << 20) + 10);
        var (id, _) = await S3.CreateUploadAsync(bucket, "key", [("x-amz-meta-a", "b")], CancellationToken.None);
        var upload = new Upload("key", id);
        var first = await S3.UploadPartAsync(bucket, upload, 1, StreamedBody.Of(bytes.AsMemory(0, 5 << 20)), [], CancellationToken.None);
        var second = await S3.UploadPartAsync(bucket, upload, 2, StreamedBody.Of(bytes.AsMemory(5 << 20)), [], CancellationToken.None);
        var page = await S3.ListPartsAsync(bucket, upload, null, CancellationToken.None);
        page.Parts.Select(part => (part.Number, part.ETag, part.LengthBytes)).ShouldBe([(1, first.ETag, 5 << 20), (2, second.ETag, 10)]);
        var done = await S3.CompleteUploadAsync(bucket, upload, [first, second], [], CancellationToken.None);
        done.Status.ShouldBe(200);
        var found = (await S3.FindObjectAsync(bucket, "key", null, [], CancellationToken.None))!;
        (found.LengthBytes, found.Headers["x-amz-meta-a"]).ShouldBe((bytes.Length, "b"));
        (await S3.AbortUploadAsync(bucket, upload, CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task Copies_tags_and_deletions_are_told()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var put = await S3.PutObjectAsync(bucket, "a b", StreamedBody.Of("text"u8.ToArray()), [], CancellationToken.None);
        await S3.PutObjectAsync(bucket, "a b", StreamedBody.Of("newer"u8.ToArray()), [], CancellationToken.None);
        await S3.CopyObjectAsync(bucket, "a b", put.VersionId, bucket, "copy", [], CancellationToken.None);
        await using (var answer = await S3.OpenObjectAsync(bucket, "copy", null, null, [], CancellationToken.None))
            (await new StreamReader(answer.Body).ReadToEndAsync()).ShouldBe("text");
        await S3.PutObjectTagsAsync(bucket, "copy", null, new Dictionary<string, string> { ["k"] = "v" }, [], CancellationToken.None);
        (await S3.GetObjectTagsAsync(bucket, "copy", null, CancellationToken.None)).ShouldBe(new Dictionary<string, string> { ["k"] = "v" });
        await S3.PutObjectTagsAsync(bucket, "copy", null, new Dictionary<string, string>(), [], CancellationToken.None);
        (await S3.GetObjectTagsAsync(bucket, "copy", null, CancellationToken.None)).ShouldBeEmpty();
        (await S3.DeleteObjectAsync(bucket, "copy", null, [], CancellationToken.None)).Headers["x-amz-delete-marker"].ShouldBe("true");
        (await S3.DeleteObjectAsync(bucket, "a b", put.VersionId, [], CancellationToken.None)).VersionId.ShouldBe(put.VersionId);
        (await S3.FindObjectAsync(bucket, "a b", put.VersionId, [], CancellationToken.None)).ShouldBeNull();
        (await Should.ThrowAsync<ClientException>(() => S3.OpenObjectAsync(bucket, "copy", null, null, [], CancellationToken.None))).Code.ShouldBe("NoSuchKey");
    }

    public void Dispose() => _connection.Dispose();
}
