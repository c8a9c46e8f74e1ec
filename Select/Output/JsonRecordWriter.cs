using System.Buffers;
using System.Text.Encodings.Web;
using ObjectStore.Select.Input;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Output;

/// <summary>Records as objects of JSON. What is MISSING is left out.</summary>
internal sealed class JsonRecordWriter(byte[] recordDelimiter) : RecordWriter
{
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    private static readonly ColumnName Only = new("_1");

    private bool _isFirst;

    public override void Begin()
    {
        base.Begin();
        Append((byte)'{');
        _isFirst = true;
    }

    public override void Write(ColumnName name, in Value value)
    {
        if (value.Kind == ValueKind.Missing) return;
        if (!_isFirst) Append((byte)',');
        _isFirst = false;
        Append(name.AsJson);
        Write(value);
    }

    public override void End()
    {
        Append((byte)'}');
        Append(recordDelimiter);
        base.End();
    }

    public override void WriteRecord(ReadOnlySpan<byte> json, JsonRow row)
    {
        if (json[0] != '{')
        {
            Begin();
            Append(Only.AsJson);
            Append(json[0] is (byte)'[' ? Minified(json) : json);
            End();
            return;
        }

        base.Begin();
        Advance(JsonText.Minify(json, Reserve(json.Length)));
        Append(recordDelimiter);
        base.End();
    }

    private static ReadOnlySpan<byte> Minified(ReadOnlySpan<byte> json)
    {
        var room = new byte[json.Length];
        return room.AsSpan(0, JsonText.Minify(json, room));
    }

    private void Write(in Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Null:
                Append("null"u8);
                break;
            case ValueKind.Text:
                WriteText(value.Bytes);
                break;
            case ValueKind.Json:
                Advance(JsonText.Minify(value.Bytes, Reserve(value.Bytes.Length)));
                break;
            case ValueKind.Timestamp:
                Append((byte)'"');
                Advance(Casts.Format(value, Reserve(64)));
                Append((byte)'"');
                break;
            default:
                Advance(Casts.Format(value, Reserve(64)));
                break;
        }
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        Append((byte)'"');
        var special = Encoder.FindFirstCharacterToEncodeUtf8(text);
        Append(special < 0 ? text : text[..special]);
        if (special >= 0) WriteEncoded(text[special..]);
        Append((byte)'"');
    }

    private void WriteEncoded(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var status = Encoder.EncodeUtf8(text, Reserve(Math.Min(text.Length, 4096) + 32), out var consumed, out var written);
            Advance(written);
            text = text[consumed..];
            if (status == OperationStatus.Done) return;
        }
    }
}
