using System.Globalization;
using System.Text;

namespace ObjectStore.Cosi.Parameters;

/// <summary>
/// Reads the parameters of a class strictly: what nobody asks for is unknown, and everything that is wrong is said at once. Also
/// brings them into one form, so that two ways to write the same are the same.
/// </summary>
/// <param name="kind">Whose parameters they are, for messages: "BucketClass".</param>
internal sealed class ParameterReader(IReadOnlyDictionary<string, string> parameters, string kind)
{
    // The known ones are to stand behind them in a message of some length.
    private const int MaxNamed = 5;

    private readonly SortedSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private readonly SortedDictionary<string, string> _normal = new(StringComparer.Ordinal);

    /// <summary>What was read, one "name=value" a line, without what is as if it were not there. Complete when everything has been read.</summary>
    public string Normal
    {
        get
        {
            var text = new StringBuilder();
            foreach (var (name, value) in _normal) text.Append(name).Append('=').Append(value).Append('\n');
            return text.ToString();
        }
    }

    /// <summary>Null if it is not there.</summary>
    public string? Text(string name, int maxLength = 256)
    {
        if (Find(name) is not { } value) return null;
        if (value.Length == 0 || value.Length > maxLength)
        {
            Wrong(name, $"must have 1 to {maxLength} characters");
            return null;
        }
        return Keep(name, value);
    }

    /// <summary>One of the words, without regard to case; the first is the default, which counts like none.</summary>
    public string Word(string name, params ReadOnlySpan<string> words)
    {
        if (Find(name) is not { } value) return words[0];
        foreach (var word in words)
        {
            if (!word.Equals(value, StringComparison.OrdinalIgnoreCase)) continue;
            if (word != words[0]) Keep(name, word);
            return word;
        }
        Wrong(name, $"must be {string.Join(" or ", words!)}");
        return words[0];
    }

    /// <summary>One of the words, without regard to case; null if it is not there.</summary>
    public string? OptionalWord(string name, params ReadOnlySpan<string> words)
    {
        if (Find(name) is not { } value) return null;
        foreach (var word in words)
        {
            if (word.Equals(value, StringComparison.OrdinalIgnoreCase)) return Keep(name, word);
        }
        Wrong(name, $"must be {string.Join(" or ", words!)}");
        return null;
    }

    /// <summary>Null if it is not there.</summary>
    public long? Number(string name, long least, long most)
    {
        if (Find(name) is not { } value) return null;
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            Keep(name, number.ToString(CultureInfo.InvariantCulture));
            return number;
        }
        Wrong(name, $"must be a whole number from {least} to {most}");
        return null;
    }

    /// <summary>A quantity of bytes as Kubernetes writes them: 500, 10Gi, 2T, 1.5Gi. Null if it is not there.</summary>
    public long? Bytes(string name)
    {
        if (Find(name) is not { } value) return null;
        if (Quantity.TryParseBytes(value, out var bytes) && bytes > 0)
        {
            Keep(name, bytes.ToString(CultureInfo.InvariantCulture));
            return bytes;
        }
        Wrong(name, "must be a number of bytes, perhaps with a unit: 500M, 10Gi, 2Ti");
        return null;
    }

    /// <summary>A time as Kubernetes writes them, with days: 90s, 15m, 12h, 30d. Null if it is not there.</summary>
    public TimeSpan? Duration(string name, TimeSpan least, TimeSpan most)
    {
        if (Find(name) is not { } value) return null;
        if (Quantity.TryParseDuration(value, out var duration) && duration >= least && duration <= most)
        {
            Keep(name, ((long)duration.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s");
            return duration;
        }
        Wrong(name, $"must be a time from {Quantity.Format(least)} to {Quantity.Format(most)}, such as 90s, 15m, 12h or 30d");
        return null;
    }

    /// <summary>A list "key=value,key2=value2". Empty if it is not there.</summary>
    public IReadOnlyDictionary<string, string> Map(string name, int most)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Find(name) is not { } value) return map;
        foreach (var pair in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !map.TryAdd(pair[..equals].Trim(), pair[(equals + 1)..].Trim()) || map.Count > most)
            {
                Wrong(name, $"must be a list such as key=value,key2=value2 of at most {most}, no key twice");
                return map;
            }
        }
        Keep(name, string.Join(',', map.Select(pair => $"{pair.Key}={pair.Value}")));
        return map;
    }

    /// <summary>Says that a parameter is wrong for a reason that lies in others.</summary>
    /// <param name="what">Goes on behind the name: "needs objectLock".</param>
    public void Wrong(string name, string what) => _problems.Add($"{kind} parameter {name} {what}.");

    /// <summary>Leaves a parameter out of <see cref="Normal"/>: it does not say what the thing is that is made.</summary>
    public void Forget(string name) => _normal.Remove(name);

    /// <summary>What is wrong with all that was read; null if nothing is. Call it last: what has not been asked for by then is unknown.</summary>
    public Refusal? Problem()
    {
        var unknown = parameters.Keys.Where(name => !_known.Contains(name)).Order(StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0) _problems.Add($"{kind} parameter {string.Join(", ", unknown.Take(MaxNamed).Select(Shorten))}{(unknown.Length > MaxNamed ? " and others" : "")} is not known. Known are: {string.Join(", ", _known)}.");
        return _problems.Count == 0 ? null : new Refusal(RefusalReason.InvalidArgument, string.Join(' ', _problems));
    }

    private static string Shorten(string name) => name.Length <= 64 ? name : name[..64] + "...";

    private string? Find(string name)
    {
        _known.Add(name);
        return parameters.GetValueOrDefault(name);
    }

    private string Keep(string name, string value)
    {
        _normal[name] = value;
        return value;
    }
}
