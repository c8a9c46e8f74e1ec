using System.Text;

namespace ObjectStore.Server.Tests.S3.Operations;

public class ObjectTests
{
    private const string Md5OfHello = "5d41402abc4b2a76b9719d911017c592";

    private static async Task<OperationHarness> WithBucketAsync(FixedTime? time = null)
    {
        var s3 = await OperationHarness.OpenAsync(time: time ?? new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        return s3;
    }

    [Fact]
    public async Task An_object_comes_back_with_its_headers()
    {
        await using var s3 = await WithBucketAsync();
        var put = await s3.SendAsync("PUT", "/bucket/a/b%20c", "hello",
            ("Content-Type", "text/plain"), ("Cache-Control", "no-cache"), ("Content-Encoding", "aws-chunked,gzip"), ("Content-Disposition", "inline"),
            ("Content-Language", "de"), ("Expires", "Thu, 01 Dec 2044 16:00:00 GMT"), ("x-amz-meta-Colour", "blue"), ("x-amz-meta-name", "Jürgen"),
            ("x-amz-storage-class", "STANDARD_IA"), ("x-amz-acl", "bucket-owner-full-control"));
        put.Status.ShouldBe(200);
        put.Header("ETag").ShouldBe($"\"{Md5OfHello}\"");
        put.Header("x-amz-checksum-crc64nvme").ShouldNotBeNull();
        put.Header("x-amz-checksum-type").ShouldBe("FULL_OBJECT");
        put.Header("x-amz-version-id").ShouldBeNull();

        foreach (var method in new[] { "GET", "HEAD" })
        {
            var got = await s3.SendAsync(method, "/bucket/a/b%20c");
            got.Status.ShouldBe(200);
            got.Text.ShouldBe(method == "GET" ? "hello" : "");
            got.Headers.Select(h => $"{h.Key}: {h.Value}").Order(StringComparer.Ordinal).ShouldBe([
                "Accept-Ranges: bytes", "Cache-Control: no-cache", "Content-Disposition: inline", "Content-Encoding: gzip", "Content-Language: de",
                "Content-Length: 5", "Content-Type: text/plain", $"ETag: \"{Md5OfHello}\"", "Expires: Thu, 01 Dec 2044 16:00:00 GMT",
                $"Last-Modified: {FixedTime.Http}", "x-amz-meta-colour: blue", "x-amz-meta-name: =?UTF-8?B?SsO8cmdlbg==?=", "x-amz-storage-class: STANDARD_IA"]);
        }
    }

    [Theory]
    [InlineData("bytes=1-3", 206, "ell", "bytes 1-3/5")]
    [InlineData("bytes=2-", 206, "llo", "bytes 2-4/5")]
    [InlineData("bytes=-2", 206, "lo", "bytes 3-4/5")]
    [InlineData("bytes=0-0,2-3", 200, "hello", null)]
    [InlineData("bytes=9-1", 200, "hello", null)]
    public async Task A_range_is_sent(string range, int status, string text, string? contentRange)
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var got = await s3.SendAsync("GET", "/bucket/k", "", ("Range", range), ("x-amz-checksum-mode", "ENABLED"));
        got.Status.ShouldBe(status);
        got.Text.ShouldBe(text);
        got.Header("Content-Range").ShouldBe(contentRange);
        (got.Header("x-amz-checksum-crc64nvme") is null).ShouldBe(status == 206);
        (await s3.SendAsync("HEAD", "/bucket/k", "", ("Range", range))).Header("Content-Length").ShouldBe(text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("\"" + Md5OfHello + "\"", 206)]
    [InlineData("W/\"" + Md5OfHello + "\"", 200)]
    [InlineData("\"other\"", 200)]
    [InlineData(FixedTime.Http, 206)]
    [InlineData("Sat, 01 Jun 2024 11:00:00 GMT", 200)]
    public async Task A_range_is_sent_only_of_the_object_that_If_Range_names(string ifRange, int status)
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var got = await s3.SendAsync("GET", "/bucket/k", "", ("Range", "bytes=1-3"), ("If-Range", ifRange));
        got.Status.ShouldBe(status);
        got.Text.ShouldBe(status == 206 ? "ell" : "hello");
    }

