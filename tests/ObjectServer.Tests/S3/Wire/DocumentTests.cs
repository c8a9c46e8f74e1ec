using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.Tests.S3.Wire;

public class DocumentTests
{
    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"")]
    [InlineData("")]
    public void Delete_reads_keys_versions_and_conditions(string xmlns)
    {
        var request = DeleteDocument.Parse(Utf8($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <Delete{xmlns}><Quiet>true</Quiet>
              <Object><Key>a&amp;b &#x1; c</Key></Object>
              <Object><Key>k</Key><VersionId>v</VersionId><ETag>"e"</ETag><Size>5</Size><LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</LastModifiedTime></Object>
            </Delete>
            """)).ShouldNotBeNull();

        request.Quiet.ShouldBeTrue();
        request.Objects.ShouldBe([
            new DeleteEntry("a&b \u0001 c", null, null, null, null),
            new DeleteEntry("k", "v", "\"e\"", "Sun, 06 Nov 1994 08:49:37 GMT", 5)]);
    }

    [Fact]
    public void A_key_keeps_its_white_space() =>
        DeleteDocument.Parse(Utf8("<Delete><Object><Key> a </Key></Object><Object><Key> </Key></Object></Delete>"))!.Objects.Select(o => o.Key).ShouldBe([" a ", " "]);

    [Fact]
    public void A_key_with_raw_control_characters_can_be_named() =>
        DeleteDocument.Parse(Utf8("<Delete><Object><Key>a\u0001b\u001f\tc</Key></Object></Delete>"))!.Objects[0].Key.ShouldBe("a\u0001b\u001f\tc");

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    [InlineData(0, false)]
    public void Delete_takes_1_to_1000_objects(int count, bool valid)
    {
        var body = "<Delete>" + string.Concat(Enumerable.Range(0, count).Select(i => $"<Object><Key>{i}</Key></Object>")) + "</Delete>";
        (DeleteDocument.Parse(Utf8(body)) is not null).ShouldBe(valid);
    }

    [Fact]
    public void Complete_reads_parts_with_checksums()
    {
        var request = CompleteDocument.Parse(Utf8("""
            <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"a"</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part><Part><ETag>&quot;b&quot;</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>
            """)).ShouldNotBeNull();
        request.Parts.Select(p => (p.PartNumber, p.ETag)).ShouldBe([(1, "a"), (2, "b")]);
        request.Parts[0].Checksums.ShouldBe([new("ChecksumCRC32", "AAAAAA==")]);
    }

    [Fact]
    public void Versioning_and_bucket_configuration()
    {
        VersioningDocument.Parse(Utf8("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")).ShouldBe(new VersioningDocument(true, false));
        VersioningDocument.Parse(Utf8("<VersioningConfiguration><Status>Suspended</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>")).ShouldBe(new VersioningDocument(false, true));
        VersioningDocument.Parse(Utf8("<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>")).ShouldBeNull();
        CreateBucketDocument.Parse(default)!.ShouldSatisfyAllConditions(
            document => document.LocationConstraint.ShouldBeNull(), document => document.HasDirectoryOptions.ShouldBeFalse(), document => document.Tags.ShouldBeEmpty());
        var full = CreateBucketDocument.Parse(Utf8(
            "<CreateBucketConfiguration xmlns=\"x\"><LocationConstraint>eu-west-1</LocationConstraint><Tags><Tag><Key>k</Key><Value>v</Value></Tag></Tags></CreateBucketConfiguration>"));
        full!.LocationConstraint.ShouldBe("eu-west-1");
        full.Tags.ShouldBe([new("k", "v")]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("<Delete>")]
    [InlineData("<Other><Object><Key>a</Key></Object></Other>")]
    [InlineData("<Delete><Object><Key>a</Key></Object></Delete>trailing")]
    [InlineData("<Delete><Object><Key>a</Key></Object></Delete><Delete/>")]
    [InlineData("<Delete><Object></Object></Delete>")]
    [InlineData("<Delete><Object><Key><b/></Key></Object></Delete>")]
    [InlineData("<Delete><Object><Key>a</Key><Wrong/></Object></Delete>")]
    [InlineData("<Delete>text<Object><Key>a</Key></Object></Delete>")]
    [InlineData("<Delete><Object><Key>&undefined;</Key></Object></Delete>")]
    [InlineData("<!DOCTYPE Delete [<!ENTITY x \"y\">]><Delete><Object><Key>&x;</Key></Object></Delete>")]
    [InlineData("<?xml version=\"1.0\" encoding=\"klingon\"?><Delete><Object><Key>a</Key></Object></Delete>")]
    public void Malformed_bodies_are_refused(string body) => DeleteDocument.Parse(Utf8(body)).ShouldBeNull();

    [Fact]
    public void Any_bytes_parse_or_are_malformed()
    {
        const string valid = "<Delete xmlns='x'><Quiet>true</Quiet><Object><Key>a&#x1;</Key><Size>5</Size></Object></Delete>";
        const string complete = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part></CompleteMultipartUpload>";
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[], int, int>((bytes, at, cut) =>
        {
            foreach (var text in new[] { valid, complete })
            {
                var mutated = Utf8(text).ToArray().ToList();
                var index = Math.Abs((long)at) % mutated.Count;
                mutated.RemoveRange((int)index, (int)Math.Min(Math.Abs((long)cut) % 4, mutated.Count - index));
                mutated.InsertRange((int)index, bytes);
                ParseAll(mutated.ToArray());
            }

            ParseAll(bytes);
        }));
    }

    private static void ParseAll(byte[] body)
    {
        _ = DeleteDocument.Parse(body);
        _ = CompleteDocument.Parse(body);
        _ = VersioningDocument.Parse(body);
        _ = CreateBucketDocument.Parse(body);
    }
}
