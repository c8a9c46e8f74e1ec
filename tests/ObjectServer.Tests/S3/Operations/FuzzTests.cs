using System.Text;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Whatever a request says, the answer is S3's: never an unhandled exception.</summary>
public class FuzzTests
{
    private const int Seed = 20240601;
    private const int Requests = 3000;

    private static readonly string[] Targets =
    [
        "/", "/bucket", "/bucket?list-type=2", "/bucket?versions", "/bucket?uploads", "/bucket?versioning", "/bucket?delete", "/bucket?acl", "/bucket?location",
        "/bucket/k", "/bucket/k?uploads", "/bucket/k?uploadId=UPLOAD", "/bucket/k?uploadId=UPLOAD&partNumber=1", "/bucket/k?attributes", "/bucket/k?acl", "/bucket/none",
    ];

    private static readonly string[] Parameters =
    [
        "prefix", "delimiter", "marker", "start-after", "continuation-token", "max-keys", "encoding-type", "key-marker", "version-id-marker", "upload-id-marker", "max-uploads",
        "max-parts", "part-number-marker", "versionId", "response-content-type", "max-buckets", "fetch-owner", "partNumber", "x-amz-meta-q",
    ];

    private static readonly string[] HeaderNames =
    [
        "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "x-amz-copy-source", "x-amz-copy-source-range", "x-amz-metadata-directive",
        "x-amz-storage-class", "x-amz-checksum-mode", "x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-meta-a", "Content-Type", "Content-Encoding", "x-amz-acl",
        "x-amz-object-attributes", "x-amz-max-parts", "x-amz-part-number-marker", "x-amz-if-match-size", "x-amz-if-match-last-modified-time", "x-amz-mp-object-size",
        "x-amz-expected-bucket-owner", "x-amz-website-redirect-location", "x-amz-copy-source-if-match",
    ];

    private static readonly string[] Values =
    [
        "", "*", "\"", "\"\"", "bytes=0-", "bytes=-5", "bytes=1-2", "-1", "0", "1", "10001", "99999999999999999999", "bucket/k", "/bucket/k?versionId=null", "url", "null", "ENABLED",
        "REPLACE", "COPY", "SHA256", "CRC32", "COMPOSITE", "FULL_OBJECT", "Sat, 01 Jun 2024 12:00:00 GMT", "ETag,ObjectParts,Checksum", "k", "/", "STANDARD_IA", "é😀", "%", "a,b,c",
    ];

    private static readonly string[] Bodies =
    [
        "", "x", "<", "<Delete><Object><Key>k</Key></Object></Delete>", "<Delete><Object><Key>k</Key><VersionId>zz</VersionId><Size>-1</Size></Object></Delete>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>-99999999999</PartNumber><ETag></ETag><ChecksumCRC32>x-y</ChecksumCRC32></Part></CompleteMultipartUpload>",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", "<CreateBucketConfiguration><LocationConstraint>x</LocationConstraint></CreateBucketConfiguration>",
    ];

    [Fact]
    public async Task Any_request_gets_an_answer_of_S3()
    {
        var random = new Random(Seed);
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var upload = (await s3.SendAsync("POST", "/bucket/k?uploads")).Element("UploadId")!;
        for (var i = 0; i < Requests; i++)
        {
            var method = Pick(random, ["GET", "HEAD", "PUT", "POST", "DELETE"]);
            var target = Pick(random, Targets).Replace("UPLOAD", random.Next(4) == 0 ? Value(random) : upload, StringComparison.Ordinal);
            for (var n = random.Next(4); n > 0; n--)
                target += (target.Contains('?', StringComparison.Ordinal) ? "&" : "?") + Pick(random, Parameters) + "=" + Uri.EscapeDataString(Value(random));
            (string, string)[] headers = [.. Enumerable.Range(0, random.Next(5)).Select(_ => (Pick(random, HeaderNames), Value(random))).DistinctBy(h => h.Item1)];
            var body = Encoding.UTF8.GetBytes(Pick(random, Bodies));
            if (method == "POST")
                headers = [.. headers, ("Content-MD5", Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(body)))];

            if (await s3.TrySendAsync(method, target, body, headers) is { } answer)
                (answer.Status != 500 && !answer.Aborted).ShouldBeTrue($"seed {Seed}, request {i}: {method} {target} {string.Join(" | ", headers)} {Encoding.UTF8.GetString(body)}\n{s3.LastFault}");
        }
    }

    private static T Pick<T>(Random random, T[] of) => of[random.Next(of.Length)];

    private static string Value(Random random)
    {
        if (random.Next(3) > 0)
            return Pick(random, Values);
        var chars = new char[random.Next(12)];
        for (var i = 0; i < chars.Length; i++)
            chars[i] = (char)random.Next(1, random.Next(2) == 0 ? 0x7F : 0xD7FF);
        return new string(chars);
    }
}
