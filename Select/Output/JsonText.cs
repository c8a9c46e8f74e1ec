using System.Text.Json;

namespace ObjectStore.Select.Output;

/// <summary>JSON in as few bytes as it takes: a record of the result is one line.</summary>
internal static class JsonText
{
    public static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 128;

    /// <summary>Copies one value without white space. It is never longer than it was.</summary>
    public static int Minify(ReadOnlySpan<byte> json, Span<byte> destination)
    {
        var reader = new Utf8JsonReader(json, Options);
        var length = 0;
        var previous = JsonTokenType.None;
        while (reader.Read())
        {
            var token = reader.TokenType;
            if (previous is not (JsonTokenType.None or JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.PropertyName)
                && token is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
            {
                destination[length++] = (byte)',';
            }

            var isQuoted = token is JsonTokenType.String or JsonTokenType.PropertyName;
            if (isQuoted) destination[length++] = (byte)'"';
            reader.ValueSpan.CopyTo(destination[length..]);
            length += reader.ValueSpan.Length;
            if (isQuoted) destination[length++] = (byte)'"';
            if (token == JsonTokenType.PropertyName) destination[length++] = (byte)':';
            previous = token;
        }

        return length;
    }
}
