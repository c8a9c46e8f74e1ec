using System.Text.RegularExpressions;

namespace ObjectStore.Server.Tests.S3.Operations;

public class MultipartTests
{
    private const string Xmlns = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

    private static async Task<(OperationHarness S3, string UploadId)> BeginAsync(params (string, string)[] headers)
    {
        var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        var created = await s3.SendAsync("POST", "/bucket/big?uploads", "", headers);
        created.Outcome.ShouldBe("200");
        return (s3, created.Element("UploadId")!);
    }

    private static Task<Answer> PartAsync(OperationHarness s3, string uploadId, int number, string body, params (string, string)[] headers) =>
        s3.SendAsync("PUT", $"/bucket/big?partNumber={number}&uploadId={uploadId}", body, headers);

    private static Task<Answer> CompleteAsync(OperationHarness s3, string uploadId, params (int Number, string ETag)[] parts) =>
        s3.SendAsync("POST", "/bucket/big?uploadId=" + uploadId,
            "<CompleteMultipartUpload>" + string.Concat(parts.Select(p => $"<Part><PartNumber>{p.Number}</PartNumber><ETag>{p.ETag}</ETag></Part>")) + "</CompleteMultipartUpload>");

    [Fact]
    public async Task An_object_is_made_of_its_parts()
    {
        var (s3, id) = await BeginAsync(("Content-Type", "text/plain"), ("x-amz-meta-a", "1"));
        var one = (await PartAsync(s3, id, 1, "hello ")).Header("ETag")!;
        var two = (await PartAsync(s3, id, 2, "world")).Header("ETag")!;
        var done = await CompleteAsync(s3, id, (1, one), (2, two));
        var eTag = done.Element("ETag")!.Replace("&quot;", "", StringComparison.Ordinal);
        eTag.ShouldEndWith("-2");
        var crc = done.Element("ChecksumCRC64NVME");
        done.Xml.ShouldBe(
            $"<CompleteMultipartUploadResult{Xmlns}><Location>http://localhost:9000/bucket/big</Location><Bucket>bucket</Bucket><Key>big</Key><ETag>&quot;{eTag}&quot;</ETag>"
            + $"<ChecksumCRC64NVME>{crc}</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>");

        var got = await s3.SendAsync("GET", "/bucket/big");
        got.Text.ShouldBe("hello world");
        got.Header("x-amz-meta-a").ShouldBe("1");
        got.Header("x-amz-mp-parts-count").ShouldBeNull();

        var part = await s3.SendAsync("GET", "/bucket/big?partNumber=2", "", ("x-amz-checksum-mode", "ENABLED"));
        part.Status.ShouldBe(206);
        part.Text.ShouldBe("world");
        part.Header("x-amz-mp-parts-count").ShouldBe("2");
        part.Header("Content-Range").ShouldBe("bytes 6-10/11");
        (await s3.SendAsync("HEAD", "/bucket/big?partNumber=1")).Header("Content-Length").ShouldBe("6");
        (await s3.SendAsync("GET", "/bucket/big?partNumber=3")).Outcome.ShouldBe("416 InvalidPartNumber");
        (await s3.SendAsync("GET", "/bucket/big?partNumber=1", "", ("Range", "bytes=0-1"))).Outcome.ShouldBe("400 InvalidRequest");

        var attributes = await s3.SendAsync("GET", "/bucket/big?attributes", "", ("x-amz-object-attributes", "ObjectParts"), ("x-amz-max-parts", "1"), ("x-amz-part-number-marker", "0"));
        attributes.Text.ShouldContain("<ObjectParts><PartsCount>2</PartsCount><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><Part><PartNumber>1</PartNumber><Size>6</Size>");
    }

