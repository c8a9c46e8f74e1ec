using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using ObjectStore.ObjectServer.Tests.S3;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Forms as browsers send them, against the whole server; what they wrote is read back through the AWS SDK.</summary>
public sealed class PostObjectTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string AccessKey = "access-key";
    private const string SecretKey = "secret-key-of-the-tests";

    private static readonly HttpClient Http = new(new HttpClientHandler { AllowAutoRedirect = false });

    [Fact]
    public async Task A_signed_form_stores_its_file_with_what_its_fields_say()
    {
        var bucket = await server.NewBucketAsync();
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var form = Signed(
            bucket,
            [new object[] { "starts-with", "$key", "user/" }, new object[] { "starts-with", "$Content-Type", "image/" }, new object[] { "content-length-range", 1, 300_000 }, .. Any("x-amz-meta-colour", "Cache-Control")],
            ("key", "user/${filename}"), ("Content-Type", "image/png"), ("x-amz-meta-colour", "gr\u00fcn"), ("Cache-Control", "max-age=5"));
        using var answer = await PostAsync(bucket, form, content, "C:\\pictures\\a b.png");
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
        answer.Headers.Location!.AbsoluteUri.ShouldBe($"{server.Address}{bucket}/user%2Fa%20b.png");
        answer.Headers.ETag!.Tag.ShouldBe($"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"");

        using var got = await server.Client.GetObjectAsync(bucket, "user/a b.png");
        got.Headers.ContentType.ShouldBe("image/png");
        got.Headers.CacheControl.ShouldBe("max-age=5");
        using var stored = new MemoryStream();
        await got.ResponseStream.CopyToAsync(stored);
        stored.ToArray().AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public async Task Where_everybody_may_write_a_form_needs_no_signature()
    {
        var bucket = await server.NewBucketAsync() + "-public";
        await server.Client.PutBucketAsync(new Amazon.S3.Model.PutBucketRequest { BucketName = bucket, ObjectOwnership = Amazon.S3.ObjectOwnership.ObjectWriter });
        await server.Client.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        var form = new[] { ("key", "k"), ("acl", "public-read"), ("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>") };
        using var refused = await PostAsync(bucket, form, "x"u8.ToArray());
        (await OutcomeAsync(refused)).ShouldBe("403 AccessDenied");
        await server.Client.PutBucketAclAsync(new() { BucketName = bucket, ACL = Amazon.S3.S3CannedACL.PublicReadWrite });
        using var written = await PostAsync(bucket, form, "x"u8.ToArray());
        written.StatusCode.ShouldBe(HttpStatusCode.NoContent, await written.Content.ReadAsStringAsync());
        (await Http.GetStringAsync(new Uri(server.Address, bucket + "/k"))).ShouldBe("x");
    }

    [Fact]
    public async Task Tags_and_a_lock_come_with_the_form()
    {
        var bucket = await server.NewBucketAsync();
        const string tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1+1</Value></Tag><Tag><Key>c</Key><Value></Value></Tag></TagSet></Tagging>";
        using var tagged = await PostAsync(bucket, Signed(bucket, Any("key", "tagging"), ("key", "k"), ("tagging", tags)), "x"u8.ToArray());
        tagged.StatusCode.ShouldBe(HttpStatusCode.NoContent, await tagged.Content.ReadAsStringAsync());
        (await server.Client.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "k" })).Tagging.Select(tag => $"{tag.Key}={tag.Value}").ShouldBe(["a b=1+1", "c="]);
        foreach (var (wrong, code) in new[] { ("<Tagging/>", "MalformedXML"), ("<Tagging><TagSet><Tag><Key>aws:a</Key><Value/></Tag></TagSet></Tagging>", "InvalidTag") })
        {
            using var refused = await PostAsync(bucket, Signed(bucket, Any("key", "tagging"), ("key", "k"), ("tagging", wrong)), "x"u8.ToArray());
            (await OutcomeAsync(refused)).ShouldBe($"400 {code}");
        }

        var locked = bucket + "-locked";
        await server.Client.PutBucketAsync(new Amazon.S3.Model.PutBucketRequest { BucketName = locked, ObjectLockEnabledForBucket = true });
        var form = Signed(locked, Any("key", "x-amz-object-lock-legal-hold"), ("key", "k"), ("x-amz-object-lock-legal-hold", "ON"));
        using var held = await PostAsync(locked, form, "x"u8.ToArray());
        held.StatusCode.ShouldBe(HttpStatusCode.NoContent, await held.Content.ReadAsStringAsync());
        (await server.Client.GetObjectLegalHoldAsync(new() { BucketName = locked, Key = "k" })).LegalHold.Status.Value.ShouldBe("ON");
    }

    [Fact]
    public async Task A_form_of_an_old_client_is_signed_by_version_2()
    {
        var bucket = await server.NewBucketAsync();
        var policy = Policy(bucket, Any("key"));
#pragma warning disable CA5350
        var signature = Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(SecretKey), Encoding.UTF8.GetBytes(policy)));
