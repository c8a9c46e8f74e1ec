using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Annotations as the AWS SDK sets them and understands the answers.</summary>
public sealed class SdkAnnotationTests(SdkServer server) : IClassFixture<SdkServer>
{
    private AmazonS3Client S3 => server.Client;

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

    private Task<PutObjectAnnotationResponse> PutAsync(string bucket, string name, string text, string? version = null, string? ifMatch = null, string key = "k") =>
        PutAsync(bucket, name, Encoding.UTF8.GetBytes(text), version, ifMatch, key);

    private Task<PutObjectAnnotationResponse> PutAsync(string bucket, string name, byte[] text, string? version = null, string? ifMatch = null, string key = "k") =>
        S3.PutObjectAnnotationAsync(new() { BucketName = bucket, Key = key, AnnotationName = name, AnnotationPayload = new MemoryStream(text), VersionId = version, ObjectIfMatch = ifMatch });

    private async Task<string> GetAsync(string bucket, string name, string? version = null, string key = "k")
    {
        using var got = await S3.GetObjectAnnotationAsync(new() { BucketName = bucket, Key = key, AnnotationName = name, VersionId = version, ChecksumMode = ChecksumMode.ENABLED });
        using var reader = new StreamReader(got.ResponseStream);
        return await reader.ReadToEndAsync();
    }

    private async Task<List<string>> NamesAsync(string bucket, string? version = null, string? prefix = null, string key = "k") =>
        [.. ((await S3.ListObjectAnnotationsAsync(new() { BucketName = bucket, Key = key, VersionId = version, AnnotationPrefix = prefix })).Annotations ?? []).Select(item => item.AnnotationName)];

    [Fact]
    public async Task They_come_back_and_leave_the_object_as_it_is()
    {
        var bucket = await server.NewBucketAsync();
        var written = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        var long_ = new string('x', 100_000) + "€";
        var put = await PutAsync(bucket, "ml.sentiment", "{\"ü\": 1}");
        put.Key.ShouldBe("k");
        put.AnnotationName.ShouldBe("ml.sentiment");
        put.ETag.ShouldNotBeNullOrEmpty();
        put.ObjectVersionId.ShouldBeNull();
        (await PutAsync(bucket, "long", long_)).HttpStatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(bucket, "ml.sentiment")).ShouldBe("{\"ü\": 1}");
        (await GetAsync(bucket, "long")).ShouldBe(long_);
        using (var got = await S3.GetObjectAnnotationAsync(new() { BucketName = bucket, Key = "k", AnnotationName = "ml.sentiment" })) got.ETag.ShouldBe(put.ETag);

        var listed = await S3.ListObjectAnnotationsAsync(new() { BucketName = bucket, Key = "k" });
        listed.AnnotationCount.ShouldBe(2);
        listed.Annotations.Select(item => (item.AnnotationName, item.Size)).ShouldBe([("long", 100_003L), ("ml.sentiment", 9L)]);
        listed.Annotations[1].ETag.ShouldBe(put.ETag);
        listed.Annotations[0].ChecksumAlgorithm.ShouldNotBeEmpty();
        (await NamesAsync(bucket, prefix: "ml.")).ShouldBe(["ml.sentiment"]);

