using System.Text.Json;
using ObjectStore.Server.Policies.Conditions;

namespace ObjectStore.Server.Policies;

/// <summary>The element Condition.</summary>
internal sealed partial class PolicyParser
{
    private Condition[]? ReadConditions(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return Fail<Condition[]>("Invalid policy syntax.", Syntax);
        var conditions = new List<Condition>();
        foreach (var block in value.EnumerateObject())
        {
            if (!ConditionOperator.TryParse(block.Name, out var @operator)) return Fail<Condition[]>($"Invalid Condition type : {block.Name}");
            if (block.Value.ValueKind != JsonValueKind.Object) return Fail<Condition[]>("Invalid policy syntax.", Syntax);
            foreach (var field in block.Value.EnumerateObject())
            {
                if (ReadCondition(@operator, block.Name, field) is not { } condition) return null;
                conditions.Add(condition);
            }
        }
        return [.. conditions];
    }

    private Condition? ReadCondition(ConditionOperator @operator, string operatorName, JsonProperty field)
    {
        if (!ConditionKey.IsValid(field.Name))
            return Fail<Condition>("Policy has an invalid condition key", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        var key = new ConditionKey(field.Name);
        if (IsS3 && !ConditionKeys.IsKnown(key)) return Fail<Condition>("Policy has an invalid condition key");
        if (ReadValues(field.Value) is not { } values) return null;
        if (ValueTest.Compile(@operator, values, _hasVariables) is not { } test)
            return Fail<Condition>($"Invalid value for the condition {operatorName} of {field.Name}");
        if (@operator.Family is ConditionFamily.StringLike or ConditionFamily.Arn && !CountWildcards(values)) return null;
        return new Condition(@operator, key, values, test);
    }

    /// <summary>Strings, numbers and truth values, one or several; all are compared as text of the operator's kind.</summary>
    private List<string>? ReadValues(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return ReadValue(value) is { } single ? [single] : null;
        var values = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (ReadValue(item) is not { } text) return null;
            values.Add(text);
        }
        return values;
    }

    private string? ReadValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.GetRawText(),
        _ => Fail<string>("Invalid policy syntax.", Syntax),
    };

    private bool CountWildcards(List<string> values)
    {
        foreach (var value in values) _singleWildcards += value.AsSpan().Count('?');
        return _singleWildcards <= MaxSingleWildcards || Fail($"The policy has more than {MaxSingleWildcards} wildcards '?'.");
    }
}
