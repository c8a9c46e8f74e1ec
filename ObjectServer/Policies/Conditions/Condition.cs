namespace ObjectStore.Server.Policies.Conditions;

/// <summary>One key of a statement's Condition: all of them have to hold.</summary>
/// <param name="Values">As the policy has them; one of them has to fit.</param>
internal sealed record Condition(ConditionOperator Operator, ConditionKey Key, IReadOnlyList<string> Values, ValueTest Test)
{
    /// <param name="allows">
    /// The statement's effect. A value whose variable cannot be filled in must not widen what is allowed, so to a negated operator of an Allow it
    /// counts as equal.
    /// </param>
    public bool Holds(IConditionContext context, bool allows)
    {
        var found = context.GetValues(Key);
        if (Operator.Family == ConditionFamily.Null) return Test.Fits(found.Count == 0 ? "true" : "false", context, unresolved: false);
        if (found.Count == 0) return HoldsWithoutKey;

        var unresolved = Operator.Negated && allows;
        for (var index = 0; index < found.Count; index++)
        {
            var fits = Test.Fits(found[index], context, unresolved);
            switch (Operator.Quantifier)
            {
                case Quantifier.ForAllValues when fits == Operator.Negated:
                    return false;
                case Quantifier.ForAnyValue when fits != Operator.Negated:
                    return true;
                case Quantifier.None when fits:
                    return !Operator.Negated;
            }
        }
        return Operator.Quantifier switch
        {
            Quantifier.ForAllValues => true,
            Quantifier.ForAnyValue => false,
            _ => Operator.Negated,
        };
    }

    private bool HoldsWithoutKey => Operator.Quantifier switch
    {
        Quantifier.ForAllValues => true,
        Quantifier.ForAnyValue => Operator.IfExists,
        _ => Operator.IfExists || Operator.Negated,
    };
}
