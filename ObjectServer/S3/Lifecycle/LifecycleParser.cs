using System.Globalization;
using System.Security.Cryptography;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Lifecycle;

/// <summary>
/// Reads the rules that PutBucketLifecycleConfiguration sets, as strictly as S3: what does not follow the schema is MalformedXML,
/// what nobody can mean is named. <see cref="LifecycleChecks"/> looks at rules as a whole.
/// </summary>
internal static class LifecycleParser
{
    public const int MaxRules = 1000;

    /// <exception cref="S3Exception">MalformedXML, InvalidArgument or InvalidRequest.</exception>
    public static IReadOnlyList<LifecycleRule> Parse(ReadOnlyMemory<byte> body)
    {
        var rules = XmlBody.Parse(body, "LifecycleConfiguration", static xml =>
        {
            var rules = new List<LifecycleRule>();
            xml.Children(name => rules.Add(name == "Rule" && rules.Count < MaxRules ? ParseRule(xml) : throw XmlBody.Malformed()));
            return rules;
        });
        if (rules is null or []) throw new S3Exception(S3ErrorCode.MalformedXML);
        LifecycleChecks.Check(rules);
        return rules;
    }

    private static LifecycleRule ParseRule(XmlBody xml)
    {
        string? id = null, outside = null;
        bool? enabled = null;
        Filter? filter = null;
        Expiration? expiration = null;
        (int Days, int Keep)? noncurrent = null;
        int? abort = null;
        List<LifecycleTransition> transitions = [], noncurrentTransitions = [];
        xml.Children(name =>
        {
            switch (name)
            {
                case "ID" when id is null:
                    id = xml.Text();
                    break;
                case "Prefix" when outside is null:
                    outside = xml.Text();
                    break;
                case "Filter" when filter is null:
                    filter = ParseFilter(xml);
                    break;
                case "Status" when enabled is null:
                    enabled = xml.Text() switch { "Enabled" => true, "Disabled" => false, _ => throw XmlBody.Malformed() };
                    break;
                case "Expiration" when expiration is null:
                    expiration = ParseExpiration(xml);
                    break;
                case "NoncurrentVersionExpiration" when noncurrent is null:
                    noncurrent = ParseNoncurrent(xml);
                    break;
                case "AbortIncompleteMultipartUpload" when abort is null:
                    xml.Children(child => abort = child == "DaysAfterInitiation" && abort is null
                        ? PositiveDays(xml, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer") : throw XmlBody.Malformed());
                    if (abort is null) throw XmlBody.Malformed();
                    break;
                case "Transition":
                    transitions.Add(ParseTransition(xml, "Days", isNoncurrent: false));
                    break;
                case "NoncurrentVersionTransition":
                    noncurrentTransitions.Add(ParseTransition(xml, "NoncurrentDays", isNoncurrent: true));
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        // One of the two says which objects are meant; a filter may be empty.
        if (enabled is null || (outside is null) == (filter is null)) throw XmlBody.Malformed();
        return new LifecycleRule
        {
            Id = string.IsNullOrEmpty(id) ? NewId() : id,
            IsEnabled = enabled.Value,
            PrefixOutsideFilter = outside is not null,
            Prefix = outside ?? filter!.Prefix,
            Tags = filter?.Tags ?? [],
            SizeGreaterThan = filter?.Greater,
            SizeLessThan = filter?.Less,
            ExpirationDays = expiration?.Days ?? 0,
            ExpirationDate = expiration?.Date,
            ExpiredObjectDeleteMarker = expiration?.Markers,
            NoncurrentDays = noncurrent?.Days ?? 0,
            NewerNoncurrentVersions = noncurrent?.Keep ?? 0,
            AbortDays = abort ?? 0,
            Transitions = transitions,
            NoncurrentTransitions = noncurrentTransitions,
        };
    }

    private sealed class Filter
    {
        public string? Prefix;
        public List<KeyValuePair<string, string>> Tags = [];
        public long? Greater, Less;

        public int Predicates => (Prefix is null ? 0 : 1) + Tags.Count + (Greater is null ? 0 : 1) + (Less is null ? 0 : 1);
    }

    /// <summary>
    /// Several predicates side by side, also beside an And, count like one And around all of them: S3 refuses them, other servers'
    /// clients send them, and the narrowest reading deletes least.
    /// </summary>
    private static Filter ParseFilter(XmlBody xml)
    {
        var filter = new Filter();
        Filter? and = null;
        xml.Children(name =>
        {
            if (name != "And") ParsePredicate(xml, name, filter);
            else if (and is not null) throw XmlBody.Malformed();
            else xml.Children(child => ParsePredicate(xml, child, and ??= new Filter()));
            if (name == "And" && and is null) throw XmlBody.Malformed();
        });
        if (and is null) return filter;
        if (filter.Predicates == 0) return and.Predicates >= 2 ? and : throw XmlBody.Malformed();
        return Both(filter, and);
    }

    private static Filter Both(Filter one, Filter other)
    {
        if ((one.Greater is not null && other.Greater is not null) || (one.Less is not null && other.Less is not null)) throw XmlBody.Malformed();
        var (a, b) = (one.Prefix ?? "", other.Prefix ?? "");
        var longer = a.Length >= b.Length ? a : b;
        if (!longer.StartsWith(a.Length >= b.Length ? b : a, StringComparison.Ordinal)) throw XmlBody.Malformed();
        return new Filter
        {
            Prefix = one.Prefix is null && other.Prefix is null ? null : longer,
            Tags = [.. one.Tags, .. other.Tags],
            Greater = one.Greater ?? other.Greater,
            Less = one.Less ?? other.Less,
        };
    }

    private static void ParsePredicate(XmlBody xml, string name, Filter filter)
    {
        switch (name)
        {
            case "Prefix" when filter.Prefix is null:
                filter.Prefix = xml.Text();
                break;
            case "Tag":
                filter.Tags.Add(ParseTag(xml));
                break;
            case "ObjectSizeGreaterThan" when filter.Greater is null:
                filter.Greater = Size(xml, name);
                break;
            case "ObjectSizeLessThan" when filter.Less is null:
                filter.Less = Size(xml, name);
                break;
            default:
                throw XmlBody.Malformed();
        }
    }

    private static KeyValuePair<string, string> ParseTag(XmlBody xml)
    {
        string? key = null, value = null;
        xml.Children(name =>
        {
            if (name == "Key" && key is null) key = xml.Text();
            else if (name == "Value" && value is null) value = xml.Text();
            else throw XmlBody.Malformed();
        });
        return key is null || value is null ? throw XmlBody.Malformed() : new(key, value);
    }

    private sealed record Expiration(int Days, DateTimeOffset? Date, bool? Markers);

    private static Expiration ParseExpiration(XmlBody xml)
    {
        int? days = null;
        DateTimeOffset? date = null;
        bool? markers = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Days" when days is null:
                    days = PositiveDays(xml, "'Days' for Expiration action must be a positive integer");
                    break;
                case "Date" when date is null:
                    date = Midnight(xml);
                    break;
                case "ExpiredObjectDeleteMarker" when markers is null:
                    markers = xml.Boolean();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        var given = (days is null ? 0 : 1) + (date is null ? 0 : 1) + (markers is null ? 0 : 1);
        return given == 1 ? new Expiration(days ?? 0, date, markers) : throw XmlBody.Malformed();
    }

    private static (int Days, int Keep) ParseNoncurrent(XmlBody xml)
    {
        int? days = null, keep = null;
        xml.Children(name =>
        {
            if (name == "NoncurrentDays" && days is null) days = PositiveDays(xml, "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer");
            else if (name == "NewerNoncurrentVersions" && keep is null) keep = Keep(xml);
            else throw XmlBody.Malformed();
        });
        return days is null ? throw XmlBody.Malformed() : (days.Value, keep ?? 0);
    }

    private static LifecycleTransition ParseTransition(XmlBody xml, string daysName, bool isNoncurrent)
    {
        int? days = null, keep = null;
        DateTimeOffset? date = null;
        string? storageClass = null;
        xml.Children(name =>
        {
            if (name == daysName && days is null) days = Days(xml, $"'{daysName}' for Transition action must be a nonnegative integer");
            else if (name == "Date" && !isNoncurrent && date is null) date = Midnight(xml);
            else if (name == "NewerNoncurrentVersions" && isNoncurrent && keep is null) keep = Keep(xml);
            else if (name == "StorageClass" && storageClass is null) storageClass = xml.Text();
            else throw XmlBody.Malformed();
        });
        if (string.IsNullOrEmpty(storageClass) || (days is null) == (date is null)) throw XmlBody.Malformed();
        return new LifecycleTransition(storageClass, days, date, keep ?? 0);
    }

    private static int PositiveDays(XmlBody xml, string otherwise) => Days(xml, otherwise) is > 0 and var days ? days : throw Invalid(otherwise);

    private static int Days(XmlBody xml, string otherwise) => xml.Number() switch
    {
        < 0 => throw Invalid(otherwise),
        > int.MaxValue => throw XmlBody.Malformed(),
        var days => (int)days,
    };

    // Source: S3 API reference, NoncurrentVersionExpiration: up to 100.
    private static int Keep(XmlBody xml) => xml.Number() is >= 1 and <= 100 and var keep
        ? (int)keep
        : throw Invalid("'NewerNoncurrentVersions' must be an integer between 1 and 100");

    private static long Size(XmlBody xml, string name) => xml.Number() is >= 0 and var size ? size : throw Invalid($"'{name}' must not be negative");

    private static DateTimeOffset Midnight(XmlBody xml)
    {
        var text = xml.Text();
        var isDate = Timestamps.TryParseIso8601(text, out var date)
            || DateTimeOffset.TryParseExact(text.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);
        if (!isDate) throw XmlBody.Malformed();
        return date.UtcDateTime.TimeOfDay == TimeSpan.Zero ? date.ToUniversalTime() : throw Invalid("'Date' must be at midnight GMT");
    }

    // S3 makes one up, too; only its being the rule's own matters.
    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static S3Exception Invalid(string message) => new(S3ErrorCode.InvalidArgument, message);
}
