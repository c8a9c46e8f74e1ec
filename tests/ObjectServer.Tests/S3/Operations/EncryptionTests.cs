using System.Security.Cryptography;

namespace ObjectStore.Server.Tests.S3.Operations;

public class EncryptionTests
{
    private const string Method = "x-amz-server-side-encryption";
    private const string KeyId = Method + "-aws-kms-key-id";
    private const string Customer = Method + "-customer-";
    private static readonly string Key = Convert.ToBase64String(new byte[32]);
    private static readonly string KeyMd5 = Convert.ToBase64String(MD5.HashData(new byte[32]));
    private static readonly (string, string)[] CustomerHeaders = [(Customer + "algorithm", "AES256"), (Customer + "key", Key), (Customer + "key-MD5", KeyMd5)];

    [Fact]
    public async Task Sse_s3_is_told_with_writes_and_reads()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket/k", "hello", (Method, "AES256"))).Header(Method).ShouldBe("AES256");
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var answer = await s3.SendAsync(method, "/bucket/k");
            answer.Status.ShouldBe(200);
            answer.Header(Method).ShouldBe("AES256");
            answer.Header("Content-Length").ShouldBe("5");
        }
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("hello");
    }

    [Theory]
    [InlineData("second", "second")]
    [InlineData("arn:aws:kms:us-east-1:123456789012:key/second", "second")]
    [InlineData(null, "first")]
    public async Task Sse_kms_names_its_key(string? asked, string told)
    {
        await using var s3 = await WithBucketAsync();
        (string, string)[] headers = asked is null ? [(Method, "aws:kms")] : [(Method, "aws:kms"), (KeyId, asked)];
        (await s3.SendAsync("PUT", "/bucket/k", "hello", headers)).Status.ShouldBe(200);
        var got = await s3.SendAsync("GET", "/bucket/k");
        got.Header(Method).ShouldBe("aws:kms");
        got.Header(KeyId).ShouldBe(told);
        got.Text.ShouldBe("hello");
    }

    [Fact]
    public async Task Sse_c_needs_its_key_again_and_tells_its_md5_only()
    {
        await using var s3 = await WithBucketAsync();
        var put = await s3.SendAsync("PUT", "/bucket/k", "hello", CustomerHeaders);
        put.Status.ShouldBe(200);
        put.Header(Customer + "key-MD5").ShouldBe(KeyMd5);
        put.Header(Customer + "key").ShouldBeNull();
        foreach (var method in new[] { "GET", "HEAD" })
        {
            (await s3.SendAsync(method, "/bucket/k")).Status.ShouldBe(400);
            (await s3.SendAsync(method, "/bucket/k", "", Other())).Status.ShouldBe(400);
            var got = await s3.SendAsync(method, "/bucket/k", "", CustomerHeaders);
            got.Status.ShouldBe(200);
            got.Header(Customer + "algorithm").ShouldBe("AES256");
        }
        (await s3.SendAsync("GET", "/bucket/k", "", [.. CustomerHeaders, ("Range", "bytes=1-2")])).Text.ShouldBe("el");
    }

    [Fact]
    public async Task Sse_c_over_plain_http_is_refused_unless_it_is_allowed()
    {
        await using var s3 = await OperationHarness.OpenAsync(configure: options => options with { AllowCustomerKeysWithoutTls = false });
        await s3.SendAsync("PUT", "/bucket");
        var refused = await s3.SendAsync("PUT", "/bucket/k", "hello", CustomerHeaders);
        refused.Outcome.ShouldBe("400 InvalidRequest");
        refused.Text.ShouldContain("secure connection");
        refused.Text.ShouldNotContain(Key);
    }

    public static TheoryData<string, string[]> Wrong => new()
    {
        { "400 InvalidArgument", [Method, "foo"] },
        { "501 NotImplemented", [Method, "aws:kms:dsse"] },
        { "400 KMS.NotFoundException", [Method, "aws:kms", KeyId, "nobody's"] },
        { "400 InvalidArgument", [KeyId, "second"] },
        { "400 InvalidArgument", [Method, "AES256", KeyId, "second"] },
        { "400 InvalidArgument", [Method, "aws:kms", Method + "-context", "garbage"] },
        { "400 InvalidArgument", [Method, "aws:kms", Method + "-context", "WzFd"] },
        { "400 InvalidArgument", [Customer + "algorithm", "AES256"] },
        { "400 InvalidArgument", [Customer + "key", Key] },
        { "400 InvalidArgument", [Customer + "algorithm", "AES256", Customer + "key", Key] },
        { "400 InvalidEncryptionAlgorithmError", [Customer + "algorithm", "AES128", Customer + "key", Key, Customer + "key-MD5", KeyMd5] },
        { "400 InvalidArgument", [Customer + "algorithm", "AES256", Customer + "key", "c2hvcnQ=", Customer + "key-MD5", KeyMd5] },
        { "400 InvalidArgument", [Customer + "algorithm", "AES256", Customer + "key", Key, Customer + "key-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="] },
        { "400 InvalidArgument", [Method, "AES256", Customer + "algorithm", "AES256", Customer + "key", Key, Customer + "key-MD5", KeyMd5] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_combinations_are_refused_and_nothing_is_written(string outcome, string[] pairs)
    {
        await using var s3 = await WithBucketAsync();
        var headers = pairs.Chunk(2).Select(pair => (pair[0], pair[1])).ToArray();
        (await s3.SendAsync("PUT", "/bucket/k", "hello", headers)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("POST", "/bucket/k?uploads", "", headers)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket/k")).Outcome.ShouldBe("404 NoSuchKey");
    }

    [Fact]
    public async Task A_read_that_names_a_method_is_refused()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello", (Method, "AES256"));
        (await s3.SendAsync("GET", "/bucket/k", "", (Method, "AES256"))).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("HEAD", "/bucket/k", "", (Method, "AES256"))).Status.ShouldBe(400);
        (await s3.SendAsync("GET", "/bucket/k", "", CustomerHeaders)).Outcome.ShouldBe("400 InvalidRequest");
    }

    [Fact]
    public async Task Copies_take_the_source_s_key_and_their_own()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello", CustomerHeaders);
        (await s3.SendAsync("PUT", "/bucket/c", "", ("x-amz-copy-source", "bucket/k"), (Method, "AES256"))).Outcome.ShouldBe("400 InvalidRequest");
        (string, string)[] source = [.. CustomerHeaders.Select(header => ("x-amz-copy-source-" + header.Item1["x-amz-".Length..], header.Item2))];
        var copied = await s3.SendAsync("PUT", "/bucket/c", "", [("x-amz-copy-source", "bucket/k"), (Method, "AES256"), .. source]);
        copied.Status.ShouldBe(200);
        copied.Header(Method).ShouldBe("AES256");
        (await s3.SendAsync("GET", "/bucket/c")).Text.ShouldBe("hello");
        // A copy onto itself that changes the encryption changes something.
        (await s3.SendAsync("PUT", "/bucket/c", "", ("x-amz-copy-source", "bucket/c"))).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("PUT", "/bucket/c", "", ("x-amz-copy-source", "bucket/c"), (Method, "aws:kms"))).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/c")).Header(Method).ShouldBe("aws:kms");
    }

    [Fact]
    public async Task Every_part_of_an_upload_needs_its_key()
    {
        await using var s3 = await WithBucketAsync();
        var created = await s3.SendAsync("POST", "/bucket/k?uploads", "", CustomerHeaders);
        created.Header(Customer + "algorithm").ShouldBe("AES256");
        var part = $"/bucket/k?partNumber=1&uploadId={created.Element("UploadId")}";
        (await s3.SendAsync("PUT", part, "hello")).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("PUT", part, "hello", Other())).Outcome.ShouldBe("400 InvalidRequest");
        var uploaded = await s3.SendAsync("PUT", part, "hello", CustomerHeaders);
        uploaded.Header(Customer + "key-MD5").ShouldBe(KeyMd5);
        (await s3.SendAsync("POST", $"/bucket/k?uploadId={created.Element("UploadId")}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{uploaded.Header("ETag")}</ETag></Part></CompleteMultipartUpload>")).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/k", "", CustomerHeaders)).Text.ShouldBe("hello");
    }

    [Fact]
    public async Task Completing_an_upload_with_a_chosen_checksum_needs_its_key_too()
    {
        await using var s3 = await WithBucketAsync();
        var created = await s3.SendAsync("POST", "/bucket/k?uploads", "", [.. CustomerHeaders, ("x-amz-checksum-algorithm", "CRC32")]);
        var part = await s3.SendAsync("PUT", $"/bucket/k?partNumber=1&uploadId={created.Element("UploadId")}", "hello", CustomerHeaders);
        var target = $"/bucket/k?uploadId={created.Element("UploadId")}";
        var document = $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part.Header("ETag")}</ETag></Part></CompleteMultipartUpload>";
        (await s3.SendAsync("POST", target, document)).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("POST", target, document, Other())).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("POST", target, document, CustomerHeaders)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_bucket_s_encryption_is_set_told_used_and_removed()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("GET", "/bucket?encryption")).Outcome.ShouldBe("404 ServerSideEncryptionConfigurationNotFoundError");
        (await s3.SendAsync("PUT", "/bucket?encryption", Document("aws:kms", "second"))).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket?encryption")).Xml.ShouldBe(
            "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
            + "<KMSMasterKeyID>second</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>");
        (await s3.SendAsync("PUT", "/bucket/k", "hello")).Header(KeyId).ShouldBe("second");
        (await s3.SendAsync("DELETE", "/bucket?encryption")).Status.ShouldBe(204);
        (await s3.SendAsync("PUT", "/bucket/plain", "hello")).Header(Method).ShouldBeNull();
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("hello");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<ServerSideEncryptionConfiguration/>")]
    [InlineData("<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>DES</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>")]
    [InlineData("<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>x</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>")]
    public async Task A_malformed_bucket_encryption_is_refused(string document)
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket?encryption", document)).Outcome.ShouldBe("400 MalformedXML");
        (await s3.SendAsync("PUT", "/bucket?encryption", Document("aws:kms", "nobody's"))).Outcome.ShouldBe("400 KMS.NotFoundException");
    }

    [Fact]
    public async Task A_bucket_may_block_keys_of_customers()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("PUT", "/bucket?encryption",
            "<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>")).Status.ShouldBe(200);
        (await s3.SendAsync("PUT", "/bucket/k", "hello", CustomerHeaders)).Outcome.ShouldBe("403 AccessDenied");
        (await s3.SendAsync("PUT", "/bucket/k", "hello")).Status.ShouldBe(200);
    }

    private static async Task<OperationHarness> WithBucketAsync()
    {
        var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        return s3;
    }

    private static (string, string)[] Other()
    {
        var key = new byte[32];
        key[0] = 1;
        return [(Customer + "algorithm", "AES256"), (Customer + "key", Convert.ToBase64String(key)), (Customer + "key-MD5", Convert.ToBase64String(MD5.HashData(key)))];
    }

    private static string Document(string algorithm, string keyId) =>
        $"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm><KMSMasterKeyID>{keyId}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
}
