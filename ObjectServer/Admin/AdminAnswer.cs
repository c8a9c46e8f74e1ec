using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ObjectStore.Client.Admin;

namespace ObjectStore.Server.Admin;

/// <summary>A status and a JSON document, which is empty for 204.</summary>
internal readonly record struct AdminAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>Done, and there is nothing to say.</summary>
    public static readonly AdminAnswer NoContent = new(204, default);

    public static AdminAnswer Of<T>(T document, JsonTypeInfo<T> type, int status = 200) => new(status, JsonSerializer.SerializeToUtf8Bytes(document, type));

    public static implicit operator AdminAnswer(AdminError error) =>
        Of(new ErrorDocument(error.Code, error.Message), AdminJson.Default.ErrorDocument, error.Status);
}
