using System.Globalization;
using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Policies.Conditions;

/// <summary>Whether a value of a request fits one of the policy's values, which are parsed once.</summary>
internal abstract class ValueTest
{
    /// <param name="unresolved">The answer for a value of the policy whose variables cannot be filled in.</param>
    public abstract bool Fits(string value, IConditionContext context, bool unresolved);

    /// <summary>Null if a value is not of the operator's kind.</summary>
    public static ValueTest? Compile(ConditionOperator @operator, IReadOnlyList<string> values, bool variables) => @operator.Family switch
    {
        ConditionFamily.String => TextTest.Compile(values, TextMatch.Exact, wildcards: false, variables),
        ConditionFamily.StringIgnoreCase => TextTest.Compile(values, TextMatch.IgnoreCase, wildcards: false, variables),
        ConditionFamily.StringLike => TextTest.Compile(values, TextMatch.Exact, wildcards: true, variables),
        ConditionFamily.Arn => TextTest.Compile(values, TextMatch.Arn, wildcards: true, variables),
        ConditionFamily.Numeric => All<decimal>(values, TryNumber) is { } numbers ? new OrderTest<decimal>(numbers, @operator.Comparison, TryNumber) : null,
        ConditionFamily.Date => All<DateTimeOffset>(values, PolicyDate.TryParse) is { } dates
            ? new OrderTest<DateTimeOffset>(dates, @operator.Comparison, PolicyDate.TryParse)
            : null,
        ConditionFamily.Bool or ConditionFamily.Null => All<bool>(values, bool.TryParse) is { } truths ? new BoolTest(truths) : null,
        ConditionFamily.Binary => BinaryTest.Compile(values),
        ConditionFamily.IpAddress => All<AddressRange>(values, AddressRange.TryParse) is { } ranges ? new AddressTest(ranges) : null,
        _ => null,
    };

    protected delegate bool TryParser<T>(string text, out T value);

    private static T[]? All<T>(IReadOnlyList<string> values, TryParser<T> parse)
    {
        var parsed = new T[values.Count];
        for (var index = 0; index < parsed.Length; index++)
        {
            if (!parse(values[index], out parsed[index])) return null;
        }
        return parsed;
    }

    private static bool TryNumber(string text, out decimal value) => decimal.TryParse(
        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);

    private sealed class TextTest(PolicyText[] texts, TextMatch match) : ValueTest
    {
        public static TextTest? Compile(IReadOnlyList<string> values, TextMatch match, bool wildcards, bool variables)
        {
            var texts = new PolicyText[values.Count];
            for (var index = 0; index < texts.Length; index++)
            {
                if (PolicyTextCompiler.Compile(values[index], wildcards, variables) is not { } text) return null;
                if (match == TextMatch.Arn && !IsArn(text)) return null;
                texts[index] = text;
            }
            return new TextTest(texts, match);
        }

        public override bool Fits(string value, IConditionContext context, bool unresolved)
        {
            foreach (var text in texts)
            {
                if (text.Matches(value, context, match, unresolved)) return true;
            }
            return false;
        }

        /// <summary>A variable may stand for the whole ARN.</summary>
        private static bool IsArn(PolicyText text) =>
            text.HasVariables
            || text.Text == "*"
            || (text.Text.StartsWith("arn:", StringComparison.Ordinal) && text.Text.AsSpan().Count(':') >= Wildcards.ArnColons);
    }

    private sealed class OrderTest<T>(T[] values, Comparison comparison, TryParser<T> parse) : ValueTest
        where T : IComparable<T>
    {
        public override bool Fits(string value, IConditionContext context, bool unresolved)
        {
            if (!parse(value, out var found)) return false;
            foreach (var wanted in values)
            {
                if (Holds(found.CompareTo(wanted))) return true;
            }
            return false;
        }

        private bool Holds(int order) => comparison switch
        {
            Comparison.Equal => order == 0,
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            _ => order >= 0,
        };
    }

    private sealed class BoolTest(bool[] values) : ValueTest
    {
        public override bool Fits(string value, IConditionContext context, bool unresolved) =>
            bool.TryParse(value, out var found) && values.AsSpan().Contains(found);
    }

    private sealed class BinaryTest(byte[][] values) : ValueTest
    {
        public static BinaryTest? Compile(IReadOnlyList<string> values)
        {
            var parsed = new byte[values.Count][];
            for (var index = 0; index < parsed.Length; index++)
            {
                if (Decode(values[index]) is not { } bytes) return null;
                parsed[index] = bytes;
            }
            return new BinaryTest(parsed);
        }

        public override bool Fits(string value, IConditionContext context, bool unresolved) =>
            Decode(value) is { } found && Array.Exists(values, wanted => found.AsSpan().SequenceEqual(wanted));

        private static byte[]? Decode(string text)
        {
            var bytes = new byte[(text.Length * 3 / 4) + 3];
            return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
        }
    }

    private sealed class AddressTest(AddressRange[] ranges) : ValueTest
    {
        public override bool Fits(string value, IConditionContext context, bool unresolved)
        {
            if (!AddressRange.TryParse(value, out var address) || !address.IsSingle) return false;
            foreach (var range in ranges)
            {
                if (range.Contains(address)) return true;
            }
            return false;
        }
    }
}
