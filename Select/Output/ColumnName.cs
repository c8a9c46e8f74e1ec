using System.Text.Encodings.Web;
using System.Text.Json;

namespace ObjectStore.Select.Output;

/// <summary>The name of a column of the result.</summary>
internal sealed class ColumnName(string name)
{
    /// <summary>With quotes and a colon, as it stands in an object of JSON.</summary>
    public byte[] AsJson { get; } = [(byte)'"', .. JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, (byte)'"', (byte)':'];
}