#pragma warning restore CA5350
        using var answer = await PostAsync(bucket, [("key", "k"), ("AWSAccessKeyId", AccessKey), ("signature", signature), ("pOLICy", policy)], "v2"u8.ToArray());
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
        using var wrong = await PostAsync(bucket, [("key", "k"), ("AWSAccessKeyId", AccessKey), ("signature", signature[1..] + "A"), ("policy", policy)], "v2"u8.ToArray());
        (await OutcomeAsync(wrong)).ShouldBe("403 SignatureDoesNotMatch");
        using var half = await PostAsync(bucket, [("key", "k"), ("AWSAccessKeyId", AccessKey), ("policy", policy)], "v2"u8.ToArray());
        (await OutcomeAsync(half)).ShouldBe("400 InvalidArgument");
    }

    [Theory]
    [InlineData("200", HttpStatusCode.OK)]
    [InlineData("201", HttpStatusCode.Created)]
    [InlineData("204", HttpStatusCode.NoContent)]
    [InlineData("404", HttpStatusCode.NoContent)]
    public async Task The_form_chooses_the_status_of_success(string status, HttpStatusCode expected)
    {
        var bucket = await server.NewBucketAsync();
        using var answer = await PostAsync(bucket, Signed(bucket, Any("key", "success_action_status"), ("key", "a/b c"), ("success_action_status", status)), "x"u8.ToArray());
        answer.StatusCode.ShouldBe(expected);
        var body = await answer.Content.ReadAsStringAsync();
        body.ShouldBe(expected != HttpStatusCode.Created ? "" :
            $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{server.Address}{bucket}/a%2Fb%20c</Location><Bucket>{bucket}</Bucket><Key>a/b c</Key>"
            + "<ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag></PostResponse>");
    }

    [Theory]
    [InlineData("http://app.test/done", "http://app.test/done?bucket=B&key=k%26x&etag=%229dd4e461268c8034f5c8564e155c67a6%22")]
    [InlineData("https://app.test/?a=b#c", "https://app.test/?a=b&bucket=B&key=k%26x&etag=%229dd4e461268c8034f5c8564e155c67a6%22#c")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("/relative", null)]
    [InlineData("http://app.test/\r\nSet-Cookie: a=b", null)]
    public async Task The_form_chooses_where_the_browser_goes(string redirect, string? location)
    {
        var bucket = await server.NewBucketAsync();
        using var answer = await PostAsync(bucket, Signed(bucket, Any("key", "success_action_redirect"), ("key", "k&x"), ("success_action_redirect", redirect)), "x"u8.ToArray());
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        if (location is not null) answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        if (location is not null) answer.Headers.Location!.OriginalString.ShouldBe(location.Replace("=B&", $"={bucket}&", StringComparison.Ordinal));
        else answer.StatusCode.ShouldBeOneOf(HttpStatusCode.NoContent, HttpStatusCode.SeeOther);
    }

    [Theory]
    [InlineData("signature", "403 SignatureDoesNotMatch")]
    [InlineData("access key", "403 InvalidAccessKeyId")]
    [InlineData("region", "400 InvalidArgument")]
    [InlineData("date", "400 InvalidArgument")]
    [InlineData("algorithm", "400 InvalidArgument")]
    [InlineData("token", "400 InvalidToken")]
    [InlineData("no signature", "400 InvalidArgument")]
    [InlineData("no policy", "400 InvalidArgument")]
    [InlineData("no key", "400 UserKeyMustBeSpecified")]
    [InlineData("empty key", "400 InvalidArgument")]
    [InlineData("long key", "400 KeyTooLongError")]
    [InlineData("key", "403 AccessDenied")]
    [InlineData("extra", "403 AccessDenied")]
    [InlineData("bucket", "403 AccessDenied")]
    [InlineData("too large", "400 EntityTooLarge")]
    [InlineData("too small", "400 EntityTooSmall")]
    [InlineData("md5", "400 BadDigest")]
    [InlineData("checksum", "400 BadDigest")]
    [InlineData("encryption", "501 NotImplemented")]
    [InlineData("copy", "400 InvalidArgument")]
    [InlineData("anonymous", "403 AccessDenied")]
    [InlineData("policy alone", "400 InvalidArgument")]
    [InlineData("storage class", "400 InvalidStorageClass")]
    public async Task A_form_that_is_wrong_stores_nothing(string fault, string outcome)
    {
        var bucket = await server.NewBucketAsync();
        var other = await server.NewBucketAsync();
        object[] conditions =
        [
            new object[] { "starts-with", "$key", fault is "empty key" ? "" : "k" }, new object[] { "content-length-range", 2, 10 },
            .. Any("Content-MD5", "x-amz-server-side-encryption", "x-amz-copy-source", "x-amz-storage-class", "x-amz-security-token"),
        ];
        (string, string)[] fields = fault switch
        {
            "no key" => [],
            "empty key" => [("key", "")],
            "long key" => [("key", new string('k', 1025))],
            "key" => [("key", "other")],
            "extra" => [("key", "k"), ("acl", "private")],
            "md5" => [("key", "k"), ("Content-MD5", Convert.ToBase64String(MD5.HashData("other"u8)))],
            "checksum" => [("key", "k"), ("x-amz-checksum-sha256", "sailorjerry")],
            "encryption" => [("key", "k"), ("x-amz-server-side-encryption", "AES256")],
            "copy" => [("key", "k"), ("x-amz-copy-source", "b/k")],
            "storage class" => [("key", "k"), ("x-amz-storage-class", "GLACIER")],
            "token" => [("key", "k"), ("x-amz-security-token", "stolen")],
            _ => [("key", "k")],
        };
        var form = Signed(fault == "bucket" ? other : bucket, conditions, fields);
        form = fault switch
        {
            "signature" => With(form, "x-amz-signature", new string('0', 64)),
            "access key" => With(form, "x-amz-credential", "nobody" + Field(form, "x-amz-credential")[AccessKey.Length..]),
            "region" => With(form, "x-amz-credential", Field(form, "x-amz-credential").Replace("us-east-1", "eu-west-1", StringComparison.Ordinal)),
            "date" => With(form, "x-amz-date", "today"),
            "algorithm" => With(form, "x-amz-algorithm", "AWS4-HMAC-SHA1"),
            "no signature" => Without(form, "x-amz-signature"),
            "no policy" => Without(form, "policy"),
            "anonymous" => [("key", "k")],
            "policy alone" => [("key", "k"), ("policy", Field(form, "policy"))],
            _ => form,
        };
        using var answer = await PostAsync(bucket, form, Encoding.ASCII.GetBytes(fault switch { "too large" => "01234567890", "too small" => "0", _ => "hello" }));
        (await OutcomeAsync(answer)).ShouldBe(outcome);
        (await server.Client.ListObjectsV2Async(new() { BucketName = bucket })).KeyCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_form_of_unknown_length_is_taken_and_what_follows_its_file_ignored()
    {
        var bucket = await server.NewBucketAsync();
        var form = Signed(bucket, Any("key"), ("key", "k"));
        var text = Body(form, "hello", "x.txt") + "Content-Disposition: form-data; name=\"submit\"\r\n\r\nUpload\r\n--bound--\r\n";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, bucket)) { Content = new StreamContent(new UnseekableStream(Encoding.UTF8.GetBytes(text))) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=bound");
        request.Headers.TransferEncodingChunked = true;
        using var answer = await Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
        using var got = await server.Client.GetObjectAsync(bucket, "k");
        using var reader = new StreamReader(got.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe("hello");
    }

    [Theory]
    [InlineData("text/plain", "412 PreconditionFailed")]
    [InlineData("multipart/form-data", "400 MalformedPOSTRequest")]
    [InlineData("multipart/form-data; boundary=other", "400 MalformedPOSTRequest")]
    public async Task A_post_to_a_bucket_has_to_be_a_form(string contentType, string outcome)
    {
        var bucket = await server.NewBucketAsync();
        using var content = new StringContent("--bound\r\n");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var answer = await Http.PostAsync(new Uri(server.Address, bucket), content);
        (await OutcomeAsync(answer)).ShouldBe(outcome);
    }

    [Fact]
    public async Task A_form_to_a_bucket_that_is_not_there_says_so()
    {
        using var answer = await PostAsync("no-such-bucket", Signed("no-such-bucket", Any("key"), ("key", "k")), "x"u8.ToArray());
        (await OutcomeAsync(answer)).ShouldBe("404 NoSuchBucket");
    }

    [Fact]
    public async Task Pages_may_read_what_became_of_their_form()
    {
        var bucket = await server.NewBucketAsync();
        await server.Client.PutCORSConfigurationAsync(new()
        {
            BucketName = bucket,
            Configuration = new() { Rules = [new() { AllowedMethods = ["POST"], AllowedOrigins = ["https://app.test"], ExposeHeaders = ["ETag"] }] },
        });
        foreach (var isSigned in new[] { true, false })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, bucket))
            {
                Content = Multipart(isSigned ? Signed(bucket, Any("key"), ("key", "k")) : [("key", "k")], "x"u8.ToArray(), "file"),
            };
            request.Headers.Add("Origin", "https://app.test");
            using var answer = await Http.SendAsync(request);
            answer.StatusCode.ShouldBe(isSigned ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["https://app.test"]);
            answer.Headers.GetValues("Access-Control-Expose-Headers").ShouldBe(["ETag"]);
        }
    }

    [Fact]
    public async Task A_form_of_any_bytes_gets_an_answer_of_S3()
    {
        const int seed = 20260304;
        var random = new Random(seed);
        var bucket = await server.NewBucketAsync();
        var form = Signed(bucket, Any("key", "Content-Type", "success_action_status", "x-amz-meta-a"), ("key", "${filename}"), ("Content-Type", "a/b"), ("success_action_status", "201"), ("x-amz-meta-a", "b"));
        var valid = Encoding.UTF8.GetBytes(Body(form, "hello", "a.txt"));
        for (var round = 0; round < 300; round++)
        {
            var bytes = valid.ToList();
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)); break;
                    case 2: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count / 2), random.Next(1, 60))); break;
                    default: bytes.InsertRange(at, "\r\n--bound\r\n"u8.ToArray()); break;
                }
            }
            using var content = new ByteArrayContent([.. bytes]);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=bound");
            using var answer = await Http.PostAsync(new Uri(server.Address, bucket), content);
            ((int)answer.StatusCode is < 500 or 501).ShouldBeTrue($"seed {seed}, round {round}: {answer.StatusCode} to {Encoding.Latin1.GetString([.. bytes])}");
        }
    }

    private static (string Name, string Value)[] Signed(string bucket, object[] conditions, params (string Name, string Value)[] fields)
    {
        var date = DateTimeOffset.UtcNow.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var signer = new TestSigner(AccessKey, SecretKey, DateTimeOffset.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
        var policy = Policy(bucket, [.. conditions, .. Any("x-amz-algorithm", "x-amz-credential", "x-amz-date")]);
        return
        [
            .. fields, ("policy", policy), ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", $"{AccessKey}/{signer.Scope}"), ("x-amz-date", date),
            ("x-amz-signature", Convert.ToHexStringLower(HMACSHA256.HashData(signer.SigningKey(), Encoding.UTF8.GetBytes(policy)))),
        ];
    }

    private static object[] Any(params string[] fields) => [.. fields.Select(field => new object[] { "starts-with", "$" + field, "" })];

    private static string Policy(string bucket, object[] conditions) => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["expiration"] = DateTimeOffset.UtcNow.AddMinutes(10).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["conditions"] = conditions.Prepend(new Dictionary<string, string> { ["bucket"] = bucket }),
    }));

    private static (string, string)[] With((string Name, string Value)[] form, string name, string value) => [.. Without(form, name), (name, value)];

    private static (string, string)[] Without((string Name, string Value)[] form, string name) => [.. form.Where(field => field.Name != name)];

    private static string Field((string Name, string Value)[] form, string name) => form.Single(field => field.Name == name).Value;

    private async Task<HttpResponseMessage> PostAsync(string bucket, (string Name, string Value)[] form, byte[] content, string fileName = "file")
    {
        using var body = Multipart(form, content, fileName);
        return await Http.PostAsync(new Uri(server.Address, bucket), body);
    }

    private static ByteArrayContent Multipart((string Name, string Value)[] form, byte[] content, string fileName)
    {
        var parts = Body(form, "\u0001", fileName).Split('\u0001');
        var body = new ByteArrayContent([.. Encoding.UTF8.GetBytes(parts[0]), .. content, .. Encoding.UTF8.GetBytes(parts[1]), .. "--\r\n"u8]);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=bound");
        return body;
    }

    /// <summary>Up to the delimiter behind the file.</summary>
    private static string Body((string Name, string Value)[] form, string content, string fileName)
    {
        var body = new StringBuilder();
        foreach (var (name, value) in form) body.Append(CultureInfo.InvariantCulture, $"--bound\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        return body.Append(CultureInfo.InvariantCulture, $"--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{fileName}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--bound").ToString()
            + (content.Length > 1 ? "\r\n" : "");
    }

    private static async Task<string> OutcomeAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return $"{(int)answer.StatusCode} {(text.Length == 0 ? "" : XDocument.Parse(text).Root!.Element("Code")?.Value)}";
    }

    private sealed class UnseekableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
