using System.Buffers;
using System.Diagnostics;
using System.Text;
using XmlDocument = System.Xml.XmlDocument;
using ObjectStore.Server.S3.Wire;
using Xunit.Abstractions;

namespace ObjectStore.Server.Tests.S3.Wire;

public class XmlBuilderTests(ITestOutputHelper output)
{
    private delegate void Write(ref XmlBuilder xml);

    private static string Xml(Write write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var xml = new XmlBuilder(buffer);
        write(ref xml);
        xml.Complete();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    [Fact]
    public void A_document_begins_with_the_declaration_and_the_namespace() =>
        Xml((ref XmlBuilder xml) =>
        {
            xml.Begin("ListBucketResult"u8);
            xml.Element("Name"u8, "b");
            xml.Element("MaxKeys"u8, 1000);
            xml.Element("IsTruncated"u8, false);
            xml.Empty("Prefix"u8);
            xml.ETag("abc-2");
            xml.Element("LastModified"u8, new DateTimeOffset(2009, 10, 12, 17, 50, 30, 7, TimeSpan.Zero));
            xml.Close("ListBucketResult"u8);
        }).ShouldBe("""
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Prefix/><ETag>&quot;abc-2&quot;</ETag><LastModified>2009-10-12T17:50:30.007Z</LastModified></ListBucketResult>
            """.ReplaceLineEndings("\n"));

    [Theory]
    [InlineData("plain/key.txt", "plain/key.txt")]
    [InlineData("a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e'f")]
    [InlineData("line\r\nbreak\t", "line&#xD;&#xA;break&#x9;")]
    [InlineData("\0\u0001\u001f", "&#x0;&#x1;&#x1F;")]
    [InlineData("häß/日本/😀", "häß/日本/😀")]
    [InlineData("\uffff", "&#xFFFF;")]
    public void Text_is_escaped_as_S3_does(string text, string expected)
    {
        XmlText.Escape(text).ShouldBe(expected);
        if (!text.Contains('\uffff'))
            Xml((ref XmlBuilder xml) => xml.TextUtf8(Encoding.UTF8.GetBytes(text))).ShouldBe(expected);
    }

    [Theory]
    [InlineData("foo+1/bar", "foo%2B1/bar")]
    [InlineData("quux ab/thud", "quux%20ab/thud")]
    [InlineData("a%b\n\u0001&<", "a%25b%0A%01%26%3C")]
    [InlineData("ü😀", "%C3%BC%F0%9F%98%80")]
    [InlineData("test_file(3).png", "test_file%283%29.png")]
    public void Names_are_percent_encoded_on_request(string name, string expected)
    {
        UrlEncoding.Encode(name).ShouldBe(expected);
        UrlEncoding.TryDecode(expected, out var back).ShouldBeTrue();
        back.ShouldBe(name);
    }

    [Fact]
    public void Long_text_crosses_buffers_without_losing_or_splitting_anything()
    {
        for (var length = 1000; length < 9000; length += 111)
        {
            var text = string.Concat(Enumerable.Repeat("x😀&é", length / 5));
            var xml = new XmlDocument();
            xml.LoadXml(Xml((ref XmlBuilder x) => x.Element("K"u8, text)));
            xml.DocumentElement!.InnerText.ShouldBe(text);
        }
    }

    [Fact]
    public void Writing_a_key_does_not_allocate()
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        WriteKeys(buffer, 100);
        buffer.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        WriteKeys(buffer, 1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
        {
            buffer.ResetWrittenCount();
            WriteKeys(buffer, 1000);
        }

        output.WriteLine($"{100_000 / watch.Elapsed.TotalSeconds:F0} keys/s");
    }

    private static void WriteKeys(IBufferWriter<byte> buffer, int count)
    {
        var xml = new XmlBuilder(buffer);
        for (var i = 0; i < count; i++)
        {
            xml.Open("Contents"u8);
            xml.Name("Key"u8, "photos/2024/06/some-object-name.jpg", urlEncoded: false);
            xml.Element("LastModified"u8, DateTimeOffset.UnixEpoch);
            xml.ETag("d41d8cd98f00b204e9800998ecf8427e");
            xml.Element("Size"u8, 123456 + i);
            xml.Raw("<StorageClass>STANDARD</StorageClass></Contents>"u8);
        }

        xml.Complete();
    }
}
