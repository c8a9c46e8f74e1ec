using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Every operation as the AWS SDK calls it and understands the answer.</summary>
public sealed class SdkTests(SdkServer server) : IClassFixture<SdkServer>
{
    private AmazonS3Client S3 => server.Client;

    private static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(GetObjectResponse response)
    {
        using var buffer = new MemoryStream();
        await response.ResponseStream.CopyToAsync(buffer);
        return buffer.ToArray();
    }

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

    [Fact]
    public async Task Buckets()
    {
        var bucket = await server.NewBucketAsync();
        (await S3.ListBucketsAsync()).Buckets.Select(b => b.BucketName).ShouldContain(bucket);
        (await S3.HeadBucketAsync(new HeadBucketRequest { BucketName = bucket })).BucketRegion.ShouldBe("us-east-1");
        (await S3.GetBucketLocationAsync(bucket)).HttpStatusCode.ShouldBe(HttpStatusCode.OK);
        (await S3.GetBucketAclAsync(new GetBucketAclRequest { BucketName = bucket })).Grants.ShouldHaveSingleItem().Permission.ShouldBe(S3Permission.FULL_CONTROL);
        await S3.DeleteBucketAsync(bucket);
        (await ErrorOfAsync(() => S3.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("404 NoSuchBucket");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(1_000_000)]
    public async Task Objects_of_any_size_come_back(int size)
    {
        var bucket = await server.NewBucketAsync();
        var data = Bytes(size);
        var put = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", InputStream = new MemoryStream(data), Metadata = { ["colour"] = "blue" }, Headers = { CacheControl = "no-cache" } });
        put.ETag.ShouldBe($"\"{Convert.ToHexStringLower(MD5.HashData(data))}\"");

        using var got = await S3.GetObjectAsync(bucket, "k");
        (await ReadAsync(got)).ShouldBe(data);
        got.Metadata["colour"].ShouldBe("blue");
        got.Headers.CacheControl.ShouldBe("no-cache");
        var head = await S3.GetObjectMetadataAsync(bucket, "k");
        head.ContentLength.ShouldBe(size);
        head.ETag.ShouldBe(put.ETag);
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("CRC32C")]
    [InlineData("CRC64NVME")]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    public async Task The_sdk_s_checksums_are_verified_and_given_back(string algorithm)
    {
        var bucket = await server.NewBucketAsync();
        var data = Bytes(100_000);
        var request = new PutObjectRequest { BucketName = bucket, Key = "k", InputStream = new MemoryStream(data) };
        // The SDK computes two of them only with a native runtime, which is not among the packages: it is given the value.
        if (algorithm == "CRC32C") request.ChecksumCRC32C = Base64(Crc32C.Compute(data));
        else if (algorithm == "CRC64NVME") request.ChecksumCRC64NVME = Base64(Crc64Nvme.Compute(data));
        else request.ChecksumAlgorithm = new ChecksumAlgorithm(algorithm);
        var put = await S3.PutObjectAsync(request);

        var given = (string?)typeof(PutObjectResponse).GetProperty("Checksum" + algorithm)!.GetValue(put);
        given.ShouldNotBeNull();
        using var got = await S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", ChecksumMode = ChecksumMode.ENABLED });
        (await ReadAsync(got)).ShouldBe(data);
        typeof(GetObjectResponse).GetProperty("Checksum" + algorithm)!.GetValue(got).ShouldBe(given);
        got.ChecksumType.ShouldBe(ChecksumType.FULL_OBJECT);
    }

    private static string Base64<T>(T checksum) where T : System.Numerics.IBinaryInteger<T>
    {
        var bytes = new byte[checksum.GetByteCount()];
        checksum.WriteBigEndian(bytes);
        return Convert.ToBase64String(bytes);
    }

    [Fact]
    public async Task A_wrong_checksum_or_digest_is_refused()
    {
        var bucket = await server.NewBucketAsync();
        (await ErrorOfAsync(() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "hello", ChecksumSHA256 = Convert.ToBase64String(new byte[32]) }))).ShouldBe("400 BadDigest");
        (await ErrorOfAsync(() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "hello", MD5Digest = Convert.ToBase64String(new byte[16]) }))).ShouldBe("400 BadDigest");
        (await ErrorOfAsync(() => S3.GetObjectMetadataAsync(bucket, "k"))).ShouldStartWith("404");
    }

    [Fact]
    public async Task Ranges_and_conditions()
    {
        var bucket = await server.NewBucketAsync();
        var data = Bytes(100_000);
        var put = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", InputStream = new MemoryStream(data) });
        using var part = await S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", ByteRange = new ByteRange(70_000, 79_999) });
        (await ReadAsync(part)).ShouldBe(data[70_000..80_000]);
        part.ContentRange.ShouldBe("bytes 70000-79999/100000");
        (await ErrorOfAsync(() => S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", ByteRange = new ByteRange(100_000, 100_001) }))).ShouldBe("416 InvalidRange");
        (await ErrorOfAsync(() => S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", EtagToMatch = "\"x\"" }))).ShouldBe("412 PreconditionFailed");
        (await ErrorOfAsync(() => S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", EtagToNotMatch = put.ETag }))).ShouldStartWith("304");
        (await ErrorOfAsync(() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x", IfNoneMatch = "*" }))).ShouldBe("412 PreconditionFailed");
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x", IfMatch = put.ETag });
    }

    [Fact]
    public async Task Odd_keys()
    {
        string[] keys = ["a b", "a+b", "a%20b", "a/b", "a/b/", "a//b", "ü/日本/😀", "&<>\"'", "?#[]@!$()*,;=:", ".hidden", "~tilde", "a\\b"];
        var bucket = await server.NewBucketAsync();
        foreach (var key in keys)
            await S3.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = key });
        foreach (var key in keys)
        {
            using var got = await S3.GetObjectAsync(bucket, key);
            Encoding.UTF8.GetString(await ReadAsync(got)).ShouldBe(key);
        }

        var listed = await S3.ListObjectsV2Async(new() { BucketName = bucket });
        listed.S3Objects.Select(o => o.Key).ShouldBe(keys.Order(StringComparer.Ordinal), ignoreOrder: true);
        var deleted = await S3.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [.. keys.Select(k => new KeyVersion { Key = k })] });
        deleted.DeletedObjects.Select(o => o.Key).ShouldBe(keys);
        (await S3.ListObjectsV2Async(new() { BucketName = bucket })).KeyCount.ShouldBe(0);
    }

    [Fact]
    public async Task Listings_with_delimiters_and_pages()
    {
        var bucket = await server.NewBucketAsync();
        foreach (var i in Enumerable.Range(0, 25))
            await S3.PutObjectAsync(new() { BucketName = bucket, Key = $"dir{i % 5}/f{i}", ContentBody = "" });
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "top", ContentBody = "" });

        var (prefixes, keys, token) = (new List<string>(), new List<string>(), (string?)null);
        do
        {
            var page = await S3.ListObjectsV2Async(new() { BucketName = bucket, Delimiter = "/", MaxKeys = 2, ContinuationToken = token });
            prefixes.AddRange(page.CommonPrefixes ?? []);
            keys.AddRange((page.S3Objects ?? []).Select(o => o.Key));
            token = page.NextContinuationToken;
        }
        while (token is not null);

        prefixes.ShouldBe(["dir0/", "dir1/", "dir2/", "dir3/", "dir4/"]);
        keys.ShouldBe(["top"]);
        var old = await S3.ListObjectsAsync(new ListObjectsRequest { BucketName = bucket, Prefix = "dir3/", MaxKeys = 3 });
        old.IsTruncated.ShouldBe(true);
        old.S3Objects.Count.ShouldBe(3);
        old.S3Objects[0].Owner.Id.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Copies()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "from ü+", ContentBody = "hello", Metadata = { ["a"] = "1" } });
        var copy = await S3.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "from ü+", DestinationBucket = bucket, DestinationKey = "to" });
        copy.ETag.ShouldBe("\"5d41402abc4b2a76b9719d911017c592\"");
        (await S3.GetObjectMetadataAsync(bucket, "to")).Metadata["a"].ShouldBe("1");
        (await ErrorOfAsync(() => S3.CopyObjectAsync(bucket, "none", bucket, "to"))).ShouldBe("404 NoSuchKey");
    }

    [Fact]
    public async Task Versions()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        (await S3.GetBucketVersioningAsync(bucket)).VersioningConfig.Status.ShouldBe(VersionStatus.Enabled);
        var one = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "one" });
        var two = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "two" });
        var gone = await S3.DeleteObjectAsync(bucket, "k");
        gone.DeleteMarker.ShouldBe("true");
        (await ErrorOfAsync(() => S3.GetObjectAsync(bucket, "k"))).ShouldBe("404 NoSuchKey");
        using var old = await S3.GetObjectAsync(bucket, "k", one.VersionId);
        Encoding.UTF8.GetString(await ReadAsync(old)).ShouldBe("one");

        var listed = await S3.ListVersionsAsync(bucket);
        listed.Versions.Select(v => v.VersionId).ShouldBe([gone.VersionId, two.VersionId, one.VersionId]);
        await S3.DeleteObjectAsync(bucket, "k", gone.VersionId);
        using var back = await S3.GetObjectAsync(bucket, "k");
        Encoding.UTF8.GetString(await ReadAsync(back)).ShouldBe("two");
        foreach (var version in listed.Versions)
            await S3.DeleteObjectAsync(bucket, "k", version.VersionId);
        await S3.DeleteBucketAsync(bucket);
    }

    [Fact]
    public async Task Multipart_uploads()
    {
        var bucket = await server.NewBucketAsync();
        var data = Bytes(11 * 1024 * 1024);
        var upload = await S3.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "big", ContentType = "text/plain" });
        (await S3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket })).MultipartUploads.ShouldHaveSingleItem().Key.ShouldBe("big");

        var parts = new List<PartETag>();
        foreach (var (number, from, to) in new[] { (1, 0, 5 << 20), (2, 5 << 20, 10 << 20), (3, 10 << 20, 11 << 20) })
        {
            var part = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "big", UploadId = upload.UploadId, PartNumber = number, InputStream = new MemoryStream(data[from..to]) });
            parts.Add(new PartETag(part));
        }

        var listed = await S3.ListPartsAsync(new ListPartsRequest { BucketName = bucket, Key = "big", UploadId = upload.UploadId });
        listed.Parts.Select(p => p.Size).ShouldBe([5L << 20, 5L << 20, 1L << 20]);
        var done = await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "big", UploadId = upload.UploadId, PartETags = parts });
        done.ETag.ShouldEndWith("-3\"");

        using var got = await S3.GetObjectAsync(bucket, "big");
        (await ReadAsync(got)).ShouldBe(data);
        var attributes = await S3.GetObjectAttributesAsync(new() { BucketName = bucket, Key = "big", ObjectAttributes = [ObjectAttributes.ObjectParts, ObjectAttributes.ObjectSize, ObjectAttributes.Checksum] });
        attributes.ObjectSize.ShouldBe(11L << 20);
        attributes.ObjectParts.TotalPartsCount.ShouldBe(3);
        (await S3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = "big", PartNumber = 3 })).ContentLength.ShouldBe(1 << 20);
    }

    [Fact]
    public async Task Parts_are_copied_and_uploads_aborted()
    {
        var bucket = await server.NewBucketAsync();
        var data = Bytes(6 << 20);
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "source", InputStream = new MemoryStream(data) });
        var upload = await S3.InitiateMultipartUploadAsync(bucket, "copy");
        var one = await S3.CopyPartAsync(new() { SourceBucket = bucket, SourceKey = "source", DestinationBucket = bucket, DestinationKey = "copy", UploadId = upload.UploadId, PartNumber = 1, FirstByte = 0, LastByte = (5 << 20) - 1 });
        var two = await S3.CopyPartAsync(new() { SourceBucket = bucket, SourceKey = "source", DestinationBucket = bucket, DestinationKey = "copy", UploadId = upload.UploadId, PartNumber = 2, FirstByte = 5 << 20, LastByte = data.Length - 1 });
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "copy", UploadId = upload.UploadId, PartETags = [new PartETag(one), new PartETag(two)] });
        using var got = await S3.GetObjectAsync(bucket, "copy");
        (await ReadAsync(got)).ShouldBe(data);

        var other = await S3.InitiateMultipartUploadAsync(bucket, "other");
        await S3.AbortMultipartUploadAsync(bucket, "other", other.UploadId);
        (await ErrorOfAsync(() => S3.ListPartsAsync(bucket, "other", other.UploadId))).ShouldBe("404 NoSuchUpload");
    }

    [Fact]
    public async Task Presigned_links_put_and_get()
    {
        var bucket = await server.NewBucketAsync();
        using var http = new HttpClient();
        GetPreSignedUrlRequest Link(HttpVerb verb) => new() { BucketName = bucket, Key = "a b/ü", Verb = verb, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP };
        using var content = new ByteArrayContent(Bytes(1000));
        (await http.PutAsync(await S3.GetPreSignedURLAsync(Link(HttpVerb.PUT)), content)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var request = Link(HttpVerb.GET);
        request.ResponseHeaderOverrides = new ResponseHeaderOverrides { ContentType = "text/css" };
        using var got = await http.GetAsync(await S3.GetPreSignedURLAsync(request));
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes(1000));
        got.Content.Headers.ContentType!.MediaType.ShouldBe("text/css");
        (await http.GetAsync(new Uri(server.Address, $"{bucket}/a%20b/%C3%BC"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_is_not_built_says_so()
    {
        var bucket = await server.NewBucketAsync();
        (await ErrorOfAsync(() => S3.PutBucketAccelerateConfigurationAsync(new() { BucketName = bucket, AccelerateConfiguration = new() { Status = BucketAccelerateStatus.Enabled } }))).ShouldBe("501 NotImplemented");
        (await ErrorOfAsync(() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "", ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256 }))).ShouldBe("501 NotImplemented");
    }
}
