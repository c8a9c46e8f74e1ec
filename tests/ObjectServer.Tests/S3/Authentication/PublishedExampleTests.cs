using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Checksums;

namespace ObjectStore.ObjectServer.Tests.S3.Authentication;

/// <summary>The worked examples of AWS's documentation: "Signature Calculations for the Authorization Header", and its chapters on chunks and on query parameters.</summary>
public sealed class PublishedExampleTests
{
    private const string AccessKey = "AKIAIOSFODNN7EXAMPLE";
    private const string SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private const string Host = "examplebucket.s3.amazonaws.com";
    private const string Scope = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    private static readonly DateTimeOffset Day = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    private readonly SignatureV4Authenticator _authenticator = new(new RootCredentialStore(AccessKey, SecretKey), "us-east-1", new FixedTime(Day));

    [Theory]
    [InlineData("/test.txt", "", "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    [InlineData("/", "lifecycle", "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("/", "max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void A_published_get_is_accepted(string path, string query, string signedHeaders, string signature)
    {
        var headers = Headers(signedHeaders, signature);
        if (signedHeaders.Contains("range", StringComparison.Ordinal)) headers.Range = "bytes=0-9";
        var result = Authenticate("GET", path, query, headers);
        result.Error.ShouldBeNull();
        result.Principal.Kind.ShouldBe(PrincipalKind.Root);
    }

    [Theory]
    [InlineData("/test$file.text")]
    [InlineData("/test%24file.text")]
    public void The_published_put_is_accepted_however_its_path_is_encoded(string path)
    {
        const string Hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        var headers = Headers("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        headers.Date = "Fri, 24 May 2013 00:00:00 GMT";
        headers["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
        headers["x-amz-content-sha256"] = Hash;
        var result = Authenticate("PUT", path, "", headers);
        result.Error.ShouldBeNull();
        result.Payload.ShouldBe(PayloadSigning.Hash);
        result.PayloadHash.ShouldBe(Hash);
    }

    [Fact]
    public void The_published_presigned_url_is_accepted()
    {
        const string Query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        Authenticate("GET", "/test.txt", Query, new HeaderDictionary { ["Host"] = Host }).Error.ShouldBeNull();
    }

    [Fact]
    public void The_published_chunked_upload_is_accepted_chunk_by_chunk()
    {
        var headers = Headers(
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        headers.Host = "s3.amazonaws.com";
        headers.ContentEncoding = "aws-chunked";
        headers.ContentLength = 66824;
        headers["x-amz-decoded-content-length"] = "66560";
        headers["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
        headers["x-amz-content-sha256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        var result = Authenticate("PUT", "/examplebucket/chunkObject.txt", "", headers);
        result.Error.ShouldBeNull();

        var body = Chunks(
            ("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65536),
            ("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024),
            ("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0)) + "\r\n";
        body.Length.ShouldBe(66824);
        Decode(result, body, ExpectedDigests.None).ShouldBe(new string('a', 66560));
    }

    [Fact]
    public void The_published_chunked_upload_with_a_trailer_is_accepted()
    {
        var headers = Headers(
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
        headers.Host = "s3.amazonaws.com";
        headers.ContentEncoding = "aws-chunked";
        headers["x-amz-decoded-content-length"] = "66560";
        headers["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
        headers["x-amz-content-sha256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
        headers["x-amz-trailer"] = "x-amz-checksum-crc32c";
        var result = Authenticate("PUT", "/examplebucket/chunkObject.txt", "", headers);
        result.Error.ShouldBeNull();

        ExpectedDigests.TryRead(headers, ofBody: true, trailerAllowed: true, null, out var expected).ShouldBeNull();
        var body = Chunks(
            ("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", 65536),
            ("1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", 1024),
            ("2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", 0))
            + "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
        Decode(result, body, expected).ShouldBe(new string('a', 66560));
        Convert.ToBase64String(expected.Value.Span).ShouldBe("sOO8/Q==");
    }

    private static string Chunks(params (string Signature, int Length)[] chunks) => string.Concat(chunks.Select(chunk =>
        $"{chunk.Length:x};chunk-signature={chunk.Signature}\r\n" + (chunk.Length == 0 ? "" : new string('a', chunk.Length) + "\r\n")));

    private static string Decode(AuthenticationResult result, string body, ExpectedDigests expected)
    {
        using var decoder = new AwsChunkedDecoder(result.Payload, 66560, result.Chunks, expected);
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(body));
        var content = new byte[70_000];
        var length = decoder.Decode(ref input, content);
        decoder.CheckEnd();
        decoder.IsComplete.ShouldBeTrue();
        return Encoding.ASCII.GetString(content, 0, length);
    }

    private static IHeaderDictionary Headers(string signedHeaders, string signature) => new HeaderDictionary
    {
        ["Host"] = Host,
        ["x-amz-date"] = "20130524T000000Z",
        ["x-amz-content-sha256"] = TestSigner.EmptyHash,
        ["Authorization"] = $"AWS4-HMAC-SHA256 {Scope},SignedHeaders={signedHeaders},Signature={signature}",
    };

    private AuthenticationResult Authenticate(string method, string path, string query, IHeaderDictionary headers) =>
        _authenticator.Authenticate(new AuthenticationRequest(method, path, new S3Query(query), headers));
}
