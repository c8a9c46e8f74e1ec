using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Forms;

/// <summary>
/// Reads the fields of a multipart/form-data body up to the first byte of its file, and no further: the file is left in the pipe.
/// What comes before the file is bounded, so that nobody can make the server remember more.
/// </summary>
/// <remarks>
/// <code>
/// form  := preamble delimiter part* delimiter "--" epilogue       delimiter := CRLF "--" boundary, the first without CRLF
/// part  := CRLF header* CRLF content delimiter                    header    := name ":" value CRLF
/// </code>
/// Source: RFC 7578, RFC 2046 section 5.1.
/// </remarks>
internal sealed class FormReader(PipeReader reader, byte[] delimiter)
{
    /// <summary>Of everything before the file, as in S3.</summary>
    public const int MaxFieldBytes = 20 * 1024;

    private const string FileField = "file";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<FormField> _fields = [];
    private int _taken;
    private bool _isBegun;

    /// <exception cref="S3Exception">The form is malformed, has no file, or too much before it.</exception>
    public async ValueTask<PostForm> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            if (result.IsCanceled) throw new OperationCanceledException(ct);
            var input = result.Buffer;
            var used = 0;
            PostForm? form;
            try
            {
                form = Take(input, ref used);
            }
            finally
            {
                // Without the whole part, all that there is was looked at, and only more of it can help.
                var start = input.GetPosition(used);
                reader.AdvanceTo(start, used == 0 ? input.End : start);
            }
            if (form is not null) return form;
            if (used == 0 && result.IsCompleted) throw new S3Exception(FormErrors.Malformed());
        }
    }

    /// <summary>Takes the parts that are whole.</summary>
    /// <returns>The form, once its file begins.</returns>
    private PostForm? Take(ReadOnlySequence<byte> input, ref int used)
    {
        var room = MaxFieldBytes - _taken;
        var piece = input.Length > room ? input.Slice(0, room) : input;
        var bytes = piece.IsSingleSegment ? piece.FirstSpan : piece.ToArray();
        PostForm? form = null;
        while (form is null && TryTakePart(bytes[used..], out var length, out form)) used += length;
        _taken += used;
        return form is null && used == 0 && input.Length >= room ? throw new S3Exception(FormErrors.FieldsTooLong) : form;
    }

    /// <param name="length">Bytes of the part, without the delimiter that ends it; or of what stands before the first, which is nobody's.</param>
    private bool TryTakePart(ReadOnlySpan<byte> bytes, out int length, out PostForm? form)
    {
        form = null;
        length = delimiter.Length;
        if (!_isBegun)
        {
            var boundary = delimiter.AsSpan(2);
            if (!bytes.StartsWith(boundary)) return TrySkipPreamble(bytes, out length);
            length = boundary.Length;
        }
        if (bytes.Length < length + 2) return false;
        var rest = bytes[length..];
        if (rest.StartsWith("--"u8)) throw new S3Exception(FormErrors.NoFile);
        // Blanks may stand behind a boundary.
        var lineEnd = rest.IndexOf("\r\n"u8);
        if (lineEnd < 0) return false;
        if (rest[..lineEnd].ContainsAnyExcept((byte)' ', (byte)'\t')) throw new S3Exception(FormErrors.Malformed());

        rest = rest[lineEnd..];
        var headersEnd = rest.IndexOf("\r\n\r\n"u8);
        if (headersEnd < 0) return false;
        var parameters = Disposition(rest[..headersEnd]);
        var name = parameters.Find("name") ?? throw new S3Exception(FormErrors.Malformed("A part of the form has no name."));
        length += lineEnd + headersEnd + 4;
        if (name.Equals(FileField, StringComparison.OrdinalIgnoreCase))
        {
            form = new PostForm(_fields, parameters.Find("filename"));
            return true;
        }
        var content = rest[(headersEnd + 4)..];
        var end = content.IndexOf(delimiter);
        if (end < 0) return false;
        Add(name, Decode(content[..end]));
        _isBegun = true;
        length += end;
        return true;
    }

    private bool TrySkipPreamble(ReadOnlySpan<byte> bytes, out int length)
    {
        length = bytes.IndexOf(delimiter);
        _isBegun = length >= 0;
        return _isBegun;
    }

    private void Add(string name, string value)
    {
        // One of them would be checked, and the other used.
        if (_fields.Exists(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new S3Exception(FormErrors.Field(name, null, "A field of the form is there more than once."));
        }
        _fields.Add(new FormField(name, value));
    }

    private static FieldParameters Disposition(ReadOnlySpan<byte> headers)
    {
        foreach (var range in headers.Split("\r\n"u8))
        {
            var header = headers[range];
            var colon = header.IndexOf((byte)':');
            if (colon < 0 || !Encoding.Latin1.GetString(header[..colon]).Trim().Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase)) continue;
            var value = Decode(header[(colon + 1)..]);
            var semicolon = value.IndexOf(';');
            if (semicolon < 0 || !value.AsSpan(0, semicolon).Trim().Equals("form-data", StringComparison.OrdinalIgnoreCase)) break;
            return FieldParameters.Parse(value.AsSpan(semicolon));
        }
        throw new S3Exception(FormErrors.Malformed("A part of the form has no Content-Disposition of form-data."));
    }

    private static string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new S3Exception(FormErrors.Malformed("The form is not in UTF-8."), e);
        }
    }
}