        var head = await S3.GetObjectMetadataAsync(bucket, "k");
        head.ETag.ShouldBe(written.ETag);
        await PutAsync(bucket, "long", "short");
        (await GetAsync(bucket, "long")).ShouldBe("short");
        (await S3.DeleteObjectAnnotationAsync(new() { BucketName = bucket, Key = "k", AnnotationName = "long" })).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await S3.DeleteObjectAnnotationAsync(new() { BucketName = bucket, Key = "k", AnnotationName = "long" })).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ErrorOfAsync(() => GetAsync(bucket, "long"))).ShouldBe("404 NoSuchAnnotation");

        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "other" });
        (await NamesAsync(bucket)).ShouldBeEmpty();
    }

    [Fact]
    public async Task They_belong_to_versions()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var first = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "one" });
        (await PutAsync(bucket, "n", "of one")).ObjectVersionId.ShouldBe(first.VersionId);
        var second = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "two" });
        (await NamesAsync(bucket)).ShouldBeEmpty();
        await PutAsync(bucket, "n", "of two", second.VersionId);
        (await GetAsync(bucket, "n", first.VersionId)).ShouldBe("of one");
        (await GetAsync(bucket, "n")).ShouldBe("of two");
        await S3.DeleteObjectAsync(bucket, "k");
        (await ErrorOfAsync(() => GetAsync(bucket, "n"))).ShouldBe("404 NoSuchKey");
        (await ErrorOfAsync(() => PutAsync(bucket, "n", "x"))).ShouldBe("404 NoSuchKey");
        (await GetAsync(bucket, "n", second.VersionId)).ShouldBe("of two");
    }

    [Fact]
    public async Task Conditions_are_on_the_object()
    {
        var bucket = await server.NewBucketAsync();
        var written = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        var put = await PutAsync(bucket, "n", "x", ifMatch: written.ETag);
        (await ErrorOfAsync(() => PutAsync(bucket, "n", "x", ifMatch: put.ETag))).ShouldBe("412 PreconditionFailed");
        (await ErrorOfAsync(() => S3.DeleteObjectAnnotationAsync(new() { BucketName = bucket, Key = "k", AnnotationName = "n", ObjectIfMatch = put.ETag }))).ShouldBe("412 PreconditionFailed");
        await S3.DeleteObjectAnnotationAsync(new() { BucketName = bucket, Key = "k", AnnotationName = "n", ObjectIfMatch = written.ETag });
        (await NamesAsync(bucket)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_is_told_by_the_codes_of_S3()
    {
        var bucket = await server.NewBucketAsync();
        (await ErrorOfAsync(() => PutAsync(bucket, "n", "x"))).ShouldBe("404 NoSuchKey");
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        (await ErrorOfAsync(() => PutAsync(bucket, "awsome", "x"))).ShouldBe("400 InvalidAnnotationName");
        (await ErrorOfAsync(() => PutAsync(bucket, "a b", "x"))).ShouldBe("400 InvalidAnnotationName");
        (await ErrorOfAsync(() => PutAsync(bucket, new string('n', 513), "x"))).ShouldBe("400 AnnotationNameTooLong");
        (await ErrorOfAsync(() => PutAsync(bucket, "n", [0xFF, 0xFE]))).ShouldBe("415 UnsupportedMediaType");
        (await ErrorOfAsync(() => PutAsync(bucket, "n", new byte[(1024 * 1024) + 1]))).ShouldBe("400 EntityTooLarge");
        (await ErrorOfAsync(() => PutAsync(bucket, "n", []))).ShouldBe("400 InvalidRequest");
        (await ErrorOfAsync(() => S3.PutObjectAnnotationAsync(new()
        {
            BucketName = bucket, Key = "k", AnnotationName = "n", AnnotationPayload = new MemoryStream([65]), ChecksumSHA256 = Convert.ToBase64String(new byte[32]),
        }))).ShouldBe("400 BadDigest");
        (await NamesAsync(bucket)).ShouldBeEmpty();
    }

    [Fact]
    public async Task They_are_listed_in_pages()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        for (var i = 0; i < 7; i++) await PutAsync(bucket, $"n{i}", "x");
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await S3.ListObjectAnnotationsAsync(new() { BucketName = bucket, Key = "k", MaxAnnotationResults = 3, ContinuationToken = token });
            page.MaxAnnotationResults.ShouldBe(3);
            page.ContinuationToken.ShouldBe(token);
            names.AddRange(page.Annotations.Select(item => item.AnnotationName));
            token = page.NextContinuationToken;
        }
        while (token is not null);
        names.ShouldBe(["n0", "n1", "n2", "n3", "n4", "n5", "n6"]);
        (await ErrorOfAsync(() => S3.ListObjectAnnotationsAsync(new() { BucketName = bucket, Key = "k", ContinuationToken = "x" }))).ShouldBe("400 InvalidArgument");
        (await ErrorOfAsync(() => S3.ListObjectAnnotationsAsync(new() { BucketName = bucket, Key = "none" }))).ShouldBe("404 NoSuchKey");
    }

    [Fact]
    public async Task Copies_have_them_unless_they_are_excluded()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        await PutAsync(bucket, "n", "text");
        await S3.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "copy" });
        (await GetAsync(bucket, "n", key: "copy")).ShouldBe("text");
        await S3.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "bare", AnnotationDirective = AnnotationDirective.EXCLUDE });
        (await NamesAsync(bucket, key: "bare")).ShouldBeEmpty();
        (await ErrorOfAsync(() => S3.CopyObjectAsync(new()
        {
            SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "bare", AnnotationDirective = new AnnotationDirective("MOVE"),
        }))).ShouldBe("400 InvalidArgument");
    }

    [Fact]
    public async Task Locks_hold_them()
    {
        var bucket = $"locked-annotations-{Guid.NewGuid():n}"[..40];
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true });
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        await PutAsync(bucket, "n", "x");
        await S3.PutObjectLegalHoldAsync(new() { BucketName = bucket, Key = "k", LegalHold = new() { Status = ObjectLockLegalHoldStatus.On } });
        (await ErrorOfAsync(() => S3.DeleteObjectAnnotationAsync(new() { BucketName = bucket, Key = "k", AnnotationName = "n" }))).ShouldBe("403 AccessDenied");
        await PutAsync(bucket, "more", "y");
        (await NamesAsync(bucket)).ShouldBe(["more", "n"]);
    }
}
