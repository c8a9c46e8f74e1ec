using System.Text.Json;

namespace ObjectStore.Server.Iam;

/// <summary>JSON that others send: small, flat, no name twice. Any bytes give a document or null.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>An object, or null. Dispose it.</summary>
    public static JsonDocument? ParseObject(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var document = JsonDocument.Parse(utf8, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object && HasNames(document.RootElement)) return document;
            document.Dispose();
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The check for names that come twice reads them, and an escape of half a surrogate pair cannot be read.
            return null;
        }
    }

    /// <summary>Whether all names can be read; looking for one that is there behind one that cannot be would throw.</summary>
    private static bool HasNames(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().All(property => IsText(property) && HasNames(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().All(HasNames),
        _ => true,
    };

    private static bool IsText(JsonProperty property)
    {
        try
        {
            return property.Name is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static string? Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? TryGetString(value) : null;

    /// <summary>A NumericDate (RFC 7519): seconds since 1970, perhaps with a fraction. Null if it is absent; NaN if it is no date.</summary>
    public static double? Date(this JsonElement element, string name) =>
        !element.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 253_402_300_800 ? seconds
        : double.NaN;

    /// <summary>A text, or an array of texts; empty if it is absent; null if it is something else.</summary>
    public static IReadOnlyList<string>? Texts(this JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value)) return [];
        if (value.ValueKind == JsonValueKind.String) return TryGetString(value) is { } single ? [single] : null;
        if (value.ValueKind != JsonValueKind.Array) return null;
        var texts = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || TryGetString(item) is not { } text) return null;
            texts.Add(text);
        }
        return texts;
    }

    // An escape of half a surrogate pair is valid JSON and no text.
    private static string? TryGetString(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
