using System.Buffers;
using System.Net;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// What a bucket and a key may be called. Source: Amazon S3 User Guide, "General purpose bucket naming rules" and "Naming Amazon S3 objects".
/// </summary>
internal static class Names
{
    public const int MaxKeyBytes = 1024;

    private static readonly SearchValues<char> BucketChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");

    private static readonly string[] ReservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];

    private static readonly string[] ReservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

    /// <summary>Whether a bucket may be created under this name.</summary>
    public static bool IsBucketName(string name) =>
        name.Length is >= 3 and <= 63
        && !name.AsSpan().ContainsAnyExcept(BucketChars)
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && !name.Contains("..", StringComparison.Ordinal) && !name.Contains(".-", StringComparison.Ordinal) && !name.Contains("-.", StringComparison.Ordinal)
        && !LooksLikeIpV4(name)
        && !Array.Exists(ReservedPrefixes, p => name.StartsWith(p, StringComparison.Ordinal))
        && !Array.Exists(ReservedSuffixes, s => name.EndsWith(s, StringComparison.Ordinal));

    /// <summary>A key is counted in bytes of UTF-8.</summary>
    public static bool IsTooLong(string key) => key.Length > MaxKeyBytes || (key.Length > MaxKeyBytes / 3 && Encoding.UTF8.GetByteCount(key) > MaxKeyBytes);

    private static bool LooksLikeIpV4(string name) => name.Count(c => c == '.') == 3 && IPAddress.TryParse(name, out _);
}
