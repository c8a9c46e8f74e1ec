using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>What Ceph's gateway answers otherwise than AWS: each in both dialects. Source of what Ceph answers: ceph/s3-tests.</summary>
public sealed class DialectTests
{
    private const string CustomerHeader = "x-amz-server-side-encryption-customer-";
    private static readonly byte[] CustomersKey = new byte[32];

    private static readonly (string, string)[] CustomerHeaders =
    [
        (CustomerHeader + "algorithm", "AES256"), (CustomerHeader + "key", Convert.ToBase64String(CustomersKey)),
        (CustomerHeader + "key-MD5", Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(CustomersKey))),
    ];

    private static async Task<OperationHarness> OpenAsync(bool ceph, params (string, string)[] ofBucket)
    {
        var s3 = await OperationHarness.OpenAsync();
        s3.Dialect = ceph ? S3Dialect.Ceph : S3Dialect.Aws;
        (await s3.SendAsync("PUT", "/bucket", "", ofBucket)).Status.ShouldBe(200);
        return s3;
    }

    [Theory]
    [InlineData(false, "416 InvalidPartNumber", "416")]
    [InlineData(true, "400 InvalidPart", "400")]
    public async Task A_part_number_that_an_object_does_not_have(bool ceph, string expected, string ofHead)
    {
        await using var s3 = await OpenAsync(ceph);
        await s3.SendAsync("PUT", "/bucket/k", "body");
        (await s3.SendAsync("GET", "/bucket/k?partNumber=2")).Outcome.ShouldBe(expected);
        (await s3.SendAsync("HEAD", "/bucket/k?partNumber=2")).Outcome.ShouldBe(ofHead);
        (await s3.SendAsync("GET", "/bucket/k?partNumber=1")).Text.ShouldBe("body");
    }

    [Theory]
    [InlineData(false, "400 InvalidRequest")]
    [InlineData(true, "400 InvalidPart")]
    public async Task A_part_number_that_an_object_does_not_have_asked_for_without_its_key(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        await s3.SendAsync("PUT", "/bucket/k", "body", CustomerHeaders);
        (await s3.SendAsync("GET", "/bucket/k?partNumber=2")).Outcome.ShouldBe(expected);
        (await s3.SendAsync("HEAD", "/bucket/k?partNumber=2")).Status.ShouldBe(400);
        (await s3.SendAsync("GET", "/bucket/k?partNumber=1")).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("GET", "/bucket/k")).Outcome.ShouldBe("400 InvalidRequest");
    }

    [Theory]
    [InlineData(false, "405 MethodNotAllowed")]
    [InlineData(true, "404 NoSuchKey")]
    public async Task A_torrent(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        await s3.SendAsync("PUT", "/bucket/k", "body");
        (await s3.SendAsync("GET", "/bucket/k?torrent")).Outcome.ShouldBe(expected);
    }

    [Theory]
    [InlineData(false, "400 InvalidArgument")]
    [InlineData(true, "400 InvalidRetentionPeriod")]
    public async Task A_default_retention_of_no_days(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph, ("x-amz-bucket-object-lock-enabled", "true"));
        foreach (var period in new[] { "<Days>0</Days>", "<Years>-1</Years>" })
        {
            var body = $"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode>{period}</DefaultRetention></Rule></ObjectLockConfiguration>";
            (await s3.SendAsync("PUT", "/bucket?object-lock", body, ("Content-MD5", Md5(body)))).Outcome.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(false, "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>")]
    [InlineData(true, "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">us-east-1</LocationConstraint>")]
    public async Task The_location_of_a_bucket_in_the_first_region(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        (await s3.SendAsync("GET", "/bucket?location")).Xml.ShouldBe(expected);
    }

    [Theory]
    [InlineData(false, "a%20b")]
    [InlineData(true, "a b")]
    public async Task The_prefix_of_an_encoded_listing_of_version_1(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        await s3.SendAsync("PUT", "/bucket/a%20b%20c", "body");
        var listing = await s3.SendAsync("GET", "/bucket?prefix=a%20b&encoding-type=url");
        listing.Element("Prefix").ShouldBe(expected);
        listing.Element("Key").ShouldBe("a%20b%20c");
        (await s3.SendAsync("GET", "/bucket?list-type=2&prefix=a%20b&encoding-type=url")).Element("Prefix").ShouldBe("a%20b");
    }

    [Theory]
    [InlineData(false, "200")]
    [InlineData(true, "409 BucketAlreadyExists")]
    public async Task Making_a_public_bucket_of_one_s_own_again_without_an_ACL(bool ceph, string expected)
    {
        await using var s3 = await OperationHarness.OpenAsync(configure: options => options with
        {
            DefaultOwnership = Server.S3.Authorization.ObjectOwnership.ObjectWriter, DefaultPublicAccess = Server.S3.Authorization.PublicAccessBlock.None,
        });
        s3.Dialect = ceph ? S3Dialect.Ceph : S3Dialect.Aws;
        await s3.SendAsync("PUT", "/public", "", ("x-amz-acl", "public-read"));
        (await s3.SendAsync("PUT", "/public", "")).Outcome.ShouldBe(expected);
        (await s3.SendAsync("PUT", "/public", "", ("x-amz-acl", "public-read"))).Outcome.ShouldBe("200");
        await s3.SendAsync("PUT", "/private", "");
        (await s3.SendAsync("PUT", "/private", "")).Outcome.ShouldBe("200");
    }

    [Theory]
    [InlineData(false, "400 InvalidPartOrder")]
    [InlineData(true, "200")]
    public async Task A_part_that_is_listed_twice(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        var id = (await s3.SendAsync("POST", "/bucket/k?uploads", "")).Element("UploadId")!;
        var first = (await s3.SendAsync("PUT", $"/bucket/k?partNumber=1&uploadId={id}", "first")).Header("ETag")!;
        var second = (await s3.SendAsync("PUT", $"/bucket/k?partNumber=1&uploadId={id}", "second")).Header("ETag")!;
        (await CompleteAsync(s3, id, [], (1, second), (1, first))).Outcome.ShouldBe(ceph ? "400 InvalidPart" : expected);
        (await CompleteAsync(s3, id, [], (1, first), (1, second))).Outcome.ShouldBe(expected);
        if (ceph) (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("second");
    }

    [Fact]
    public async Task Parts_that_do_not_ascend_are_refused_by_both()
    {
        await using var s3 = await OpenAsync(ceph: true);
        var id = (await s3.SendAsync("POST", "/bucket/k?uploads", "")).Element("UploadId")!;
        var one = (await s3.SendAsync("PUT", $"/bucket/k?partNumber=1&uploadId={id}", "first")).Header("ETag")!;
        var two = (await s3.SendAsync("PUT", $"/bucket/k?partNumber=2&uploadId={id}", "second")).Header("ETag")!;
        (await CompleteAsync(s3, id, [], (2, two), (1, one))).Outcome.ShouldBe("400 InvalidPartOrder");
        (await CompleteAsync(s3, id, [], (1, one), (2, two), (1, one))).Outcome.ShouldBe("400 InvalidPartOrder");
    }

    [Theory]
    [InlineData(false, "200")]
    [InlineData(true, "400 InvalidRequest")]
    public async Task Completing_an_upload_under_a_customer_s_key_without_it(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        var id = (await s3.SendAsync("POST", "/bucket/k?uploads", "", CustomerHeaders)).Element("UploadId")!;
        var part = (await s3.SendAsync("PUT", $"/bucket/k?partNumber=1&uploadId={id}", "first", CustomerHeaders)).Header("ETag")!;
        var other = CustomerHeaders.ToArray();
        var key = new byte[32];
        key[0] = 1;
        other[1].Item2 = Convert.ToBase64String(key);
        other[2].Item2 = Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(key));
        (await CompleteAsync(s3, id, other, (1, part))).Outcome.ShouldBe("400 InvalidRequest");
        (await CompleteAsync(s3, id, [], (1, part))).Outcome.ShouldBe(expected);
        (await CompleteAsync(s3, id, CustomerHeaders, (1, part))).Outcome.ShouldBe("200");
    }

    [Theory]
    [InlineData(false, "200")]
    [InlineData(true, "400 InvalidArgument")]
    public async Task A_write_under_a_key_of_the_key_manager_that_is_not_named(bool ceph, string expected)
    {
        await using var s3 = await OpenAsync(ceph);
        (await s3.SendAsync("PUT", "/bucket/k", "body", ("x-amz-server-side-encryption", "aws:kms"))).Outcome.ShouldBe(expected);
        (await s3.SendAsync("POST", "/bucket/k?uploads", "", ("x-amz-server-side-encryption", "aws:kms"))).Outcome.ShouldBe(expected);
        (await s3.SendAsync("PUT", "/bucket/k", "body", ("x-amz-server-side-encryption", "AES256"))).Outcome.ShouldBe("200");
        (await s3.SendAsync("PUT", "/bucket/k", "body", ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-server-side-encryption-aws-kms-key-id", TestKeysName))).Outcome.ShouldBe("200");
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "false")]
    public async Task The_delete_marker_header_where_there_is_none(bool ceph, string? expected)
    {
        await using var s3 = await OpenAsync(ceph);
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var answer = await s3.SendAsync(method, "/bucket/absent");
            answer.Status.ShouldBe(404);
            answer.Header("x-amz-delete-marker").ShouldBe(expected);
        }
        (await s3.SendAsync("GET", "/bucket/absent?tagging")).Header("x-amz-delete-marker").ShouldBeNull();
        await VersioningAsync(s3, "Enabled");
        await s3.SendAsync("PUT", "/bucket/k", "body");
        await s3.SendAsync("DELETE", "/bucket/k");
        (await s3.SendAsync("GET", "/bucket/k")).Header("x-amz-delete-marker").ShouldBe("true");
    }

    [Theory]
    [InlineData(false, "null")]
    [InlineData(true, null)]
    public async Task The_version_id_of_a_write_while_versioning_is_suspended(bool ceph, string? expected)
    {
        await using var s3 = await OpenAsync(ceph);
        await VersioningAsync(s3, "Enabled");
        (await s3.SendAsync("PUT", "/bucket/k", "body")).Header("x-amz-version-id").ShouldNotBeNull();
        await VersioningAsync(s3, "Suspended");
        (await s3.SendAsync("PUT", "/bucket/k", "body")).Header("x-amz-version-id").ShouldBe(expected);
        var id = (await s3.SendAsync("POST", "/bucket/k?uploads", "")).Element("UploadId")!;
        var part = (await s3.SendAsync("PUT", $"/bucket/k?partNumber=1&uploadId={id}", "first")).Header("ETag")!;
        (await CompleteAsync(s3, id, [], (1, part))).Header("x-amz-version-id").ShouldBe(expected);
        (await s3.SendAsync("GET", "/bucket/k")).Header("x-amz-version-id").ShouldBe("null");
        (await s3.SendAsync("DELETE", "/bucket/k")).Header("x-amz-version-id").ShouldBe("null");
    }

    private const string TestKeysName = "second";

    private static Task<Answer> CompleteAsync(OperationHarness s3, string uploadId, (string, string)[] headers, params (int Number, string ETag)[] parts) =>
        s3.SendAsync("POST", "/bucket/k?uploadId=" + uploadId,
            "<CompleteMultipartUpload>" + string.Concat(parts.Select(p => $"<Part><PartNumber>{p.Number}</PartNumber><ETag>{p.ETag}</ETag></Part>")) + "</CompleteMultipartUpload>", headers);

    private static async Task VersioningAsync(OperationHarness s3, string status) =>
        (await s3.SendAsync("PUT", "/bucket?versioning", $"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>")).Status.ShouldBe(200);

    private static string Md5(string body) => Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(body)));
}
