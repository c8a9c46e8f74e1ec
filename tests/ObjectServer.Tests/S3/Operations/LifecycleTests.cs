using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>The calls of lifecycle on the wire: what is taken, how it comes back, and what is refused with which error.</summary>
public sealed class LifecycleTests
{
    [Theory]
    [InlineData("<ID>a</ID><Prefix>p/</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("<ID>a</ID><Filter></Filter><Status>Disabled</Status><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>")]
    [InlineData("<ID>a</ID><Filter><Prefix>x</Prefix></Filter><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>")]
    [InlineData("<ID>a</ID><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>")]
    [InlineData("<ID>a</ID><Filter><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>")]
    [InlineData("<ID>a</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>")]
    [InlineData("<ID>a</ID><Filter></Filter><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>")]
    public async Task Rules_come_back_as_they_were_set(string rule)
    {
        await using var s3 = await OpenAsync();
        (await PutAsync(s3, rule)).Outcome.ShouldBe("200");
        var answer = await s3.SendAsync("GET", "/bucket?lifecycle");
        answer.Xml.ShouldBe($"<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>{rule}</Rule></LifecycleConfiguration>");
        answer.Header("x-amz-transition-default-minimum-object-size").ShouldBe("varies_by_storage_class");
        (await s3.SendAsync("DELETE", "/bucket?lifecycle")).Outcome.ShouldBe("204");
        (await s3.SendAsync("DELETE", "/bucket?lifecycle")).Outcome.ShouldBe("204");
        (await s3.SendAsync("GET", "/bucket?lifecycle")).Outcome.ShouldBe("404 NoSuchLifecycleConfiguration");
    }

    [Theory]
    [InlineData("400 MalformedXML", "<Prefix/><Status>enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Filter/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Filter><And><Prefix>p</Prefix></And></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Filter><Other>p</Other></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Status>Enabled</Status><Expiration></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Status>Enabled</Status><Expiration><Days>3</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Status>Enabled</Status><Expiration><Days>three</Days></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Status>Enabled</Status><Expiration><Date>20300101</Date></Expiration>")]
    [InlineData("400 MalformedXML", "<Prefix/><Status>Enabled</Status><NoncurrentVersionExpiration><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>")]
    [InlineData("400 InvalidArgument", "<Prefix/><Status>Enabled</Status><Expiration><Days>0</Days></Expiration>")]
    [InlineData("400 InvalidArgument", "<Prefix/><Status>Enabled</Status><Expiration><Days>-1</Days></Expiration>")]
    [InlineData("400 InvalidArgument", "<Prefix/><Status>Enabled</Status><Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>")]
    [InlineData("400 InvalidArgument", "<Prefix/><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>")]
    [InlineData("400 InvalidArgument", "<Prefix/><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>")]
    [InlineData("400 InvalidArgument", "<Prefix/><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation></AbortIncompleteMultipartUpload>")]
    [InlineData("400 InvalidRequest", "<Prefix/><Status>Enabled</Status>")]
    [InlineData("400 InvalidRequest", "<Filter><And><Tag><Key>k</Key><Value>1</Value></Tag><Tag><Key>k</Key><Value>2</Value></Tag></And></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    [InlineData("400 InvalidRequest", "<Filter><Tag><Key>k</Key><Value>1</Value></Tag></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>")]
    [InlineData("400 InvalidRequest", "<Filter><Tag><Key>k</Key><Value>1</Value></Tag></Filter><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>")]
    [InlineData("400 InvalidRequest", "<Filter><And><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>")]
    public async Task What_no_rule_may_be_is_refused(string outcome, string rule)
    {
        await using var s3 = await OpenAsync();
        (await PutAsync(s3, rule)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket?lifecycle")).Outcome.ShouldBe("404 NoSuchLifecycleConfiguration");
    }

    [Fact]
    public async Task Predicates_side_by_side_count_together()
    {
        await using var s3 = await OpenAsync();
        const string rest = "<Status>Enabled</Status><Expiration><Days>3</Days></Expiration>";
        (await PutAsync(s3, $"<Filter><Prefix>p/</Prefix><Tag><Key>a</Key><Value>1</Value></Tag><And><Prefix>p</Prefix><Tag><Key>b</Key><Value>2</Value></Tag></And></Filter>{rest}")).Outcome.ShouldBe("200");
        (await s3.SendAsync("GET", "/bucket?lifecycle")).Element("Filter").ShouldBe(
            "<And><Prefix>p/</Prefix><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></And>");
        (await PutAsync(s3, $"<Filter><Prefix>p</Prefix><And><Prefix>q</Prefix><ObjectSizeLessThan>3</ObjectSizeLessThan></And></Filter>{rest}")).Outcome.ShouldBe("400 MalformedXML");
        (await PutAsync(s3, $"<Filter><And/></Filter>{rest}")).Outcome.ShouldBe("400 MalformedXML");
    }

    [Fact]
    public async Task Ids_are_short_unique_and_made_up_where_they_lack()
    {
        await using var s3 = await OpenAsync();
        const string rest = "<Prefix/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>";
        (await PutAsync(s3, $"<ID>{new string('a', 256)}</ID>{rest}")).Outcome.ShouldBe("400 InvalidArgument");
        (await PutAsync(s3, $"<ID>{new string('a', 255)}</ID>{rest}")).Outcome.ShouldBe("200");
        (await PutAsync(s3, $"<ID>a</ID>{rest}", $"<ID>a</ID>{rest}")).Outcome.ShouldBe("400 InvalidArgument");
        (await PutAsync(s3, rest, rest)).Outcome.ShouldBe("200");
        (await s3.SendAsync("GET", "/bucket?lifecycle")).Element("ID")!.Length.ShouldBe(32);
    }

    [Fact]
    public async Task There_are_at_most_a_thousand_rules_and_at_least_one()
    {
        await using var s3 = await OpenAsync();
        const string rule = "<Prefix/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>";
        (await PutAsync(s3, [.. Enumerable.Repeat(rule, 1000)])).Outcome.ShouldBe("200");
        (await PutAsync(s3, [.. Enumerable.Repeat(rule, 1001)])).Outcome.ShouldBe("400 MalformedXML");
        (await PutAsync(s3)).Outcome.ShouldBe("400 MalformedXML");
    }

    [Fact]
    public async Task Rules_must_come_with_a_digest()
    {
        await using var s3 = await OpenAsync();
        (await s3.SendAsync("PUT", "/bucket?lifecycle", Document("<Prefix/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>"))).Outcome.ShouldBe("400 InvalidRequest");
    }

    [Fact]
    public async Task Answers_about_an_object_tell_when_it_expires_and_by_which_rule()
    {
        await using var s3 = await OpenAsync();
        (await PutAsync(s3, "<ID>rule &amp; one</ID><Prefix>tmp/</Prefix><Status>Enabled</Status><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>")).Outcome.ShouldBe("200");
        const string expected = "expiry-date=\"Tue, 01 Jan 2030 00:00:00 GMT\", rule-id=\"rule%20%26%20one\"";
        (await s3.SendAsync("PUT", "/bucket/tmp/k", "body")).Header("x-amz-expiration").ShouldBe(expected);
        (await s3.SendAsync("HEAD", "/bucket/tmp/k")).Header("x-amz-expiration").ShouldBe(expected);
        (await s3.SendAsync("GET", "/bucket/tmp/k")).Header("x-amz-expiration").ShouldBe(expected);
        (await s3.SendAsync("PUT", "/bucket/tmp/copy", "", ("x-amz-copy-source", "/bucket/tmp/k"))).Header("x-amz-expiration").ShouldBe(expected);
        (await s3.SendAsync("PUT", "/bucket/other", "body")).Header("x-amz-expiration").ShouldBeNull();
        (await s3.SendAsync("HEAD", "/bucket/other")).Header("x-amz-expiration").ShouldBeNull();
    }

    [Fact]
    public async Task Answers_about_an_upload_tell_when_it_is_given_up()
    {
        await using var s3 = await OpenAsync();
        (await PutAsync(s3, "<ID>up</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>")).Outcome.ShouldBe("200");
        var created = await s3.SendAsync("POST", "/bucket/k?uploads");
        created.Header("x-amz-abort-rule-id").ShouldBe("up");
        created.Header("x-amz-abort-date").ShouldNotBeNull();
        var listed = await s3.SendAsync("GET", $"/bucket/k?uploadId={created.Element("UploadId")}");
        listed.Header("x-amz-abort-date").ShouldBe(created.Header("x-amz-abort-date"));
    }

    [Theory]
    [InlineData("all_storage_classes_128K", "200")]
    [InlineData("varies_by_storage_class", "200")]
    [InlineData("other", "400 InvalidArgument")]
    public async Task The_least_size_of_transitions_is_kept(string minimum, string outcome)
    {
        await using var s3 = await OpenAsync();
        var body = Document("<Prefix/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>");
        const string header = "x-amz-transition-default-minimum-object-size";
        var answer = await s3.SendAsync("PUT", "/bucket?lifecycle", body, (header, minimum), Digest(body));
        answer.Outcome.ShouldBe(outcome);
        if (outcome != "200") return;
        answer.Header(header).ShouldBe(minimum);
        (await s3.SendAsync("GET", "/bucket?lifecycle")).Header(header).ShouldBe(minimum);
    }

    private static async Task<OperationHarness> OpenAsync()
    {
        var s3 = await OperationHarness.OpenAsync();
        (await s3.SendAsync("PUT", "/bucket")).Outcome.ShouldBe("200");
        return s3;
    }

    private static Task<Answer> PutAsync(OperationHarness s3, params string[] rules) => s3.SendAsync("PUT", "/bucket?lifecycle", Document(rules), Digest(Document(rules)));

    private static (string, string) Digest(string body) => ("Content-MD5", Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(body))));

    private static string Document(params string[] rules) =>
        $"<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{string.Concat(rules.Select(rule => $"<Rule>{rule}</Rule>"))}</LifecycleConfiguration>";
}
