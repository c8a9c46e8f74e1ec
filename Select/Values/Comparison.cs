namespace ObjectStore.Select.Values;

/// <summary>
/// Equality and order. Texts are compared byte by byte. A field of CSV beside a number, a boolean or a timestamp is read as
/// one. Values of types that have nothing in common are not equal, and neither is less.
/// </summary>
internal static class Comparison
{
    /// <summary>Both are present. False when they cannot be ordered.</summary>
    public static bool TryCompare(in Value left, in Value right, out int order)
    {
        order = 0;
        if (left.Kind == right.Kind)
        {
            switch (left.Kind)
            {
                case ValueKind.Int:
                    order = left.Int.CompareTo(right.Int);
                    return true;
                case ValueKind.Text:
                case ValueKind.Json:
                    order = left.Bytes.SequenceCompareTo(right.Bytes);
                    return true;
                case ValueKind.Bool:
                    order = left.Bool.CompareTo(right.Bool);
                    return true;
                case ValueKind.Timestamp:
                    order = left.Timestamp.UtcTicks.CompareTo(right.Timestamp.UtcTicks);
                    return true;
            }
        }

        if (left.IsNumber || right.IsNumber)
        {
            if (!Numbers.TryGet(left, out var first) || !Numbers.TryGet(right, out var second)) return false;
            order = Numbers.Compare(first, second);
            return true;
        }

        if (left.IsUntyped && left.Kind == ValueKind.Text) return TryCompareField(left.Bytes, right, out order);
        if (!right.IsUntyped || right.Kind != ValueKind.Text || !TryCompareField(right.Bytes, left, out order)) return false;
        order = -order;
        return true;
    }

    private static bool TryCompareField(ReadOnlySpan<byte> field, in Value other, out int order)
    {
        order = 0;
        if (other.Kind == ValueKind.Bool && Casts.TryParseBool(field, out var truth))
        {
            order = truth.CompareTo(other.Bool);
            return true;
        }

        if (other.Kind != ValueKind.Timestamp || !Timestamp.TryParse(field, out var moment)) return false;
        order = moment.UtcTicks.CompareTo(other.Timestamp.UtcTicks);
        return true;
    }
}
