using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>RenameObject: exact answers, and through the AWS SDK.</summary>
public sealed class RenameTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Source = "x-amz-rename-source";

    [Theory]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task An_object_has_another_key_and_is_otherwise_what_it_was(int length)
    {
        await using var s3 = await OpenAsync();
        var body = new string('x', length);
        await s3.SendAsync("PUT", "/bucket/old", body, ("x-amz-meta-color", "blue"), ("x-amz-tagging", "a=b"), ("Content-Type", "text/plain"));
        var before = await s3.SendAsync("GET", "/bucket/old");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "old"))).Outcome.ShouldBe("200");

        (await s3.SendAsync("GET", "/bucket/old")).Outcome.ShouldBe("404 NoSuchKey");
        var after = await s3.SendAsync("GET", "/bucket/new");
        after.Text.ShouldBe(body);
        foreach (var name in new[] { "ETag", "Last-Modified", "x-amz-meta-color", "Content-Type", "x-amz-tagging-count" }) after.Header(name).ShouldBe(before.Header(name), name);
        (await s3.SendAsync("GET", "/bucket?list-type=2")).Text.ShouldContain("<KeyCount>1</KeyCount>");
        (await s3.SendAsync("DELETE", "/bucket/new")).Status.ShouldBe(204);
        (await s3.SendAsync("DELETE", "/bucket")).Status.ShouldBe(204);
    }

    [Fact]
    public async Task What_has_the_new_key_is_replaced_and_a_copy_of_the_content_stays()
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/old", new string('o', 50_000));
        await s3.SendAsync("PUT", "/bucket/copy", "", ("x-amz-copy-source", "/bucket/old"));
        await s3.SendAsync("PUT", "/bucket/new", new string('n', 50_000));
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "/bucket/old"))).Outcome.ShouldBe("200");
        (await s3.SendAsync("GET", "/bucket/new")).Text.ShouldBe(new string('o', 50_000));
        (await s3.SendAsync("DELETE", "/bucket/new")).Status.ShouldBe(204);
        (await s3.SendAsync("GET", "/bucket/copy")).Text.ShouldBe(new string('o', 50_000));
    }

    [Theory]
    [InlineData("200", "If-None-Match", "\"00000000000000000000000000000000\"")]
    [InlineData("412 PreconditionFailed", "If-None-Match", "*")]
    [InlineData("412 PreconditionFailed", "If-Match", "\"00000000000000000000000000000000\"")]
    [InlineData("200", "If-Match", "\"22af645d1859cb5ca6da0c484f1f37ea\"")]
    [InlineData("412 PreconditionFailed", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData("412 PreconditionFailed", "If-Unmodified-Since", "Fri, 01 Jan 1999 00:00:00 GMT")]
    [InlineData("200", "x-amz-rename-source-if-match", "\"149603e6c03516362a8da23f624db945\"")]
    [InlineData("412 PreconditionFailed", "x-amz-rename-source-if-match", "\"00000000000000000000000000000000\"")]
    [InlineData("412 PreconditionFailed", "x-amz-rename-source-if-none-match", "\"149603e6c03516362a8da23f624db945\"")]
    [InlineData("412 PreconditionFailed", "x-amz-rename-source-if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData("412 PreconditionFailed", "x-amz-rename-source-if-unmodified-since", "Fri, 01 Jan 1999 00:00:00 GMT")]
    public async Task Conditions_are_checked_on_both_names(string outcome, string header, string value)
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/old", "old");
        await s3.SendAsync("PUT", "/bucket/new", "new");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "old"), (header, value))).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket/old")).Status.ShouldBe(outcome == "200" ? 404 : 200);
        (await s3.SendAsync("GET", "/bucket/new")).Text.ShouldBe(outcome == "200" ? "old" : "new");
    }

    [Theory]
    [InlineData("400 InvalidArgument", null)]
    [InlineData("400 InvalidArgument", "")]
    [InlineData("400 InvalidArgument", "%zz")]
    [InlineData("400 InvalidRequest", "new")]
    [InlineData("400 InvalidRequest", "folder/")]
    [InlineData("404 NoSuchKey", "nothing")]
    public async Task What_cannot_be_renamed_is_refused(string outcome, string? source)
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/new", "new");
        (string, string)[] headers = source is null ? [] : [(Source, source)];
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", headers)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket/new")).Text.ShouldBe("new");
    }

    [Fact]
    public async Task A_bucket_that_keeps_versions_renames_nothing()
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        await s3.SendAsync("PUT", "/bucket/old", "old");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "old"))).Outcome.ShouldBe("409 InvalidBucketState");
    }

    [Fact]
    public async Task A_request_that_is_repeated_with_its_token_renames_once()
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/old", "first");
        (string, string)[] headers = [(Source, "old"), ("x-amz-client-token", "token-1")];
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", headers)).Outcome.ShouldBe("200");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", headers)).Outcome.ShouldBe("200");
        await s3.SendAsync("PUT", "/bucket/old", "second");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", headers)).Outcome.ShouldBe("200");
        (await s3.SendAsync("GET", "/bucket/new")).Text.ShouldBe("first");
        (await s3.SendAsync("GET", "/bucket/old")).Text.ShouldBe("second");

        await s3.SendAsync("PUT", "/bucket/other", "other");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "other"), ("x-amz-client-token", "token-1"))).Outcome.ShouldBe("400 IdempotencyParameterMismatch");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "old"), ("x-amz-client-token", "token-2"))).Outcome.ShouldBe("200");
        (await s3.SendAsync("GET", "/bucket/new")).Text.ShouldBe("second");
        (await s3.SendAsync("PUT", "/bucket/new?renameObject", "", (Source, "other"), ("x-amz-client-token", "a b"))).Outcome.ShouldBe("400 InvalidArgument");
    }

    [Fact]
    public async Task Of_many_renames_of_one_object_one_wins()
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/old", "old");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => s3.SendAsync("PUT", $"/bucket/new-{n}?renameObject", "", (Source, "old"))));
        outcomes.Count(answer => answer.Status == 200).ShouldBe(1);
        outcomes.Count(answer => answer.Outcome == "404 NoSuchKey").ShouldBe(7);
        (await s3.SendAsync("GET", "/bucket?list-type=2")).Text.ShouldContain("<KeyCount>1</KeyCount>");
    }

    [Fact]
    public async Task An_object_of_parts_is_renamed_by_the_sdk()
    {
        var bucket = await server.NewBucketAsync();
        var upload = (await server.Client.InitiateMultipartUploadAsync(bucket, "old ü")).UploadId;
        using var body = new MemoryStream(Encoding.ASCII.GetBytes("a part"));
        var part = await server.Client.UploadPartAsync(new() { BucketName = bucket, Key = "old ü", UploadId = upload, PartNumber = 1, InputStream = body });
        await server.Client.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "old ü", UploadId = upload, PartETags = [new PartETag(1, part.ETag)] });
        await server.Client.RenameObjectAsync(new RenameObjectRequest { BucketName = bucket, Key = "new/ü", RenameSource = Uri.EscapeDataString("old ü") });
        using var got = await server.Client.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = "new/ü", PartNumber = 1 });
        using var reader = new StreamReader(got.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe("a part");
        (await Should.ThrowAsync<AmazonS3Exception>(() => server.Client.GetObjectAsync(bucket, "old ü"))).ErrorCode.ShouldBe("NoSuchKey");
    }

    [Fact]
    public async Task A_torrent_is_never_given()
    {
        await using var s3 = await OpenAsync();
        await s3.SendAsync("PUT", "/bucket/key", "hello");
        (await s3.SendAsync("GET", "/bucket/key?torrent")).Outcome.ShouldBe("405 MethodNotAllowed");
    }

    private static async Task<OperationHarness> OpenAsync()
    {
        var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        return s3;
    }
}
