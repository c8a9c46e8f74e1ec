using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ObjectStore.Server.Configuration;

/// <summary>
/// Expands "/mnt/disk{1...6}" to six paths. Bounds are numbers (with leading zeros if the first has any) or single
/// letters; several patterns in one text vary from the right.
/// </summary>
internal static class EllipsisPattern
{
    /// <summary>Most paths that one text gives.</summary>
    public const int MaxPaths = 256;

    /// <param name="problem">What is wrong, in words for the one who wrote the pattern.</param>
    public static bool TryExpand(string text, [NotNullWhen(true)] out IReadOnlyList<string>? paths, [NotNullWhen(false)] out string? problem)
    {
        paths = null;
        problem = null;
        List<string> expanded = [""];
        var rest = text;
        while (true)
        {
            var open = rest.IndexOf('{');
            var close = rest.IndexOf('}');
            if (open < 0 && close < 0) break;
            if (open < 0 || close < open)
            {
                problem = $"\"{text}\" has a brace without its partner.";
                return false;
            }
            if (!TryRange(rest[(open + 1)..close], out var values, out problem)) return false;
            if ((long)expanded.Count * values.Count > MaxPaths)
            {
                problem = $"\"{text}\" gives more than {MaxPaths} paths.";
                return false;
            }
            var literal = rest[..open];
            expanded = expanded.SelectMany(prefix => values.Select(value => prefix + literal + value)).ToList();
            rest = rest[(close + 1)..];
        }
        paths = expanded.ConvertAll(path => path + rest);
        return true;
    }

    private static bool TryRange(string range, [NotNullWhen(true)] out IReadOnlyList<string>? values, [NotNullWhen(false)] out string? problem)
    {
        values = null;
        problem = null;
        var bounds = range.Split("...");
        if (bounds.Length != 2 || bounds[0].Length == 0 || bounds[1].Length == 0)
        {
            problem = $"\"{{{range}}}\" is no range; write {{1...6}}, with three dots.";
            return false;
        }
        if (bounds is [[>= 'a' and <= 'z'] from, [>= 'a' and <= 'z'] to]) return TryLetters(from[0], to[0], out values, out problem);
        if (!IsNumber(bounds[0], out var first) || !IsNumber(bounds[1], out var last))
        {
            problem = $"\"{{{range}}}\" needs two numbers or two small letters.";
            return false;
        }
        if (last < first || last - first >= MaxPaths)
        {
            problem = $"\"{{{range}}}\" must rise, by less than {MaxPaths}.";
            return false;
        }
        var format = bounds[0][0] == '0' && bounds[0].Length > 1 ? "D" + bounds[0].Length.ToString(CultureInfo.InvariantCulture) : "D";
        values = Enumerable.Range(first, last - first + 1).Select(number => number.ToString(format, CultureInfo.InvariantCulture)).ToArray();
        return true;
    }

    private static bool TryLetters(char first, char last, [NotNullWhen(true)] out IReadOnlyList<string>? values, [NotNullWhen(false)] out string? problem)
    {
        values = null;
        problem = last < first ? $"\"{{{first}...{last}}}\" must rise." : null;
        if (problem is not null) return false;
        values = Enumerable.Range(first, last - first + 1).Select(letter => ((char)letter).ToString()).ToArray();
        return true;
    }

    private static bool IsNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
