namespace ObjectStore.Server.Policies;

/// <summary>
/// What is known about a request. Asked only for the keys that a policy names, and only when a statement's principal, action and resource match.
/// </summary>
internal interface IConditionContext
{
    /// <summary>
    /// The values of a condition key, <see cref="ConditionValues.None"/> if the request has none. The same key may be asked for several times.
    /// </summary>
    ConditionValues GetValues(ConditionKey key);
}

/// <summary>The values of a condition key in a request: none, one or several.</summary>
internal readonly struct ConditionValues
{
    private readonly string? _single;
    private readonly IReadOnlyList<string>? _many;

    private ConditionValues(string? single, IReadOnlyList<string>? many)
    {
        _single = single;
        _many = many;
    }

    /// <summary>The key is not in the request.</summary>
    public static ConditionValues None => default;

    public int Count => _single is not null ? 1 : _many?.Count ?? 0;

    public string this[int index] => _single ?? _many![index];

    /// <summary>Several values; an empty list is the same as none.</summary>
    public static ConditionValues Of(IReadOnlyList<string> values) => new(null, values);

    /// <summary>One value; null is the same as none.</summary>
    public static implicit operator ConditionValues(string? value) => new(value, null);
}
