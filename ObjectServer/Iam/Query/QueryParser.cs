using System.Text;
using ObjectStore.Server.S3;

namespace ObjectStore.Server.Iam;

/// <summary>Reads application/x-www-form-urlencoded. Any bytes give parameters or null.</summary>
internal static class QueryParser
{
    /// <summary>Longest body: a policy of 131,072 characters, percent-encoded, and the rest.</summary>
    public const int MaxBodyBytes = 512 * 1024;

    public const int MaxParameters = 1000;

    /// <summary>Null for what is no form: bytes that are no UTF-8, a '%' without digits, a name that is given twice, too many parameters.</summary>
    public static QueryRequest? Parse(ReadOnlySpan<byte> form) => Utf8.TryDecode(form) is { } text ? Parse(text) : null;

    public static QueryRequest? Parse(string form)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var range in form.AsSpan().Split('&'))
        {
            var pair = form.AsSpan()[range];
            if (pair.IsEmpty) continue;
            if (parameters.Count >= MaxParameters) return null;
            var equals = pair.IndexOf('=');
            var name = PercentEncoding.DecodeQuery(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : PercentEncoding.DecodeQuery(pair[(equals + 1)..]);
            // Twice the same name: what was signed for could be read in two ways.
            if (name is null || value is null || !parameters.TryAdd(name, value)) return null;
        }
        return new QueryRequest(parameters);
    }

    private static class Utf8
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public static string? TryDecode(ReadOnlySpan<byte> bytes)
        {
            try
            {
                return Strict.GetString(bytes);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }
}
