namespace ObjectStore.Server.Tests.S3.Operations;

public class TaggingTests
{
    private const string Namespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

    private static string Document(params (string Key, string Value)[] tags) =>
        $"<Tagging{Namespace}><TagSet>{string.Concat(tags.Select(tag => $"<Tag><Key>{tag.Key}</Key><Value>{tag.Value}</Value></Tag>"))}</TagSet></Tagging>";

    private static async Task<OperationHarness> WithObjectAsync()
    {
        var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/k", "hello");
        return s3;
    }

    [Theory]
    [InlineData("/bucket/k?tagging")]
    [InlineData("/bucket?tagging")]
    public async Task Tags_are_set_replaced_and_removed(string target)
    {
        await using var s3 = await WithObjectAsync();
        foreach (var document in new[] { Document(("a", "1"), ("ü /:+-=._@", "")), Document(("b", "2")) })
        {
            (await s3.SendAsync("PUT", target, document)).Status.ShouldBe(200);
            (await s3.SendAsync("GET", target)).Xml.ShouldBe(document);
        }
        (await s3.SendAsync("DELETE", target)).Status.ShouldBe(204);
        if (target == "/bucket?tagging") (await s3.SendAsync("GET", target)).Outcome.ShouldBe("404 NoSuchTagSet");
        else (await s3.SendAsync("GET", target)).Xml.ShouldBe(Document());
        (await s3.SendAsync("DELETE", target)).Status.ShouldBe(204);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "", "400 MalformedXML" },
        { "<Tagging/>", "400 MalformedXML" },
        { "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "400 MalformedXML" },
        { "<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>", "400 MalformedXML" },
        { "<Tagging><TagSet/><TagSet/></Tagging>", "400 MalformedXML" },
        { "<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value/></Tag></TagSet></Tagging>", "400 MalformedXML" },
        { Document(("", "x")), "400 InvalidTag" },
        { Document(("a", "1"), ("a", "2")), "400 InvalidTag" },
        { Document(("aws:a", "1")), "400 InvalidTag" },
        { Document(("AWS:a", "1")), "400 InvalidTag" },
        { Document((new string('k', 129), "1")), "400 InvalidTag" },
        { Document(("k", new string('v', 257))), "400 InvalidTag" },
        { Document((string.Concat(Enumerable.Repeat("𐐀", 65)), "1")), "400 InvalidTag" },
        { Document(("a!", "1")), "400 InvalidTag" },
        { Document(("a", "1&#x9;")), "400 InvalidTag" },
        { Document(("😀", "1")), "400 InvalidTag" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_no_tag_set_is_refused_and_changes_nothing(string document, string outcome)
    {
        await using var s3 = await WithObjectAsync();
        foreach (var target in new[] { "/bucket/k?tagging", "/bucket?tagging" })
        {
            await s3.SendAsync("PUT", target, Document(("old", "1")));
            (await s3.SendAsync("PUT", target, document)).Outcome.ShouldBe(outcome);
            (await s3.SendAsync("GET", target)).Xml.ShouldBe(Document(("old", "1")));
        }
    }

    [Fact]
    public async Task An_object_has_ten_tags_a_bucket_fifty_of_the_full_length()
    {
        await using var s3 = await WithObjectAsync();
        foreach (var (target, most) in new[] { ("/bucket/k?tagging", 10), ("/bucket?tagging", 50) })
        {
            (string, string)[] tags = [.. Enumerable.Range(0, most + 1).Select(i => ($"{i:d3}" + string.Concat(Enumerable.Repeat("𐐀", 62)) + "k", new string('v', 256)))];
            (await s3.SendAsync("PUT", target, Document(tags))).Outcome.ShouldBe("400 InvalidTag");
            (await s3.SendAsync("PUT", target, Document(tags[1..]))).Status.ShouldBeLessThan(300);
            (await s3.SendAsync("GET", target)).Xml.ShouldBe(Document(tags[1..]));
        }
    }

    [Fact]
    public async Task Tags_are_told_in_the_order_of_their_keys()
    {
        await using var s3 = await WithObjectAsync();
        foreach (var target in new[] { "/bucket/k?tagging", "/bucket?tagging" })
        {
            await s3.SendAsync("PUT", target, Document(("b", "1"), ("a", "2"), ("B", "3")));
            (await s3.SendAsync("GET", target)).Xml.ShouldBe(Document(("B", "3"), ("a", "2"), ("b", "1")));
        }
    }

    [Fact]
    public async Task Tags_belong_to_a_version()
    {
        await using var s3 = await WithObjectAsync();
        await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        var second = (await s3.SendAsync("PUT", "/bucket/k", "second", ("x-amz-tagging", "v=2"))).Header("x-amz-version-id");
        var put = await s3.SendAsync("PUT", "/bucket/k?tagging&versionId=null", Document(("v", "null")));
        put.Header("x-amz-version-id").ShouldBe("null");
        (await s3.SendAsync("GET", "/bucket/k?tagging&versionId=null")).Xml.ShouldBe(Document(("v", "null")));
        var current = await s3.SendAsync("GET", "/bucket/k?tagging");
        current.Xml.ShouldBe(Document(("v", "2")));
        current.Header("x-amz-version-id").ShouldBe(second);
        var removed = await s3.SendAsync("DELETE", $"/bucket/k?tagging&versionId={second}");
        (removed.Status, removed.Header("x-amz-version-id")).ShouldBe((204, second));
        (await s3.SendAsync("GET", "/bucket/k?tagging")).Xml.ShouldBe(Document());
        (await s3.SendAsync("PUT", "/bucket/none?tagging", Document())).Outcome.ShouldBe("404 NoSuchKey");
        (await s3.SendAsync("PUT", "/bucket/k?tagging&versionId=00000000000000010000000000000001", Document())).Outcome.ShouldBe("404 NoSuchVersion");
        (await s3.SendAsync("GET", "/nowhere/k?tagging")).Outcome.ShouldBe("404 NoSuchBucket");
        (await s3.SendAsync("PUT", "/nowhere?tagging", Document())).Outcome.ShouldBe("404 NoSuchBucket");
    }

    [Fact]
    public async Task Writes_take_tags_in_a_header_and_reads_tell_their_number()
    {
        await using var s3 = await WithObjectAsync();
        (await s3.SendAsync("PUT", "/bucket/t", "x", ("x-amz-tagging", "foo=bar&empty&%C3%BC=a+b%2B"))).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/t?tagging")).Xml.ShouldBe(Document(("empty", ""), ("foo", "bar"), ("ü", "a b+")));
        (await s3.SendAsync("GET", "/bucket/t")).Header("x-amz-tagging-count").ShouldBe("3");
        (await s3.SendAsync("HEAD", "/bucket/t")).Header("x-amz-tagging-count").ShouldBe("3");
        (await s3.SendAsync("HEAD", "/bucket/k")).Header("x-amz-tagging-count").ShouldBeNull();
        s3.Access.Denied.Add("s3:GetObjectTagging bucket/t");
        (await s3.SendAsync("HEAD", "/bucket/t")).Header("x-amz-tagging-count").ShouldBeNull();
        // A presigned query says the same.
        (await s3.SendAsync("PUT", "/bucket/q?x-amz-tagging=a%3Db", "x")).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/q?tagging")).Xml.ShouldBe(Document(("a", "b")));
    }

    [Theory]
    [InlineData("a=1&a=2", "400 InvalidArgument")]
    [InlineData("a=%", "400 InvalidArgument")]
    [InlineData("a=%FF", "400 InvalidArgument")]
    [InlineData("=1", "400 InvalidTag")]
    [InlineData("aws:a=1", "400 InvalidTag")]
    [InlineData("1&2&3&4&5&6&7&8&9&10&11", "400 InvalidTag")]
    [InlineData("a=1;b", "400 InvalidTag")]
    public async Task A_header_that_is_no_tag_set_is_refused(string header, string outcome)
    {
        await using var s3 = await WithObjectAsync();
        (await s3.SendAsync("PUT", "/bucket/t", "x", ("x-amz-tagging", header))).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("POST", "/bucket/t?uploads", "", ("x-amz-tagging", header))).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("PUT", "/bucket/t", "", ("x-amz-copy-source", "bucket/k"), ("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", header))).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("HEAD", "/bucket/t")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_copy_keeps_or_replaces_tags_as_it_is_told()
    {
        await using var s3 = await WithObjectAsync();
        await s3.SendAsync("PUT", "/bucket/t", "x", ("x-amz-tagging", "a=1"), ("x-amz-meta-m", "1"));
        var source = ("x-amz-copy-source", "bucket/t");
        await s3.SendAsync("PUT", "/bucket/kept", "", source);
        (await s3.SendAsync("GET", "/bucket/kept?tagging")).Xml.ShouldBe(Document(("a", "1")));
        await s3.SendAsync("PUT", "/bucket/kept", "", source, ("x-amz-metadata-directive", "REPLACE"));
        (await s3.SendAsync("GET", "/bucket/kept?tagging")).Xml.ShouldBe(Document(("a", "1")));
        await s3.SendAsync("PUT", "/bucket/replaced", "", source, ("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", "b=2"));
        (await s3.SendAsync("GET", "/bucket/replaced?tagging")).Xml.ShouldBe(Document(("b", "2")));
        (await s3.SendAsync("HEAD", "/bucket/replaced")).Header("x-amz-meta-m").ShouldBe("1");
        await s3.SendAsync("PUT", "/bucket/replaced", "", source, ("x-amz-tagging-directive", "REPLACE"));
        (await s3.SendAsync("GET", "/bucket/replaced?tagging")).Xml.ShouldBe(Document());
        (await s3.SendAsync("PUT", "/bucket/c", "", source, ("x-amz-tagging", "b=2"))).Outcome.ShouldBe("400 InvalidArgument");
    }

    [Fact]
    public async Task An_upload_in_parts_keeps_the_tags_it_began_with()
    {
        await using var s3 = await WithObjectAsync();
        var upload = (await s3.SendAsync("POST", "/bucket/mp?uploads", "", ("x-amz-tagging", "Hello=World&foo=bar"))).Element("UploadId");
        var part = await s3.SendAsync("PUT", $"/bucket/mp?partNumber=1&uploadId={upload}", "body");
        await s3.SendAsync("POST", $"/bucket/mp?uploadId={upload}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part.Header("ETag")}</ETag></Part></CompleteMultipartUpload>");
        (await s3.SendAsync("GET", "/bucket/mp?tagging")).Xml.ShouldBe(Document(("Hello", "World"), ("foo", "bar")));
        (await s3.SendAsync("PUT", $"/bucket/mp?partNumber=1&uploadId={upload}", "body", ("x-amz-tagging", "a=b"))).Outcome.ShouldBe("501 NotImplemented");
    }

    [Fact]
    public async Task A_bucket_may_be_made_with_tags()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        const string tags = "<CreateBucketConfiguration><Tags><Tag><Key>{0}</Key><Value>v</Value></Tag></Tags></CreateBucketConfiguration>";
        (await s3.SendAsync("PUT", "/tagged", tags.Replace("{0}", "aws:k", StringComparison.Ordinal))).Outcome.ShouldBe("400 InvalidTag");
        (await s3.SendAsync("HEAD", "/tagged")).Status.ShouldBe(404);
        (await s3.SendAsync("PUT", "/tagged", tags.Replace("{0}", "k", StringComparison.Ordinal))).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/tagged?tagging")).Xml.ShouldBe(Document(("k", "v")));
    }
}
