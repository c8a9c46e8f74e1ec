using System.Numerics;

namespace ObjectStore.Erasure.Codec;

/// <summary>A set of shard numbers 0..255, as a value of 32 bytes: which shards are present, wanted, missing.</summary>
public readonly record struct ShardSet
{
    private readonly ulong _word0, _word1, _word2, _word3;

    private ShardSet(ulong word0, ulong word1, ulong word2, ulong word3) =>
        (_word0, _word1, _word2, _word3) = (word0, word1, word2, word3);

    public static ShardSet Empty => default;

    /// <summary>The shards 0 to <paramref name="count"/> - 1; count is 0 to 256.</summary>
    public static ShardSet First(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Scheme.MaxTotalShards);
        return new(Low(count), Low(count - 64), Low(count - 128), Low(count - 192));

        static ulong Low(int bits) => bits <= 0 ? 0 : bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;
    }

    public static ShardSet Of(params ReadOnlySpan<int> shards)
    {
        var set = Empty;
        foreach (var shard in shards)
            set = set.With(shard);
        return set;
    }

    public int Count =>
        BitOperations.PopCount(_word0) + BitOperations.PopCount(_word1) +
        BitOperations.PopCount(_word2) + BitOperations.PopCount(_word3);

    public bool IsEmpty => (_word0 | _word1 | _word2 | _word3) == 0;

    public bool Contains(int shard) => (uint)shard < Scheme.MaxTotalShards && (Word(shard >> 6) >> (shard & 63) & 1) != 0;

    public ShardSet With(int shard) => this | Single(shard);

    public ShardSet Without(int shard) => Except(Single(shard));

    public ShardSet Except(ShardSet other) =>
        new(_word0 & ~other._word0, _word1 & ~other._word1, _word2 & ~other._word2, _word3 & ~other._word3);

    public static ShardSet operator |(ShardSet a, ShardSet b) =>
        new(a._word0 | b._word0, a._word1 | b._word1, a._word2 | b._word2, a._word3 | b._word3);

    public static ShardSet operator &(ShardSet a, ShardSet b) =>
        new(a._word0 & b._word0, a._word1 & b._word1, a._word2 & b._word2, a._word3 & b._word3);

    /// <summary>The lowest <paramref name="count"/> members, or all when there are fewer.</summary>
    public ShardSet Lowest(int count)
    {
        var taken = Empty;
        foreach (var shard in this)
        {
            if (count-- <= 0)
                break;
            taken = taken.With(shard);
        }

        return taken;
    }

    /// <summary>Enumerates in ascending order, without allocating.</summary>
    public Enumerator GetEnumerator() => new(this);

    public override string ToString()
    {
        var members = new List<int>(Count);
        foreach (var shard in this)
            members.Add(shard);
        return $"{{{string.Join(',', members)}}}";
    }

    private static ShardSet Single(int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, Scheme.MaxTotalShards);
        var bit = 1UL << (shard & 63);
        return (shard >> 6) switch
        {
            0 => new(bit, 0, 0, 0),
            1 => new(0, bit, 0, 0),
            2 => new(0, 0, bit, 0),
            _ => new(0, 0, 0, bit),
        };
    }

    private ulong Word(int index) => index switch { 0 => _word0, 1 => _word1, 2 => _word2, _ => _word3 };

    public struct Enumerator
    {
        private readonly ShardSet _set;
        private int _index;
        private ulong _rest;

        internal Enumerator(ShardSet set)
        {
            _set = set;
            _rest = set._word0;
            Current = -1;
        }

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (_rest == 0)
            {
                if (++_index == 4)
                {
                    _index = 3;
                    return false;
                }

                _rest = _set.Word(_index);
            }

            Current = _index * 64 + BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
