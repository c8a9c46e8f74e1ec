using System.Globalization;
using System.Text.Json;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Forms;

internal enum PostConditionKind
{
    Equals,
    StartsWith,

    /// <summary>Of the file's length; about no field.</summary>
    LengthRange,
}

/// <summary>One condition of a <see cref="PostPolicy"/>.</summary>
/// <param name="Field">Without '$'; empty for a range.</param>
/// <param name="Source">As the policy has it, to be told when it fails.</param>
internal sealed record PostCondition(PostConditionKind Kind, string Field, string Value, string Source)
{
    public long MinBytes { get; private init; }

    public long MaxBytes { get; private init; } = long.MaxValue;

    /// <param name="given">The field's value; empty if the form does not have it.</param>
    public bool Holds(string given) => Kind switch
    {
        PostConditionKind.Equals => given == Value,
        PostConditionKind.StartsWith when Field.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && given.Contains(',') =>
            // A list: each of its types has to begin so.
            given.Split(',', StringSplitOptions.TrimEntries).All(type => type.StartsWith(Value, StringComparison.Ordinal)),
        PostConditionKind.StartsWith => given.StartsWith(Value, StringComparison.Ordinal),
        _ => true,
    };

    /// <exception cref="S3Exception">InvalidPolicyDocument.</exception>
    public static PostCondition Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => ReadSimple(json),
        JsonValueKind.Array => ReadList(json),
        _ => throw Invalid("Invalid Condition: expecting an object or a list."),
    };

    private static PostCondition ReadSimple(JsonElement json)
    {
        var members = json.EnumerateObject().ToArray();
        if (members.Length != 1) throw Invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
        if (members[0].Value.ValueKind != JsonValueKind.String) throw Invalid("Invalid Simple-Condition: value must be a string.");
        return new PostCondition(
            PostConditionKind.Equals, members[0].Name, members[0].Value.GetString()!, $"[\"eq\", \"${members[0].Name}\", \"{members[0].Value.GetString()}\"]");
    }

    private static PostCondition ReadList(JsonElement json)
    {
        var items = json.EnumerateArray().ToArray();
        if (items.Length != 3 || items[0].ValueKind != JsonValueKind.String) throw Invalid("Invalid Condition: wrong number of arguments.");
        var source = json.GetRawText();
        switch (items[0].GetString()!.ToLowerInvariant())
        {
            case "eq":
                return new PostCondition(PostConditionKind.Equals, FieldOf(items[1]), ValueOf(items[2]), source);
            case "starts-with":
                return new PostCondition(PostConditionKind.StartsWith, FieldOf(items[1]), ValueOf(items[2]), source);
            case "content-length-range":
                var (min, max) = (LengthOf(items[1]), LengthOf(items[2]));
                return min <= max
                    ? new PostCondition(PostConditionKind.LengthRange, "", "", source) { MinBytes = min, MaxBytes = max }
                    : throw Invalid("Invalid content-length-range: the least length is above the greatest.");
            default:
                throw Invalid($"Invalid Condition: unknown operation '{items[0].GetString()}'.");
        }
    }

    private static string FieldOf(JsonElement json) =>
        json.ValueKind == JsonValueKind.String && json.GetString() is ['$', _, ..] text ? text[1..] : throw Invalid("Invalid Condition: expecting a field as $NAME.");

    private static string ValueOf(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Invalid("Invalid Condition: value must be a string.");

    // Some clients write numbers as text.
    private static long LengthOf(JsonElement json)
    {
        var isNumber = json.ValueKind == JsonValueKind.Number
            ? json.TryGetInt64(out var length)
            : long.TryParse(json.ValueKind == JsonValueKind.String ? json.GetString() : null, NumberStyles.None, CultureInfo.InvariantCulture, out length);
        return isNumber && length >= 0 ? length : throw Invalid("Invalid content-length-range: expecting two lengths in bytes.");
    }

    private static S3Exception Invalid(string problem) => new(FormErrors.InvalidPolicy(problem));
}
