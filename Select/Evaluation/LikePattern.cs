namespace ObjectStore.Select.Evaluation;

/// <summary>A pattern of LIKE: % stands for any text, _ for one character.</summary>
internal sealed class LikePattern
{
    // What stands for one character; all else are bytes.
    private const short AnyCharacter = -1;

    private readonly List<Segment> _segments = [];
    private readonly bool _anyBefore;
    private readonly bool _anyBehind;

    /// <param name="escape">Makes the character behind it mean itself; empty for none.</param>
    /// <exception cref="SelectException">The escape stands before what needs none.</exception>
    public LikePattern(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> escape)
    {
        if (escape.Length > 0 && Characters.Count(escape) != 1)
            throw new SelectException(SelectErrorCode.LikeInvalidInputs, "The ESCAPE of LIKE must be one character.");

        var segment = new List<short>();
        var isFirst = true;
        for (var at = 0; at < pattern.Length;)
        {
            var rest = pattern[at..];
            if (escape.Length > 0 && rest.StartsWith(escape))
            {
                at += Escaped(rest, escape, segment);
                _anyBehind = false;
            }
            else if (rest[0] == '%')
            {
                at++;
                if (isFirst && segment.Count == 0) _anyBefore = true;
                else Close(segment);
                isFirst = false;
                _anyBehind = true;
            }
            else
            {
                at++;
                segment.Add(rest[0] == '_' ? AnyCharacter : rest[0]);
                _anyBehind = false;
            }
        }

        Close(segment);
    }

    private bool HasWildcard => _anyBefore || _anyBehind || _segments.Count > 1;

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (_segments.Count == 0) return HasWildcard || text.IsEmpty;
        var first = 0;
        var last = _segments.Count;
        if (!_anyBefore)
        {
            if (!_segments[0].TryMatch(text, out var used)) return false;
            text = text[used..];
            first = 1;
            if (last == 1) return _anyBehind || text.IsEmpty;
        }

        if (!_anyBehind)
        {
            last--;
            if (!_segments[last].TryMatchEnd(text, out var used)) return false;
            text = text[..^used];
        }

        // The leftmost place is as good as any for what lies between two wildcards.
        for (var index = first; index < last; index++)
        {
            if (!_segments[index].TryFind(ref text)) return false;
        }

        return true;
    }

    private static int Escaped(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> escape, List<short> segment)
    {
        var behind = rest[escape.Length..];
        if (behind.IsEmpty || (behind[0] is not ((byte)'%' or (byte)'_') && !behind.StartsWith(escape)))
            throw new SelectException(SelectErrorCode.EvaluatorLikePatternInvalidEscapeSequence);
        var length = behind.StartsWith(escape) ? escape.Length : 1;
        foreach (var unit in behind[..length]) segment.Add(unit);
        return escape.Length + length;
    }

    private void Close(List<short> segment)
    {
        if (segment.Count == 0) return;
        _segments.Add(new Segment([.. segment]));
        segment.Clear();
    }

    /// <summary>What stands between two %.</summary>
    private sealed class Segment(short[] items)
    {
        /// <summary>Places that may be tried in one text, times what is compared at each: else one record could hold a processor for minutes.</summary>
        private const long MaxSteps = 32 * 1024 * 1024;

        private readonly byte[]? _literal = Array.IndexOf(items, AnyCharacter) < 0 ? Array.ConvertAll(items, item => (byte)item) : null;

        public bool TryMatch(ReadOnlySpan<byte> text, out int used)
        {
            used = 0;
            if (_literal is not null)
            {
                used = _literal.Length;
                return text.StartsWith(_literal);
            }

            foreach (var item in items)
            {
                if (used == text.Length || (item != AnyCharacter && text[used] != item)) return false;
                used += item == AnyCharacter ? Characters.FirstLength(text[used..]) : 1;
            }

            return true;
        }

        public bool TryMatchEnd(ReadOnlySpan<byte> text, out int used)
        {
            used = 0;
            for (var index = items.Length - 1; index >= 0; index--)
            {
                var rest = text[..^used];
                if (rest.IsEmpty || (items[index] != AnyCharacter && rest[^1] != items[index])) return false;
                used += items[index] == AnyCharacter ? Characters.LastLength(rest) : 1;
            }

            return true;
        }

        /// <summary>Moves the text behind the leftmost match.</summary>
        public bool TryFind(ref ReadOnlySpan<byte> text)
        {
            if (_literal is not null)
            {
                var at = text.IndexOf(_literal);
                if (at < 0) return false;
                text = text[(at + _literal.Length)..];
                return true;
            }

            var steps = 0L;
            while (true)
            {
                var isMatch = TryMatch(text, out var used);
                if ((steps += used + 1) > MaxSteps) throw new SelectException(SelectErrorCode.LikeInvalidInputs, "The pattern of LIKE takes too long on a record.");
                if (isMatch)
                {
                    text = text[used..];
                    return true;
                }

                if (text.IsEmpty) return false;
                text = text[Characters.FirstLength(text)..];
            }
        }
    }
}
