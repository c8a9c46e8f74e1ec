using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// What Signature Version 2 signs: HMAC-SHA1 over a method, three headers, the x-amz headers and the resource, in base64.
/// Source: S3 developer guide, "Signing and authenticating REST requests (AWS signature version 2)".
/// </summary>
/// <remarks>
/// It covers neither the body nor most of the query: only parameters that choose the call or change the answer's headers.
/// All subresources that this server knows count, so that nobody can turn a signed call into another one.
/// </remarks>
internal static class SignatureV2
{
    /// <summary>What s3:signatureversion says of it, and what the Authorization header begins with.</summary>
    public const string Algorithm = "AWS";

    /// <summary>Characters of a signature: 20 bytes in base64.</summary>
    public const int SignatureLength = 28;

    private const string AmzPrefix = "x-amz-";

    private static readonly FrozenSet<string> SignedParameters = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            .. SelectorSet.SubresourceNames, "partNumber", "versionId", "select-type", "response-content-type", "response-content-language",
            "response-expires", "response-cache-control", "response-content-disposition", "response-content-encoding",
        ]);

    /// <param name="date">The value of Date; empty where x-amz-date stands in its place; Expires of a presigned URL.</param>
    /// <param name="path">One of <see cref="PathsOf"/>.</param>
    public static void WriteStringToSign(ref CanonicalBuffer output, AuthenticationRequest request, string date, string path)
    {
        output.AppendLatin1(request.Method);
        output.Append((byte)'\n');
        AppendField(ref output, request, "Content-MD5");
        AppendField(ref output, request, "Content-Type");
        output.AppendLatin1(date);
        output.Append((byte)'\n');
        WriteAmzHeaders(ref output, request);
        WriteResource(ref output, request, path);
    }

    /// <summary>
    /// The path as clients sign it: as it stands in the request line, and of a bucket alone also with the slash behind it, or
    /// without, which is the same resource (botocore signs the slash that it does not send).
    /// </summary>
    public static IEnumerable<string> PathsOf(AuthenticationRequest request)
    {
        var path = request.RawPath;
        yield return path;
        if (request.HostBucket is not null || path.Length < 2) yield break;
        var slash = path.IndexOf('/', 1);
        if (slash < 0) yield return path + "/";
        else if (slash == path.Length - 1) yield return path[..slash];
    }

    /// <summary>Whether the claimed signature is that of what was signed; compares in constant time.</summary>
    public static bool Matches(Credential credential, ReadOnlySpan<byte> signed, ReadOnlySpan<char> claimed)
    {
        Span<byte> signature = stackalloc byte[HMACSHA1.HashSizeInBytes];
        // The protocol's, kept for old clients behind a setting. HMAC does not need a hash without collisions.
#pragma warning disable CA5350
        HMACSHA1.HashData(credential.SecretBytes.Span, signed, signature);
#pragma warning restore CA5350
        Span<byte> given = stackalloc byte[HMACSHA1.HashSizeInBytes + 1];
        return claimed.Length == SignatureLength
            && Convert.TryFromBase64Chars(claimed, given, out var length)
            && CryptographicOperations.FixedTimeEquals(signature, given[..length]);
    }

    // A presigned URL carries these in its query, where it was signed for a client that will not send them.
    private static void AppendField(ref CanonicalBuffer output, AuthenticationRequest request, string name)
    {
        var header = request.Headers[name];
        if (header.Count > 0) output.AppendLatin1(header.ToString());
        else if (request.Query.Raw.Length > 0) output.AppendUtf8(OnOneLine(request.Query[name.ToLowerInvariant()]));
        output.Append((byte)'\n');
    }

    /// <summary>
    /// All of them, those in the query too: presigners put them there, and there they count as headers. One that is not
    /// signed could otherwise be added to anybody's request.
    /// </summary>
    private static void WriteAmzHeaders(ref CanonicalBuffer output, AuthenticationRequest request)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(AmzPrefix, StringComparison.OrdinalIgnoreCase)) Add(fields, name, Joined(values));
        }
        if (request.Query.Raw.Contains(AmzPrefix, StringComparison.OrdinalIgnoreCase))
        {
            foreach (var (name, value) in request.Query)
            {
                if (!name.StartsWith(AmzPrefix, StringComparison.OrdinalIgnoreCase)) continue;
                Add(fields, PercentEncoding.DecodeQuery(name) ?? name.ToString(), Wire.HeaderText.FromText(OnOneLine((PercentEncoding.DecodeQuery(value) ?? value.ToString()).Trim())));
            }
        }
        foreach (var (name, value) in fields)
        {
            output.AppendLatin1(name);
            output.Append((byte)':');
            output.AppendLatin1(value);
            output.Append((byte)'\n');
        }
    }

    private static void Add(SortedDictionary<string, string> fields, string name, string value)
    {
        name = name.ToLowerInvariant();
        fields[name] = fields.TryGetValue(name, out var before) ? $"{before},{value}" : value;
    }

    // A line end within a value would stand for the next field: what was signed as a field of its own could be hidden in the one before it.
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(value))]
    private static string? OnOneLine(string? value) => value?.Replace('\n', ' ');

    private static string Joined(Microsoft.Extensions.Primitives.StringValues values) =>
        values.Count == 1 ? values[0]!.Trim() : string.Join(',', values.Select(value => value?.Trim()));

    /// <summary>/bucket, the path, and the parameters that are signed, sorted, their values decoded.</summary>
    private static void WriteResource(ref CanonicalBuffer output, AuthenticationRequest request, string path)
    {
        if (request.HostBucket is not null)
        {
            output.Append((byte)'/');
            output.AppendUtf8(request.HostBucket);
        }
        output.AppendUtf8(path);
        if (request.Query.Raw.Length == 0) return;

        var parameters = new List<(string Name, string? Value)>();
        foreach (var parameter in request.Query)
        {
            // An encoded name selects the call just as well, so it has to be signed just as well.
            var name = PercentEncoding.DecodeQuery(parameter.Name) ?? parameter.Name.ToString();
            if (!SignedParameters.Contains(name)) continue;
            parameters.Add((name, parameter.HasEquals ? PercentEncoding.DecodeQuery(parameter.Value) ?? parameter.Value.ToString() : null));
        }
        var separator = (byte)'?';
        foreach (var (name, value) in parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
        {
            output.Append(separator);
            separator = (byte)'&';
            output.AppendUtf8(name);
            if (value is null) continue;
            output.Append((byte)'=');
            output.AppendUtf8(value);
        }
    }
}
