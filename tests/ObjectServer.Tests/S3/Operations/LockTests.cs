using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Server.Tests.S3.Operations;

public class LockTests
{
    private const string Namespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    private const string Later = "2030-01-01T00:00:00.000Z";

    private static readonly (string, string) Bypass = ("x-amz-bypass-governance-retention", "true");

    private static string Default(string mode, string period) =>
        $"<ObjectLockConfiguration{Namespace}><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>{mode}</Mode>{period}</DefaultRetention></Rule></ObjectLockConfiguration>";

    private static string Retention(string mode, string until) => $"<Retention{Namespace}><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>";

    private static string Hold(string status) => $"<LegalHold{Namespace}><Status>{status}</Status></LegalHold>";

    private static async Task<OperationHarness> WithBucketAsync(FixedTime? time = null)
    {
        var s3 = await OperationHarness.OpenAsync(time: time ?? new FixedTime());
        (await s3.SendAsync("PUT", "/bucket", "", ("x-amz-bucket-object-lock-enabled", "true"))).Status.ShouldBe(200);
        return s3;
    }

    /// <summary>With the digest that these calls insist on.</summary>
    private static Task<Answer> PutAsync(OperationHarness s3, string target, string body, params (string, string)[] headers) =>
        s3.SendAsync("PUT", target, body, [("Content-MD5", Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(body)))), .. headers]);

    [Fact]
    public async Task A_bucket_made_with_object_lock_is_versioned_and_stays_so()
    {
        await using var s3 = await WithBucketAsync();
        (await s3.SendAsync("GET", "/bucket?object-lock")).Xml.ShouldBe($"<ObjectLockConfiguration{Namespace}><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>");
        (await s3.SendAsync("GET", "/bucket?versioning")).Element("Status").ShouldBe("Enabled");
        (await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>")).Outcome.ShouldBe("409 InvalidBucketState");
        (await s3.SendAsync("PUT", "/other", "", ("x-amz-bucket-object-lock-enabled", "perhaps"))).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("PUT", "/other", "", ("x-amz-bucket-object-lock-enabled", "false"))).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/other?object-lock")).Outcome.ShouldBe("404 ObjectLockConfigurationNotFoundError");
    }

    [Fact]
    public async Task A_versioned_bucket_takes_object_lock_later_and_its_default_changes_and_goes()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        var days = Default("GOVERNANCE", "<Days>1</Days>");
        (await PutAsync(s3, "/bucket?object-lock", days)).Outcome.ShouldBe("409 InvalidBucketState");
        await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        foreach (var document in new[] { days, Default("COMPLIANCE", "<Years>100</Years>"), Default("GOVERNANCE", "<Days>36500</Days>") })
        {
            (await PutAsync(s3, "/bucket?object-lock", document)).Status.ShouldBe(200);
            (await s3.SendAsync("GET", "/bucket?object-lock")).Xml.ShouldBe(document);
        }
        var bare = $"<ObjectLockConfiguration{Namespace}><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
        (await PutAsync(s3, "/bucket?object-lock", bare)).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket?object-lock")).Xml.ShouldBe(bare);
        (await PutAsync(s3, "/nowhere?object-lock", bare)).Outcome.ShouldBe("404 NoSuchBucket");
    }

    [Theory]
    [InlineData("GOVERNANCE", "<Days>1</Days><Years>1</Years>", "400 MalformedXML")]
    [InlineData("GOVERNANCE", "", "400 MalformedXML")]
    [InlineData("governance", "<Days>1</Days>", "400 MalformedXML")]
    [InlineData("GOVERNANCE", "<Days>one</Days>", "400 MalformedXML")]
    [InlineData("GOVERNANCE", "<Days>0</Days>", "400 InvalidArgument")]
    [InlineData("GOVERNANCE", "<Years>-1</Years>", "400 InvalidArgument")]
    [InlineData("GOVERNANCE", "<Days>36501</Days>", "400 InvalidArgument")]
    [InlineData("COMPLIANCE", "<Years>101</Years>", "400 InvalidArgument")]
    [InlineData("COMPLIANCE", "<Years>9223372036854775807</Years>", "400 InvalidArgument")]
    public async Task Default_retentions_that_cannot_be_are_refused(string mode, string period, string outcome)
    {
        await using var s3 = await WithBucketAsync();
        (await PutAsync(s3, "/bucket?object-lock", Default(mode, period))).Outcome.ShouldBe(outcome);
        foreach (var document in new[] { "", "<ObjectLockConfiguration/>", "<ObjectLockConfiguration><ObjectLockEnabled>Disabled</ObjectLockEnabled></ObjectLockConfiguration>" })
            (await PutAsync(s3, "/bucket?object-lock", document)).Outcome.ShouldBe("400 MalformedXML");
        (await s3.SendAsync("GET", "/bucket?object-lock")).Element("Rule").ShouldBeNull();
    }

    [Fact]
    public async Task A_write_is_locked_by_its_headers_and_reads_tell_of_it_whom_they_may()
    {
        await using var s3 = await WithBucketAsync();
        var put = await PutAsync(s3, "/bucket/k", "hello", ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", "2030-01-01T01:00:00+01:00"), ("x-amz-object-lock-legal-hold", "ON"));
        put.Status.ShouldBe(200);
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var got = await s3.SendAsync(method, "/bucket/k");
            got.Header("x-amz-object-lock-mode").ShouldBe("GOVERNANCE");
            got.Header("x-amz-object-lock-retain-until-date").ShouldBe(Later);
            got.Header("x-amz-object-lock-legal-hold").ShouldBe("ON");
        }
        (await s3.SendAsync("GET", "/bucket/k?retention")).Xml.ShouldBe(Retention("GOVERNANCE", Later));
        (await s3.SendAsync("GET", "/bucket/k?legal-hold")).Xml.ShouldBe(Hold("ON"));
        s3.Access.Denied.UnionWith(["s3:GetObjectRetention bucket/k", "s3:GetObjectLegalHold bucket/k"]);
        var plain = await s3.SendAsync("HEAD", "/bucket/k");
        plain.Headers.Keys.ShouldNotContain(name => name.StartsWith("x-amz-object-lock", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("x-amz-object-lock-mode", "GOVERNANCE", null, null)]
    [InlineData("x-amz-object-lock-retain-until-date", Later, null, null)]
    [InlineData("x-amz-object-lock-legal-hold", "on", null, null)]
    [InlineData("x-amz-object-lock-mode", "governance", "x-amz-object-lock-retain-until-date", Later)]
    [InlineData("x-amz-object-lock-mode", "GOVERNANCE", "x-amz-object-lock-retain-until-date", "tomorrow")]
    [InlineData("x-amz-object-lock-mode", "GOVERNANCE", "x-amz-object-lock-retain-until-date", "2024-01-01T00:00:00Z")]
    [InlineData("x-amz-object-lock-mode", "COMPLIANCE", "x-amz-object-lock-retain-until-date", "0001-01-01T00:00:00Z")]
    [InlineData("x-amz-object-lock-mode", "COMPLIANCE", "x-amz-object-lock-retain-until-date", "9999-12-31T23:59:59-10:00")]
    public async Task Lock_headers_that_cannot_be_are_refused(string name, string value, string? name2, string? value2)
    {
        await using var s3 = await WithBucketAsync();
        (string, string)[] headers = name2 is null ? [(name, value)] : [(name, value), (name2, value2!)];
        (await PutAsync(s3, "/bucket/k", "hello", headers)).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("POST", "/bucket/k?uploads", "", headers)).Outcome.ShouldBe("400 InvalidArgument");
        (await PutAsync(s3, "/bucket/source", "hello")).Status.ShouldBe(200);
        (await s3.SendAsync("PUT", "/bucket/k", "", [("x-amz-copy-source", "bucket/source"), .. headers])).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("HEAD", "/bucket/k")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_is_locked_is_deleted_by_no_path_but_the_bypass()
    {
        var time = new FixedTime();
        await using var s3 = await WithBucketAsync(time);
        var version = (await PutAsync(s3, "/bucket/k", "hello", ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", Later))).Header("x-amz-version-id");
        var target = $"/bucket/k?versionId={version}";
        var list = $"<Delete><Object><Key>k</Key><VersionId>{version}</VersionId></Object></Delete>";
        var digest = ("Content-MD5", Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(list))));
        (await s3.SendAsync("DELETE", target)).Outcome.ShouldBe("403 AccessDenied");
        (await s3.SendAsync("POST", "/bucket?delete", list, digest)).Element("Code").ShouldBe("AccessDenied");
        (await s3.SendAsync("DELETE", target, "", ("x-amz-bypass-governance-retention", "false"))).Outcome.ShouldBe("403 AccessDenied");

        // To ask for the bypass is not to have it.
        s3.Access.Denied.Add($"s3:BypassGovernanceRetention bucket/k?{version}");
        (await s3.SendAsync("DELETE", target, "", Bypass)).Outcome.ShouldBe("403 AccessDenied");
        (await s3.SendAsync("POST", "/bucket?delete", list, digest, Bypass)).Element("Code").ShouldBe("AccessDenied");
        s3.Access.Denied.Clear();

        (await PutAsync(s3, $"/bucket/k?legal-hold&versionId={version}", Hold("ON"))).Header("x-amz-version-id").ShouldBe(version);
        (await s3.SendAsync("DELETE", target, "", Bypass)).Outcome.ShouldBe("403 AccessDenied");
        (await PutAsync(s3, "/bucket/k?legal-hold", Hold("OFF"))).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/k?legal-hold")).Xml.ShouldBe(Hold("OFF"));
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("hello");
        (await s3.SendAsync("POST", "/bucket?delete", list, digest, Bypass)).Text.ShouldContain("<Deleted>");
        (await s3.SendAsync("GET", target)).Outcome.ShouldBe("404 NoSuchVersion");
    }

    [Fact]
    public async Task A_retention_is_set_extended_and_with_the_bypass_removed()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        (await s3.SendAsync("GET", "/bucket/k?retention")).Outcome.ShouldBe("404 NoSuchObjectLockConfiguration");
        (await s3.SendAsync("GET", "/bucket/k?legal-hold")).Outcome.ShouldBe("404 NoSuchObjectLockConfiguration");
        (await PutAsync(s3, "/bucket/k?retention", Retention("GOVERNANCE", "2030-01-03T00:00:00Z"))).Status.ShouldBe(200);
        (await PutAsync(s3, "/bucket/k?retention", Retention("GOVERNANCE", "2030-01-01T00:00:00Z"))).Outcome.ShouldBe("403 AccessDenied");
        (await PutAsync(s3, "/bucket/k?retention", "<Retention/>")).Outcome.ShouldBe("403 AccessDenied");
        (await PutAsync(s3, "/bucket/k?retention", Retention("GOVERNANCE", Later), Bypass)).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/k?retention")).Xml.ShouldBe(Retention("GOVERNANCE", Later));
        (await PutAsync(s3, "/bucket/k?retention", "<Retention/>", Bypass)).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/k?retention")).Outcome.ShouldBe("404 NoSuchObjectLockConfiguration");
        (await PutAsync(s3, "/bucket/k?retention", Retention("COMPLIANCE", Later))).Status.ShouldBe(200);
        (await PutAsync(s3, "/bucket/k?retention", "<Retention/>", Bypass)).Outcome.ShouldBe("403 AccessDenied");
    }

    /// <summary>What was told of a default retention, written back, is the same retention and no shorter one.</summary>
    [Fact]
    public async Task A_retention_reads_back_as_it_can_be_written()
    {
        var time = new FixedTime();
        time.Advance(TimeSpan.FromTicks(1234));
        await using var s3 = await WithBucketAsync(time);
        await PutAsync(s3, "/bucket?object-lock", Default("COMPLIANCE", "<Days>1</Days>"));
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        var told = (await s3.SendAsync("GET", "/bucket/k?retention")).Xml;
        told.ShouldBe(Retention("COMPLIANCE", "2024-06-02T12:00:00.251Z"));
        (await PutAsync(s3, "/bucket/k?retention", told)).Status.ShouldBe(200);
        (await PutAsync(s3, "/bucket/k?retention", Retention("COMPLIANCE", "2024-06-02T12:00:00.250Z"))).Outcome.ShouldBe("403 AccessDenied");
    }

    [Theory]
    [InlineData("retention", "<Retention><Mode>abc</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>", "400 MalformedXML")]
    [InlineData("retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>", "400 MalformedXML")]
    [InlineData("retention", "<Retention><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>", "400 MalformedXML")]
    [InlineData("retention", "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>soon</RetainUntilDate></Retention>", "400 MalformedXML")]
    [InlineData("retention", "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>9999-12-31T23:59:59-10:00</RetainUntilDate></Retention>", "400 MalformedXML")]
    [InlineData("retention", "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2020-01-01T00:00:00Z</RetainUntilDate></Retention>", "400 InvalidArgument")]
    [InlineData("retention", "", "400 MalformedXML")]
    [InlineData("legal-hold", "<LegalHold><Status>on</Status></LegalHold>", "400 MalformedXML")]
    [InlineData("legal-hold", "<LegalHold/>", "400 MalformedXML")]
    public async Task Documents_that_cannot_be_are_refused(string subresource, string document, string outcome)
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        (await PutAsync(s3, "/bucket/k?" + subresource, document)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket/k?" + subresource)).Outcome.ShouldBe("404 NoSuchObjectLockConfiguration");
    }

    [Fact]
    public async Task Calls_that_lock_must_come_with_a_digest()
    {
        await using var s3 = await WithBucketAsync();
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        (await s3.SendAsync("PUT", "/bucket?object-lock", Default("GOVERNANCE", "<Days>1</Days>"))).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("PUT", "/bucket/k?retention", Retention("GOVERNANCE", Later))).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("PUT", "/bucket/k?legal-hold", Hold("ON"))).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("PUT", "/bucket/k", "hello", ("x-amz-object-lock-legal-hold", "ON"))).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("PUT", "/bucket/k", "hello", ("x-amz-object-lock-legal-hold", "ON"), ("x-amz-checksum-crc32", "NhCmhg=="))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task In_a_bucket_without_object_lock_there_is_none()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        foreach (var (subresource, document) in new[] { ("retention", Retention("GOVERNANCE", "2999-01-01T00:00:00Z")), ("legal-hold", Hold("ON")) })
        {
            (await PutAsync(s3, "/bucket/k?" + subresource, document)).Outcome.ShouldBe("400 InvalidRequest");
            (await s3.SendAsync("GET", "/bucket/k?" + subresource)).Outcome.ShouldBe("400 InvalidRequest");
        }
        (await PutAsync(s3, "/bucket/k", "x", ("x-amz-object-lock-legal-hold", "ON"))).Outcome.ShouldBe("400 InvalidRequest");
        // A delete that would bypass what does not stand there is a delete.
        (await s3.SendAsync("DELETE", "/bucket/k", "", Bypass)).Status.ShouldBe(204);
    }
}
