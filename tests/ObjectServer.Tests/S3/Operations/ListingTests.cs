using System.Text.RegularExpressions;

namespace ObjectStore.Server.Tests.S3.Operations;

public class ListingTests
{
    private const string Md5OfEmpty = "d41d8cd98f00b204e9800998ecf8427e";
    private const string Xmlns = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    private const string Owner = "<Owner><ID>" + OperationHarness.OwnerId + "</ID><DisplayName>root</DisplayName></Owner>";

    private static async Task<OperationHarness> WithAsync(params string[] keys)
    {
        var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        foreach (var key in keys)
            (await s3.SendAsync("PUT", "/bucket/" + Uri.EscapeDataString(key), "", ("x-amz-checksum-crc32", "AAAAAA=="))).Status.ShouldBe(200);
        return s3;
    }

    private static string Contents(string key, string owner) =>
        $"<Contents><Key>{key}</Key><LastModified>{FixedTime.Iso}</LastModified><ETag>&quot;{Md5OfEmpty}&quot;</ETag>"
        + $"<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>0</Size>{owner}<StorageClass>STANDARD</StorageClass></Contents>";

    private static string[] All(Answer answer, string element) => [.. Regex.Matches(answer.Text, $"<{element}>([^<]*)</{element}>").Select(m => m.Groups[1].Value)];

    [Fact]
    public async Task Version_1_is_written_as_S3_does()
    {
        await using var s3 = await WithAsync("a&b", "p/1", "p/2", "z");
        (await s3.SendAsync("GET", "/bucket?delimiter=%2F&max-keys=2")).Xml.ShouldBe(
            $"<ListBucketResult{Xmlns}><Name>bucket</Name><Prefix></Prefix><Marker></Marker><NextMarker>p/</NextMarker><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>"
            + Contents("a&amp;b", Owner) + "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>");
        (await s3.SendAsync("GET", "/bucket?delimiter=%2F&max-keys=2&marker=p%2F")).Xml.ShouldBe(
            $"<ListBucketResult{Xmlns}><Name>bucket</Name><Prefix></Prefix><Marker>p/</Marker><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>"
            + Contents("z", Owner) + "</ListBucketResult>");
    }

    [Fact]
    public async Task Version_2_is_written_as_S3_does()
    {
        await using var s3 = await WithAsync("a", "b+ ü", "c");
        var first = await s3.SendAsync("GET", "/bucket?list-type=2&max-keys=1&start-after=%20a&encoding-type=url&prefix=&fetch-owner=false");
        var token = first.Element("NextContinuationToken");
        first.Xml.ShouldBe(
            $"<ListBucketResult{Xmlns}><Name>bucket</Name><Prefix></Prefix><NextContinuationToken>{token}</NextContinuationToken><StartAfter>%20a</StartAfter><KeyCount>1</KeyCount>"
            + "<MaxKeys>1</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>" + Contents("a", "") + "</ListBucketResult>");
        (await s3.SendAsync("GET", $"/bucket?list-type=2&fetch-owner=true&encoding-type=url&continuation-token={token}")).Xml.ShouldBe(
            $"<ListBucketResult{Xmlns}><Name>bucket</Name><Prefix></Prefix><ContinuationToken>{token}</ContinuationToken><KeyCount>2</KeyCount>"
            + "<MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>" + Contents("b%2B%20%C3%BC", Owner) + Contents("c", Owner) + "</ListBucketResult>");
    }

    [Theory]
    [InlineData("max-keys=x", "400 InvalidArgument")]
    [InlineData("max-keys=-1", "400 InvalidArgument")]
    [InlineData("max-keys=99999999999", "400 InvalidArgument")]
    [InlineData("max-keys=5000", "200")]
    [InlineData("max-keys=0", "200")]
    [InlineData("max-keys=", "200")]
    [InlineData("encoding-type=base64", "400 InvalidArgument")]
    [InlineData("continuation-token=AAAA", "400 InvalidArgument")]
    [InlineData("continuation-token=", "200")]
    public async Task Parameters_are_checked(string parameter, string outcome)
    {
        await using var s3 = await WithAsync("a", "b");
        var answer = await s3.SendAsync("GET", "/bucket?list-type=2&" + parameter);
        answer.Outcome.ShouldBe(outcome);
        if (parameter == "max-keys=5000")
            answer.Element("MaxKeys").ShouldBe("1000");
        if (parameter == "max-keys=0")
            answer.Element("IsTruncated").ShouldBe("false");
    }

