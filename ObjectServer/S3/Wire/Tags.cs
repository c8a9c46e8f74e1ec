using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// Tags of objects and buckets: what may be one, and how they stand in a header. Source: S3 User Guide, "Categorizing your
/// objects using tags", and Billing and Cost Management, "User-defined tag restrictions".
/// </summary>
internal static class Tags
{
    public const string Header = "x-amz-tagging";
    public const int MaxOfObject = 10;
    public const int MaxOfBucket = 50;

    // In units of UTF-16, in which S3 counts them.
    private const int MaxKeyChars = 128;
    private const int MaxValueChars = 256;

    private const string ReservedPrefix = "aws:";

    /// <summary>The tags that x-amz-tagging names, <c>key=value&amp;key2=value2</c> percent-encoded; none without it.</summary>
    /// <exception cref="S3Exception">InvalidArgument for what is no such list, InvalidTag for what can be no tag.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> OfHeader(IHeaderDictionary headers)
    {
        var text = headers[Header].ToString();
        if (text.Length == 0)
            return [];

        var tags = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in new S3Query(text))
        {
            var tag = KeyValuePair.Create(PercentEncoding.DecodeQuery(name) ?? throw NoList(text), PercentEncoding.DecodeQuery(value) ?? throw NoList(text));
            if (tags.Exists(other => other.Key == tag.Key))
                throw NoList(text);
            tags.Add(tag);
        }

        Check(tags, MaxOfObject);
        return Sorted(tags);
    }

    /// <summary>Tags are a set, which is kept and told in one order: by key.</summary>
    public static List<KeyValuePair<string, string>> Sorted(IEnumerable<KeyValuePair<string, string>> tags) => [.. tags.OrderBy(tag => tag.Key, StringComparer.Ordinal)];

    /// <exception cref="S3Exception">InvalidTag.</exception>
    public static void Check(IReadOnlyList<KeyValuePair<string, string>> tags, int most)
    {
        if (tags.Count > most)
            throw Refused(most == MaxOfBucket ? $"Bucket tag count cannot be greater than {most}" : $"Object tags cannot be greater than {most}");

        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > MaxKeyChars || !HasTagCharacters(key))
                throw Refused("The TagKey you have provided is invalid", ("TagKey", key));
            if (value.Length > MaxValueChars || !HasTagCharacters(value))
                throw Refused("The TagValue you have provided is invalid", ("TagKey", key), ("TagValue", value));
            if (key.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase))
                throw Refused("System tags cannot be added/updated by requester", ("TagKey", key));
            if (!keys.Add(key))
                throw Refused("Cannot provide multiple Tags with the same key", ("TagKey", key));
        }
    }

    /// <summary>The document of GetObjectTagging and GetBucketTagging.</summary>
    public static void Write(System.Buffers.IBufferWriter<byte> output, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("Tagging"u8);
        xml.Open("TagSet"u8);
        foreach (var (key, value) in tags)
        {
            xml.Open("Tag"u8);
            xml.Element("Key"u8, key);
            xml.Element("Value"u8, value);
            xml.Close("Tag"u8);
        }

        xml.Close("TagSet"u8);
        xml.Close("Tagging"u8);
        xml.Complete();
    }

    private static bool HasTagCharacters(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii ? !IsAsciiTagCharacter((char)rune.Value) : !IsLetterNumberOrSpace(Rune.GetUnicodeCategory(rune)))
                return false;
        }

        return true;
    }

    private static bool IsAsciiTagCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is ' ' or '+' or '-' or '=' or '.' or '_' or ':' or '/' or '@';

    // Marks are parts of letters in many scripts. A lone surrogate counts as the replacement character, which is a symbol.
    private static bool IsLetterNumberOrSpace(UnicodeCategory category) => category is <= UnicodeCategory.OtherNumber or UnicodeCategory.SpaceSeparator;

    private static S3Exception NoList(string text) => new(new S3Error(
        S3ErrorCode.InvalidArgument,
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        ("ArgumentName", Header),
        ("ArgumentValue", text)));

    private static S3Exception Refused(string message, params (string, string?)[] fields) => new(new S3Error(S3ErrorCode.InvalidTag, message, fields));
}
