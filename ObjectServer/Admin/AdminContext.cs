using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ObjectStore.Server.S3;

namespace ObjectStore.Server.Admin;

/// <summary>One call, authenticated and allowed, with its body.</summary>
/// <param name="Credential">What it was signed with.</param>
/// <param name="SessionToken">Of that; null for a long-lived key.</param>
internal sealed record AdminContext(AdminRoute Route, Credential Credential, string? SessionToken, ReadOnlyMemory<byte> Body)
{
    public Principal Principal => Credential.Principal;

    /// <summary>What stands in the path for the first, second... variable.</summary>
    public string this[int index] => Route.Values[index];

    /// <summary>A parameter of the query; null if absent.</summary>
    public string? Parameter(string name) => Route.Query[name];

    /// <summary>The parameter limit; <paramref name="max"/> if absent.</summary>
    public bool TryReadLimit(int max, out int limit, [NotNullWhen(false)] out AdminError? refused)
    {
        limit = max;
        refused = null;
        if (Parameter("limit") is not { } text) return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= max) return true;
        refused = AdminError.Invalid($"limit must be a number from 1 to {max}.");
        return false;
    }

    /// <summary>The body as a document; what is unknown, twice or of a wrong kind in it is refused.</summary>
    public bool TryRead<T>(JsonTypeInfo<T> type, [NotNullWhen(true)] out T? document, [NotNullWhen(false)] out AdminError? refused)
        where T : class
    {
        refused = null;
        try
        {
            document = JsonSerializer.Deserialize(Body.Span, type);
        }
        catch (JsonException exception)
        {
            document = null;
            refused = AdminError.Malformed($"The body is not the document that is expected: {Place(exception)}.");
            return false;
        }
        if (document is not null) return true;
        refused = AdminError.Malformed("The body is not the document that is expected: it is null.");
        return false;
    }

    // The exception's own message names types of this program; and a value in it may be a secret.
    private static string Place(JsonException exception) =>
        exception.Path is { Length: > 0 } path && path != "$"
            ? $"{(path.Length > 64 ? path[..64] : path)} is unknown, missing, twice there or of a wrong kind"
            : exception.LineNumber is { } line
                ? $"wrong at line {(line + 1).ToString(CultureInfo.InvariantCulture)}, byte {(exception.BytePositionInLine ?? 0).ToString(CultureInfo.InvariantCulture)}"
                : "a field is missing";
}
