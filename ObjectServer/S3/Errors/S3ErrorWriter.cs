using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Errors;

/// <summary>
/// The one writer of error bodies. The element order is AWS's: Code, Message, the extra fields, Resource (where none
/// of the extra fields says it better), RequestId, HostId.
/// </summary>
internal static class S3ErrorWriter
{
    private static ReadOnlySpan<byte> Declaration => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8;

    public static void Write(IBufferWriter<byte> output, S3Error error, string? resource, string requestId, string hostId)
    {
        output.Write(Declaration);
        WriteElement(output, error, resource, requestId, hostId);
    }

    /// <summary>The Error element alone, for an error that follows bytes already sent (CompleteMultipartUpload's 200).</summary>
    public static void WriteElement(IBufferWriter<byte> output, S3Error error, string? resource, string requestId, string hostId)
    {
        var row = error.Row;
        output.Write("<Error>"u8);
        Field(output, "Code", row.Name);
        Field(output, "Message", error.Message ?? row.Text);
        foreach (var (name, value) in error.Fields)
        {
            if (value is not null) Field(output, name, value);
        }
        if (resource is not null) Field(output, "Resource", resource);
        Field(output, "RequestId", requestId);
        Field(output, "HostId", hostId);
        output.Write("</Error>"u8);
    }

    private static void Field(IBufferWriter<byte> output, string name, string value)
    {
        output.Write("<"u8);
        Encoding.UTF8.GetBytes(name, output);
        output.Write(">"u8);
        Text(output, value);
        output.Write("</"u8);
        Encoding.UTF8.GetBytes(name, output);
        output.Write(">"u8);
    }

    private static void Text(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var special = IndexOfSpecial(text);
            if (special < 0)
            {
                Encoding.UTF8.GetBytes(text, output);
                return;
            }
            Encoding.UTF8.GetBytes(text[..special], output);
            output.Write(Escape(text[special]));
            text = text[(special + 1)..];
        }
    }

    private static int IndexOfSpecial(ReadOnlySpan<char> text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] is '<' or '>' or '&' or '"' or < ' ' or '\uFFFE' or '\uFFFF') return index;
        }
        return -1;
    }

    // XML 1.0 has no form for most control characters; what a client sent is then shown as the replacement character.
    private static ReadOnlySpan<byte> Escape(char special) => special switch
    {
        '<' => "&lt;"u8,
        '>' => "&gt;"u8,
        '&' => "&amp;"u8,
        '"' => "&quot;"u8,
        '\r' => "&#13;"u8,
        '\n' => "&#10;"u8,
        '\t' => "&#9;"u8,
        _ => "\uFFFD"u8,
    };
}