    [Fact]
    public async Task A_range_behind_the_end_is_416()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var got = await s3.SendAsync("GET", "/bucket/k", "", ("Range", "bytes=5-"));
        got.Outcome.ShouldBe("416 InvalidRange");
        got.Header("Content-Range").ShouldBe("bytes */5");
        got.Element("ActualObjectSize").ShouldBe("5");
    }

    [Fact]
    public async Task An_empty_object_is_sent()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "");
        var got = await s3.SendAsync("GET", "/bucket/k");
        got.Status.ShouldBe(200);
        got.Header("Content-Length").ShouldBe("0");
        (await s3.SendAsync("GET", "/bucket/k", "", ("Range", "bytes=0-"))).Outcome.ShouldBe("416 InvalidRange");
    }

    [Theory]
    [InlineData("If-Match", "\"" + Md5OfHello + "\"", "200")]
    [InlineData("If-Match", "other", "412 PreconditionFailed")]
    [InlineData("If-None-Match", Md5OfHello, "304")]
    [InlineData("If-None-Match", "\"x\"", "200")]
    [InlineData("If-Modified-Since", FixedTime.Http, "304")]
    [InlineData("If-Modified-Since", "Sat, 01 Jun 2024 11:00:00 GMT", "200")]
    [InlineData("If-Unmodified-Since", FixedTime.Http, "200")]
    [InlineData("If-Unmodified-Since", "Sat, 01 Jun 2024 11:00:00 GMT", "412 PreconditionFailed")]
    [InlineData("If-Modified-Since", "nonsense", "200")]
    public async Task Reads_are_conditional(string header, string value, string outcome)
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var got = await s3.SendAsync("GET", "/bucket/k", "", (header, value));
        got.Outcome.ShouldBe(outcome);
        (await s3.SendAsync("HEAD", "/bucket/k", "", (header, value))).Status.ShouldBe(got.Status);
        if (got.Status == 304)
        {
            got.Body.ShouldBeEmpty();
            got.Header("ETag").ShouldBe($"\"{Md5OfHello}\"");
            got.Header("Last-Modified").ShouldBe(FixedTime.Http);
        }
    }

    [Theory]
    [InlineData("/nowhere/k", "NoSuchBucket", "<BucketName>nowhere</BucketName>")]
    [InlineData("/bucket/a%26b", "NoSuchKey", "<Key>a&amp;b</Key>")]
    [InlineData("/bucket/k?versionId=null", "NoSuchVersion", "<Key>k</Key><VersionId>null</VersionId>")]
    [InlineData("/bucket/k?uploadId=u", "NoSuchUpload", "<UploadId>u</UploadId>")]
    public async Task An_error_names_what_is_not_there(string target, string code, string fields)
    {
        await using var s3 = await WithBucketAsync();
        var answer = await s3.SendAsync("GET", target);
        answer.Element("Code").ShouldBe(code);
        answer.Text.ShouldContain(fields);
    }

    [Fact]
    public async Task Writes_are_conditional()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket/k", "hello", ("If-None-Match", "*"))).Status.ShouldBe(200);
        (await s3.SendAsync("PUT", "/bucket/k", "other", ("If-None-Match", "*"))).Outcome.ShouldBe("412 PreconditionFailed");
        (await s3.SendAsync("PUT", "/bucket/k", "other", ("If-Match", "\"x\""))).Outcome.ShouldBe("412 PreconditionFailed");
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("hello");
        (await s3.SendAsync("PUT", "/bucket/k", "other", ("If-Match", Md5OfHello))).Status.ShouldBe(200);
        (await s3.SendAsync("DELETE", "/bucket/k", "", ("If-Match", Md5OfHello))).Outcome.ShouldBe("412 PreconditionFailed");
        (await s3.SendAsync("DELETE", "/bucket/k", "", ("x-amz-if-match-size", "4"))).Outcome.ShouldBe("412 PreconditionFailed");
        (await s3.SendAsync("DELETE", "/bucket/k", "", ("x-amz-if-match-size", "x"))).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("DELETE", "/bucket/k", "", ("x-amz-if-match-size", "5"), ("x-amz-if-match-last-modified-time", FixedTime.Http))).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Response_headers_can_be_overridden_by_signed_requests()
    {
        const string target = "/bucket/k?response-content-type=text%2Fcss&response-content-disposition=attachment%3B%20filename%3D%22%C3%A9.txt%22&response-cache-control=no-store";
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var got = await s3.SendAsync("GET", target);
        got.Header("Content-Type").ShouldBe("text/css");
        got.Header("Cache-Control").ShouldBe("no-store");
        got.Header("Content-Disposition").ShouldBe("attachment; filename=\"é.txt\"");
        (await s3.SendAsync("GET", "/bucket/k?response-expires=%E6%97%A5")).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("GET", "/bucket/k?response-expires=a%0D%0Ax-evil:%201")).Outcome.ShouldBe("400 InvalidArgument");
        s3.Anonymous = true;
        (await s3.SendAsync("GET", target)).Outcome.ShouldBe("400 InvalidRequest");
    }

    [Theory]
    [InlineData("POST", "/bucket/k?uploads")]
    [InlineData("GET", "/bucket/k")]
    public async Task An_offset_to_write_at_is_for_PutObject_only(string method, string target)
    {
        await using var s3 = await WithBucketAsync();
        var refused = await s3.SendAsync(method, target, "", ("x-amz-write-offset-bytes", "5"));
        refused.Outcome.ShouldBe("501 NotImplemented");
        refused.Element("Header").ShouldBe("x-amz-write-offset-bytes");
    }

    [Theory]
    [InlineData("x-amz-acl", "nonsense", "400 InvalidArgument")]
    [InlineData("x-amz-storage-class", "GLACIER", "400 InvalidStorageClass")]
    [InlineData("x-amz-acl", "bucket-owner-full-control", "200")]
    [InlineData("x-amz-acl", "authenticated-read", "400 AccessControlListNotSupported")]
    [InlineData("x-amz-acl", "public-read", "400 AccessControlListNotSupported")]
    [InlineData("x-amz-website-redirect-location", "/elsewhere", "200")]
    [InlineData("x-amz-website-redirect-location", "elsewhere", "400 InvalidArgument")]
    public async Task Headers_of_a_write_are_checked(string header, string value, string outcome)
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket/k", "hello", (header, value))).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task User_metadata_has_room_for_2048_bytes()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket/k", "x", ("x-amz-meta-a", new string('v', 2047)))).Status.ShouldBe(200);
        var refused = await s3.SendAsync("PUT", "/bucket/k", "x", ("x-amz-meta-a", new string('v', 2048)));
        refused.Outcome.ShouldBe("400 MetadataTooLarge");
        refused.Element("MaxSizeAllowed").ShouldBe("2048");
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_to_its_end_breaks_the_connection()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", new byte[100_000]);
        s3.Blobs.Unreadable = true;
        var got = await s3.SendAsync("GET", "/bucket/k");
        got.Aborted.ShouldBeTrue();
        got.Body.Length.ShouldBeLessThan(100_000);
    }

    [Theory]
    [InlineData("CRC32", "NhCmhg==")]
    [InlineData("CRC32C", "mnG7TA==")]
    [InlineData("SHA1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=")]
    [InlineData("SHA256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")]
    [InlineData("MD5", "XUFAKrxLKna5cZ2REBfFkg==")]
    public async Task The_checksum_that_a_client_chose_is_kept_and_told(string name, string value)
    {
        var header = "x-amz-checksum-" + name.ToLowerInvariant();
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket/k", "hello", (header, value))).Header(header).ShouldBe(value);
        (await s3.SendAsync("GET", "/bucket/k")).Header(header).ShouldBeNull();
        (await s3.SendAsync("HEAD", "/bucket/k", "", ("x-amz-checksum-mode", "ENABLED"))).Header(header).ShouldBe(value);
        (await s3.SendAsync("GET", "/bucket?list-type=2")).Text.ShouldContain($"<ChecksumAlgorithm>{name}</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>");
        (await s3.SendAsync("PUT", "/bucket/k", "HELLO", (header, value))).Outcome.ShouldBe("400 BadDigest");
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("hello");
    }

    [Fact]
    public async Task Attributes_are_told_as_asked()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello", ("x-amz-checksum-crc32", "NhCmhg=="));
        var got = await s3.SendAsync("GET", "/bucket/k?attributes", "", ("x-amz-object-attributes", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"));
        got.Xml.ShouldBe(
            $"<GetObjectAttributesResponse xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>{Md5OfHello}</ETag>"
            + "<Checksum><ChecksumCRC32>NhCmhg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType></Checksum>"
            + "<StorageClass>STANDARD</StorageClass><ObjectSize>5</ObjectSize></GetObjectAttributesResponse>");
        got.Header("Last-Modified").ShouldBe(FixedTime.Http);
        (await s3.SendAsync("GET", "/bucket/k?attributes", "", ("x-amz-object-attributes", "Colour"))).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("GET", "/bucket/k?attributes")).Outcome.ShouldBe("400 InvalidRequest");
    }

    [Fact]
    public async Task Acl_and_tags_of_an_object_are_what_all_have()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        (await s3.SendAsync("GET", "/bucket/k?acl")).Element("Permission").ShouldBe("FULL_CONTROL");
        (await s3.SendAsync("GET", "/bucket/k?tagging")).Xml.ShouldBe("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet></TagSet></Tagging>");
        (await s3.SendAsync("GET", "/bucket/none?tagging")).Outcome.ShouldBe("404 NoSuchKey");
    }

    [Fact]
    public async Task Absent_things_have_their_own_errors()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("GET", "/bucket/none")).Outcome.ShouldBe("404 NoSuchKey");
        (await s3.SendAsync("GET", "/nowhere/none")).Outcome.ShouldBe("404 NoSuchBucket");
        (await s3.SendAsync("PUT", "/nowhere/none", "x")).Outcome.ShouldBe("404 NoSuchBucket");
        (await s3.SendAsync("DELETE", "/bucket/none")).Status.ShouldBe(204);
        (await s3.SendAsync("GET", "/bucket/none?versionId=")).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("GET", "/bucket/none?versionId=nonsense")).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("GET", "/bucket/none?partNumber=0")).Outcome.ShouldBe("400 InvalidArgument");
    }

    [Fact]
    public async Task Odd_keys_are_different_objects()
    {
        string[] keys = ["a", "a/", "a//b", "a/./b", "a/../b", "/a", " ", "%25", "+", "%00", "%F0%9F%98%80", "a%0Ab", "%C3%A9", "e%CC%81"];
        await using var s3 = await WithBucketAsync();
        foreach (var key in keys)
            (await s3.SendAsync("PUT", "/bucket/" + key, Encoding.UTF8.GetBytes(key))).Status.ShouldBe(200);
        foreach (var key in keys)
            (await s3.SendAsync("GET", "/bucket/" + key)).Text.ShouldBe(key);
        (await s3.SendAsync("GET", "/bucket?list-type=2")).Element("KeyCount").ShouldBe("14");
    }
}
