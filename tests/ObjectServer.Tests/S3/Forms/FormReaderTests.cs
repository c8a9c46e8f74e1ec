using System.IO.Pipelines;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;

namespace ObjectStore.ObjectServer.Tests.S3.Forms;

public sealed class FormReaderTests
{
    private const string Form =
        "--bound\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nuser/${filename}\r\n"
        + "--bound\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
        + "--bound  \r\nContent-Type: text/plain\r\ncontent-disposition: FORM-DATA; filename=x; name=acl\r\n\r\nprivate\r\n--boun\r\n"
        + "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\temp\\a b.txt\"\r\nContent-Type: text/plain\r\n\r\n";

    [Fact]
    public async Task A_form_that_arrives_in_pieces_split_anywhere_is_read_up_to_its_file()
    {
        var bytes = Encoding.UTF8.GetBytes(Form + "content\r\n--bound--\r\n");
        for (var split = 0; split <= bytes.Length; split++)
        {
            var (form, rest) = await ReadAsync(bytes[..split], bytes[split..]);
            form.Fields.ShouldBe([new("key", "user/a b.txt"), new("empty", ""), new("acl", "private\r\n--boun")]);
            form.FileName.ShouldBe("a b.txt");
            rest.ShouldBe("content\r\n--bound--\r\n");
        }
    }

    [Fact]
    public async Task A_form_that_arrives_byte_by_byte_is_read()
    {
        var (form, _) = await ReadAsync([.. Encoding.UTF8.GetBytes(Form).Select(one => new[] { one })]);
        form["KEY"].ShouldBe("user/a b.txt");
        form["none"].ShouldBeNull();
    }

    [Fact]
    public async Task What_stands_before_the_first_boundary_does_not_matter()
    {
        var (form, _) = await ReadAsync(Encoding.UTF8.GetBytes("This is a form.\r\n--boun\r\n" + Form));
        form["acl"].ShouldNotBeNull();
    }

    [Theory]
    [InlineData("", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("no form at all", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--bound--\r\n", S3ErrorCode.IncorrectNumberOfFilesInPostRequest)]
    [InlineData("--bound\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.IncorrectNumberOfFilesInPostRequest)]
    [InlineData("--bound\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--bound\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--bound\r\nContent-Disposition: form-data\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--bound\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--bound\r\nContent-Disposition: form-data; filename=a\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--boundary\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.MalformedPOSTRequest)]
    [InlineData("--bound\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--bound\r\nContent-Disposition: form-data; name=A\r\n\r\nb\r\n--bound--\r\n", S3ErrorCode.InvalidArgument)]
    internal async Task A_form_that_is_wrong_gets_the_error_of_S3(string form, S3ErrorCode code) =>
        (await Should.ThrowAsync<S3Exception>(() => ReadAsync(Encoding.UTF8.GetBytes(form)))).Error.Code.ShouldBe(code);

    [Fact]
    public async Task Text_that_is_not_utf_8_is_refused() =>
        (await Should.ThrowAsync<S3Exception>(() => ReadAsync(Encoding.Latin1.GetBytes(Form.Replace("private", "\u00ff", StringComparison.Ordinal)))))
            .Error.Code.ShouldBe(S3ErrorCode.MalformedPOSTRequest);

    [Fact]
    public async Task At_most_20_KiB_come_before_the_file()
    {
        // The file begins with the last of them, or one later.
        var padding = FormReader.MaxFieldBytes - Form.Length;
        var (form, _) = await ReadAsync(Padded(padding));
        form["empty"]!.Length.ShouldBe(padding);
        (await Should.ThrowAsync<S3Exception>(() => ReadAsync(Padded(padding + 1)))).Error.Code.ShouldBe(S3ErrorCode.MaxPostPreDataLengthExceededError);
        foreach (var endless in new[] { Form + "--bound\r\n", "--bound\r\nx: ", "--bound", "preamble" })
        {
            var bytes = Encoding.UTF8.GetBytes((endless == Form + "--bound\r\n" ? "--bound\r\nx: " : endless) + new string(' ', 30_000));
            (await Should.ThrowAsync<S3Exception>(() => ReadAsync(bytes))).Error.Code.ShouldBe(S3ErrorCode.MaxPostPreDataLengthExceededError);
        }

        static byte[] Padded(int count) => Encoding.UTF8.GetBytes(Form.Replace("\"empty\"\r\n\r\n", "\"empty\"\r\n\r\n" + new string('e', count), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=bound", "bound")]
    [InlineData("Multipart/Form-Data;charset=utf-8;Boundary=\"b:o u\"", "b:o u")]
    [InlineData("multipart/form-data", null)]
    [InlineData("multipart/form-data; boundary=", null)]
    [InlineData("multipart/form-data; boundary=\"\"", null)]
    [InlineData("multipart/form-data; boundary=\u00e9", null)]
    [InlineData("text/plain; boundary=bound", null)]
    public void A_boundary_is_found(string contentType, string? boundary) =>
        FormBoundary.DelimiterOf(contentType).ShouldBe(boundary is null ? null : Encoding.ASCII.GetBytes("\r\n--" + boundary));

    [Fact]
    public void A_boundary_has_a_bound() => FormBoundary.DelimiterOf("multipart/form-data; boundary=" + new string('b', FormBoundary.MaxLength + 1)).ShouldBeNull();

    [Fact]
    public async Task A_form_of_any_bytes_split_anywhere_is_read_or_refused_alike()
    {
        var pieces = Gen.Elements(
            "\r\n--bound\r\n", "--bound\r\n", "\r\n--bound--", "\r\n\r\n", "\r\n", "Content-Disposition: form-data; name=\"", "\"", ";", "name=", "filename=", "=", "file", "key", "\\", "\u00e9", " ", "x", "\r");
        foreach (var text in pieces.ArrayOf().Select(string.Concat).Sample(60, new Rnd(20260304, 7), 400))
        {
            var bytes = Encoding.UTF8.GetBytes("--bound\r\n" + text);
            var whole = await OutcomeAsync(bytes);
            for (var split = 1; split < bytes.Length; split += 3) (await OutcomeAsync(bytes[..split], bytes[split..])).ShouldBe(whole, text);
        }
    }

    private static async Task<string> OutcomeAsync(params byte[][] pieces)
    {
        try
        {
            var (form, rest) = await ReadAsync(pieces);
            return string.Join('|', form.Fields) + rest;
        }
        catch (S3Exception refused)
        {
            return refused.Error.Code.ToString();
        }
    }

    private static async Task<(PostForm Form, string Behind)> ReadAsync(params byte[][] pieces)
    {
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false, pauseWriterThreshold: 0));
        var delimiter = Encoding.ASCII.GetBytes("\r\n--bound");
        var reading = new FormReader(pipe.Reader, delimiter).ReadAsync(CancellationToken.None).AsTask();
        foreach (var piece in pieces) await pipe.Writer.WriteAsync(piece);
        await pipe.Writer.CompleteAsync();
        var form = await reading.WaitAsync(TimeSpan.FromSeconds(60));
        using var rest = new MemoryStream();
        await pipe.Reader.CopyToAsync(rest);
        return (form, Encoding.UTF8.GetString(rest.ToArray()));
    }
}