    [Fact]
    public async Task The_answer_to_a_new_upload_names_it()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        var created = await s3.SendAsync("POST", "/bucket/a%26b?uploads", "", ("x-amz-checksum-algorithm", "SHA256"));
        created.Xml.ShouldBe($"<InitiateMultipartUploadResult{Xmlns}><Bucket>bucket</Bucket><Key>a&amp;b</Key><UploadId>{created.Element("UploadId")}</UploadId></InitiateMultipartUploadResult>");
        created.Header("x-amz-checksum-algorithm").ShouldBe("SHA256");
        created.Header("x-amz-checksum-type").ShouldBe("COMPOSITE");
    }

    [Theory]
    [InlineData("CRC32", null, "200")]
    [InlineData("CRC32", "FULL_OBJECT", "200")]
    [InlineData("CRC64NVME", "COMPOSITE", "400 InvalidRequest")]
    [InlineData("SHA1", "FULL_OBJECT", "400 InvalidRequest")]
    [InlineData("SHA1", "HALF", "400 InvalidArgument")]
    [InlineData("CRC16", null, "400 InvalidRequest")]
    [InlineData(null, "FULL_OBJECT", "400 InvalidRequest")]
    public async Task Checksum_algorithm_and_type_must_go_together(string? algorithm, string? type, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        (string, string)[] headers = [.. new[] { ("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", type) }.Where(h => h.Item2 is not null).Select(h => (h.Item1, h.Item2!))];
        (await s3.SendAsync("POST", "/bucket/k?uploads", "", headers)).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task Checksums_of_parts_are_combined_and_compared()
    {
        var (s3, id) = await BeginAsync(("x-amz-checksum-algorithm", "CRC32"));
        var one = await PartAsync(s3, id, 1, "hello", ("x-amz-checksum-crc32", "NhCmhg=="));
        one.Header("x-amz-checksum-crc32").ShouldBe("NhCmhg==");
        string Body(string crc) => $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{one.Header("ETag")}</ETag><ChecksumCRC32>{crc}</ChecksumCRC32></Part></CompleteMultipartUpload>";
        (await s3.SendAsync("POST", "/bucket/big?uploadId=" + id, Body("AAAAAA=="))).Outcome.ShouldBe("400 InvalidPart");
        (await s3.SendAsync("POST", "/bucket/big?uploadId=" + id, Body("nonsense"))).Outcome.ShouldBe("400 InvalidPart");
        var done = await s3.SendAsync("POST", "/bucket/big?uploadId=" + id, Body("NhCmhg=="), ("x-amz-checksum-type", "COMPOSITE"), ("x-amz-mp-object-size", "5"));
        done.Element("ChecksumCRC32").ShouldEndWith("-1");
        done.Element("ChecksumType").ShouldBe("COMPOSITE");

        var part = await s3.SendAsync("GET", "/bucket/big?partNumber=1", "", ("x-amz-checksum-mode", "ENABLED"));
        part.Header("x-amz-checksum-crc32").ShouldBe("NhCmhg==");
        part.Header("x-amz-checksum-type").ShouldBe("COMPOSITE");
    }

    [Fact]
    public async Task A_checksum_that_is_no_value_of_its_algorithm_is_a_bad_digest()
    {
        var (s3, id) = await BeginAsync(("x-amz-checksum-algorithm", "SHA256"));
        var one = await PartAsync(s3, id, 1, "hello");
        var body = $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{one.Header("ETag")}</ETag></Part></CompleteMultipartUpload>";
        (await s3.SendAsync("POST", "/bucket/big?uploadId=" + id, body, ("x-amz-checksum-sha256", "bad"))).Outcome.ShouldBe("400 BadDigest");
    }

    [Fact]
    public async Task The_owner_of_an_upload_is_named_also_to_somebody_else()
    {
        var (s3, id) = await BeginAsync();
        s3.Anonymous = true;
        (await s3.SendAsync("GET", $"/bucket/big?uploadId={id}")).Element("Owner").ShouldBe($"<ID>{OperationHarness.OwnerId}</ID><DisplayName>root</DisplayName>");
    }

    [Fact]
    public async Task Parts_and_uploads_are_listed_as_S3_does()
    {
        var (s3, id) = await BeginAsync();
        var one = await PartAsync(s3, id, 1, "hello");
        await PartAsync(s3, id, 3, "hello");
        var crc = one.Header("x-amz-checksum-crc64nvme");
        const string people = "<Initiator><ID>" + OperationHarness.OwnerId + "</ID><DisplayName>root</DisplayName></Initiator><Owner><ID>" + OperationHarness.OwnerId + "</ID><DisplayName>root</DisplayName></Owner><StorageClass>STANDARD</StorageClass>";

        (await s3.SendAsync("GET", $"/bucket/big?uploadId={id}&max-parts=1")).Xml.ShouldBe(
            $"<ListPartsResult{Xmlns}><Bucket>bucket</Bucket><Key>big</Key><UploadId>{id}</UploadId>{people}<PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker>"
            + "<MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
            + $"<Part><PartNumber>1</PartNumber><LastModified>{FixedTime.Iso}</LastModified><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><Size>5</Size><ChecksumCRC64NVME>{crc}</ChecksumCRC64NVME></Part></ListPartsResult>");
        (await s3.SendAsync("GET", $"/bucket/big?uploadId={id}&part-number-marker=1")).Element("PartNumber").ShouldBe("3");

        (await s3.SendAsync("GET", "/bucket?uploads")).Xml.ShouldBe(
            $"<ListMultipartUploadsResult{Xmlns}><Bucket>bucket</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker><Prefix></Prefix><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>"
            + $"<Upload><Key>big</Key><UploadId>{id}</UploadId>{people}<Initiated>{FixedTime.Iso}</Initiated><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType></Upload></ListMultipartUploadsResult>");
    }

    [Fact]
    public async Task Uploads_are_listed_in_pages_and_by_prefix()
    {
        var (s3, _) = await BeginAsync();
        foreach (var key in new[] { "a/1", "a/2", "c" })
            await s3.SendAsync("POST", $"/bucket/{key}?uploads");
        (await s3.SendAsync("GET", "/bucket?uploads&delimiter=/")).Text.ShouldContain("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>");

        var (keys, keyMarker, idMarker) = (new List<string>(), "", "");
        while (true)
        {
            var page = await s3.SendAsync("GET", $"/bucket?uploads&max-uploads=1&key-marker={keyMarker}&upload-id-marker={idMarker}");
            keys.AddRange(Regex.Matches(page.Text, "<Key>([^<]*)</Key>").Select(m => m.Groups[1].Value));
            if (page.Element("IsTruncated") == "false")
                break;
            (keyMarker, idMarker) = (page.Element("NextKeyMarker")!, page.Element("NextUploadIdMarker")!);
        }

        keys.ShouldBe(["a/1", "a/2", "big", "c"]);
    }

    [Fact]
    public async Task A_part_is_copied_from_an_object()
    {
        var (s3, id) = await BeginAsync();
        await s3.SendAsync("PUT", "/bucket/source", "hello world");
        var target = $"/bucket/big?partNumber=1&uploadId={id}";
        var copied = await s3.SendAsync("PUT", target, "", ("x-amz-copy-source", "bucket/source"), ("x-amz-copy-source-range", "bytes=6-10"));
        copied.Text.ShouldContain($"<CopyPartResult{Xmlns}><LastModified>{FixedTime.Iso}</LastModified><ETag>&quot;7d793037a0760186574b0282f2f435e7&quot;</ETag>");
        await CompleteAsync(s3, id, (1, "7d793037a0760186574b0282f2f435e7"));
        (await s3.SendAsync("GET", "/bucket/big")).Text.ShouldBe("world");
    }

    [Theory]
    [InlineData("bytes=6-11", "416 InvalidRange")]
    [InlineData("bytes=6-", "400 InvalidArgument")]
    [InlineData("6-7", "400 InvalidArgument")]
    public async Task A_copy_range_must_lie_within_the_source(string range, string outcome)
    {
        var (s3, id) = await BeginAsync();
        await s3.SendAsync("PUT", "/bucket/source", "hello world");
        (await s3.SendAsync("PUT", $"/bucket/big?partNumber=1&uploadId={id}", "", ("x-amz-copy-source", "bucket/source"), ("x-amz-copy-source-range", range))).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task Wrong_lists_of_parts_are_refused_and_leave_the_upload()
    {
        var (s3, id) = await BeginAsync();
        var one = (await PartAsync(s3, id, 1, "tiny")).Header("ETag")!;
        var two = (await PartAsync(s3, id, 2, "hello")).Header("ETag")!;
        (await CompleteAsync(s3, id)).Outcome.ShouldBe("400 MalformedXML");
        (await CompleteAsync(s3, id, (2, two), (1, one))).Outcome.ShouldBe("400 InvalidPartOrder");
        (await CompleteAsync(s3, id, (1, "x"))).Outcome.ShouldBe("400 InvalidPart");
        (await CompleteAsync(s3, id, (7, one))).Outcome.ShouldBe("400 InvalidPart");
        (await CompleteAsync(s3, id, (1, one), (2, two))).Outcome.ShouldBe("400 EntityTooSmall");
        (await CompleteAsync(s3, id, (0, one))).Outcome.ShouldBe("400 InvalidArgument");
        (await CompleteAsync(s3, id, (2, two))).Outcome.ShouldBe("200");
    }

    [Fact]
    public async Task An_aborted_upload_is_gone()
    {
        var (s3, id) = await BeginAsync();
        (await s3.SendAsync("DELETE", "/bucket/big?uploadId=" + id)).Status.ShouldBe(204);
        (await s3.SendAsync("DELETE", "/bucket/big?uploadId=" + id)).Outcome.ShouldBe("404 NoSuchUpload");
        (await PartAsync(s3, id, 1, "x")).Outcome.ShouldBe("404 NoSuchUpload");
        (await s3.SendAsync("GET", "/bucket/big?uploadId=" + id)).Outcome.ShouldBe("404 NoSuchUpload");
        (await CompleteAsync(s3, id, (1, "x"))).Outcome.ShouldBe("404 NoSuchUpload");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("x")]
    public async Task A_part_number_is_1_to_10000(string number)
    {
        var (s3, id) = await BeginAsync();
        (await s3.SendAsync("PUT", $"/bucket/big?partNumber={number}&uploadId={id}", "x")).Outcome.ShouldBe("400 InvalidArgument");
    }
}