    [Fact]
    public async Task Pages_of_any_size_give_every_key_and_prefix_once()
    {
        string[] keys = ["a", "b/1", "b/2", "b/c/1", "c", "c/", "c/1", "d", "e/e/e", "é", "日本/1"];
        await using var s3 = await WithAsync(keys);
        string[] expectedKeys = ["a", "c", "d", "é"];
        string[] expectedPrefixes = ["b/", "c/", "e/", "日本/"];
        for (var size = 1; size <= 9; size++)
        {
            var (found, prefixes, token) = (new List<string>(), new List<string>(), "");
            do
            {
                var page = await s3.SendAsync("GET", $"/bucket?list-type=2&delimiter=/&max-keys={size}" + (token.Length > 0 ? "&continuation-token=" + token : ""));
                found.AddRange(All(page, "Key"));
                prefixes.AddRange(All(page, "Prefix").Where(p => p.Length > 0));
                token = page.Element("NextContinuationToken") ?? "";
            }
            while (token.Length > 0);

            found.ShouldBe(expectedKeys);
            prefixes.ShouldBe(expectedPrefixes);
        }
    }

    [Fact]
    public async Task A_control_character_is_written_as_a_reference()
    {
        await using var s3 = await WithAsync("a\u0001\n");
        (await s3.SendAsync("GET", "/bucket")).Element("Key").ShouldBe("a&#x1;&#xA;");
        (await s3.SendAsync("GET", "/bucket?encoding-type=url")).Element("Key").ShouldBe("a%01%0A");
    }

    [Fact]
    public async Task Versions_are_written_as_S3_does()
    {
        await using var s3 = await WithAsync("k");
        await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        var second = (await s3.SendAsync("PUT", "/bucket/k", "", ("x-amz-checksum-crc32", "AAAAAA=="))).Header("x-amz-version-id");
        var marker = (await s3.SendAsync("DELETE", "/bucket/k")).Header("x-amz-version-id");
        var content = $"<ETag>&quot;{Md5OfEmpty}&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>0</Size>{Owner}<StorageClass>STANDARD</StorageClass>";
        var common = $"<LastModified>{FixedTime.Iso}</LastModified>";

        var all = await s3.SendAsync("GET", "/bucket?versions");
        all.Xml.ShouldBe(
            $"<ListVersionsResult{Xmlns}><Name>bucket</Name><Prefix></Prefix><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"
            + $"<DeleteMarker><Key>k</Key><VersionId>{marker}</VersionId><IsLatest>true</IsLatest>{common}{Owner}</DeleteMarker>"
            + $"<Version><Key>k</Key><VersionId>{second}</VersionId><IsLatest>false</IsLatest>{common}{content}</Version>"
            + $"<Version><Key>k</Key><VersionId>null</VersionId><IsLatest>false</IsLatest>{common}{content}</Version></ListVersionsResult>");

        var page = await s3.SendAsync("GET", "/bucket?versions&max-keys=1");
        page.Element("NextKeyMarker").ShouldBe("k");
        page.Element("NextVersionIdMarker").ShouldBe(marker);
        All(await s3.SendAsync("GET", $"/bucket?versions&key-marker=k&version-id-marker={marker}"), "VersionId").ShouldBe([second!, "null"]);
        All(await s3.SendAsync("GET", $"/bucket?versions&key-marker=k&version-id-marker={second}"), "VersionId").ShouldBe(["null"]);
        (await s3.SendAsync("GET", "/bucket?versions&key-marker=k&version-id-marker=null")).Text.ShouldNotContain("<Version>");
        (await s3.SendAsync("GET", $"/bucket?versions&version-id-marker={marker}")).Outcome.ShouldBe("400 InvalidArgument");
    }
}
