namespace ObjectStore.Server.Policies.Conditions;

internal enum ConditionFamily
{
    String,
    StringIgnoreCase,
    StringLike,
    Numeric,
    Date,
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

/// <summary>How a key with several values is asked.</summary>
internal enum Quantifier
{
    /// <summary>The operator stands alone: one of the values has to fit.</summary>
    None,
    ForAllValues,
    ForAnyValue,
}

internal enum Comparison
{
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>An operator of a condition, such as ForAnyValue:StringNotLikeIfExists. Source: "IAM JSON policy elements: Condition operators".</summary>
/// <param name="Negated">The condition holds where none of the policy's values fits.</param>
/// <param name="IfExists">The condition holds where the request has no such key.</param>
internal readonly record struct ConditionOperator(
    ConditionFamily Family, Comparison Comparison, bool Negated, bool IfExists, Quantifier Quantifier)
{
    private const string ForAll = "ForAllValues:";
    private const string ForAny = "ForAnyValue:";
    private const string IfExistsSuffix = "IfExists";

    /// <summary>Names are spelled exactly so.</summary>
    public static bool TryParse(string text, out ConditionOperator result)
    {
        result = default;
        var name = text.AsSpan();
        var quantifier = Quantifier.None;
        if (name.StartsWith(ForAll, StringComparison.Ordinal)) quantifier = Quantifier.ForAllValues;
        else if (name.StartsWith(ForAny, StringComparison.Ordinal)) quantifier = Quantifier.ForAnyValue;
        if (quantifier != Quantifier.None) name = name[(quantifier == Quantifier.ForAllValues ? ForAll : ForAny).Length..];

        var ifExists = name.EndsWith(IfExistsSuffix, StringComparison.Ordinal);
        if (ifExists) name = name[..^IfExistsSuffix.Length];
        if (Find(name) is not { } found) return false;
        if (found.Family == ConditionFamily.Null && (ifExists || quantifier != Quantifier.None)) return false;
        result = found with { IfExists = ifExists, Quantifier = quantifier };
        return true;
    }

    private static ConditionOperator? Find(ReadOnlySpan<char> name) => name switch
    {
        "StringEquals" => Of(ConditionFamily.String),
        "StringNotEquals" => Not(ConditionFamily.String),
        "StringEqualsIgnoreCase" => Of(ConditionFamily.StringIgnoreCase),
        "StringNotEqualsIgnoreCase" => Not(ConditionFamily.StringIgnoreCase),
        "StringLike" => Of(ConditionFamily.StringLike),
        "StringNotLike" => Not(ConditionFamily.StringLike),
        "NumericEquals" => Of(ConditionFamily.Numeric),
        "NumericNotEquals" => Not(ConditionFamily.Numeric),
        "NumericLessThan" => Of(ConditionFamily.Numeric, Comparison.Less),
        "NumericLessThanEquals" => Of(ConditionFamily.Numeric, Comparison.LessOrEqual),
        "NumericGreaterThan" => Of(ConditionFamily.Numeric, Comparison.Greater),
        "NumericGreaterThanEquals" => Of(ConditionFamily.Numeric, Comparison.GreaterOrEqual),
        "DateEquals" => Of(ConditionFamily.Date),
        "DateNotEquals" => Not(ConditionFamily.Date),
        "DateLessThan" => Of(ConditionFamily.Date, Comparison.Less),
        "DateLessThanEquals" => Of(ConditionFamily.Date, Comparison.LessOrEqual),
        "DateGreaterThan" => Of(ConditionFamily.Date, Comparison.Greater),
        "DateGreaterThanEquals" => Of(ConditionFamily.Date, Comparison.GreaterOrEqual),
        "Bool" => Of(ConditionFamily.Bool),
        "BinaryEquals" => Of(ConditionFamily.Binary),
        "IpAddress" => Of(ConditionFamily.IpAddress),
        "NotIpAddress" => Not(ConditionFamily.IpAddress),
        "ArnEquals" or "ArnLike" => Of(ConditionFamily.Arn),
        "ArnNotEquals" or "ArnNotLike" => Not(ConditionFamily.Arn),
        "Null" => Of(ConditionFamily.Null),
        _ => null,
    };

    private static ConditionOperator Of(ConditionFamily family, Comparison comparison = Comparison.Equal) =>
        new(family, comparison, Negated: false, IfExists: false, Quantifier.None);

    private static ConditionOperator Not(ConditionFamily family) =>
        new(family, Comparison.Equal, Negated: true, IfExists: false, Quantifier.None);
}
