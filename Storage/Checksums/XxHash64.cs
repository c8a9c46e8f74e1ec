using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ObjectStore.Storage.Checksums;

/// <summary>XXH64, streaming (not thread-safe) and one-shot. The result is a number; its canonical byte form is big-endian.</summary>
/// <remarks>Source: github.com/Cyan4973/xxHash, doc/xxhash_spec.md. Four chains of multiplications, which no vector unit does faster.</remarks>
public sealed class XxHash64
{
    private const ulong PrimeA = XxHash3Core.Prime64A;
    private const ulong PrimeB = XxHash3Core.Prime64B;
    private const ulong PrimeC = XxHash3Core.Prime64C;
    private const ulong PrimeD = XxHash3Core.Prime64D;
    private const ulong PrimeE = XxHash3Core.Prime64E;
    private const int StripeBytes = 32;

    private readonly ulong _seed;
    private readonly byte[] _buffer = new byte[StripeBytes];
    private Lanes _lanes;
    private int _buffered;
    private ulong _total;

    public XxHash64(ulong seed = 0)
    {
        _seed = seed;
        Reset();
    }

    public static ulong Hash(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        var lanes = new Lanes(seed);
        var whole = data.Length / StripeBytes * StripeBytes;
        lanes.Consume(data[..whole]);
        return Finish(lanes, seed, (ulong)data.Length, data[whole..]);
    }

    public void Reset()
    {
        _lanes = new Lanes(_seed);
        _buffered = 0;
        _total = 0;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _total += (ulong)data.Length;
        if (_buffered > 0)
        {
            var fill = Math.Min(StripeBytes - _buffered, data.Length);
            data[..fill].CopyTo(_buffer.AsSpan(_buffered));
            data = data[fill..];
            _buffered += fill;
            if (_buffered < StripeBytes) return;
            _lanes.Consume(_buffer);
            _buffered = 0;
        }
        var whole = data.Length / StripeBytes * StripeBytes;
        _lanes.Consume(data[..whole]);
        data = data[whole..];
        data.CopyTo(_buffer);
        _buffered = data.Length;
    }

    /// <summary>The hash of all that was appended; appending may go on.</summary>
    public ulong GetHash() => Finish(_lanes, _seed, _total, _buffer.AsSpan(0, _buffered));

    private static ulong Finish(Lanes lanes, ulong seed, ulong total, ReadOnlySpan<byte> tail)
    {
        var hash = (total >= StripeBytes ? lanes.Merge() : seed + PrimeE) + total;
        for (; tail.Length >= 8; tail = tail[8..])
            hash = BitOperations.RotateLeft(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(tail)), 27) * PrimeA + PrimeD;
        if (tail.Length >= 4)
        {
            hash = BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(tail) * PrimeA), 23) * PrimeB + PrimeC;
            tail = tail[4..];
        }
        foreach (var value in tail) hash = BitOperations.RotateLeft(hash ^ (value * PrimeE), 11) * PrimeA;

        hash ^= hash >> 33;
        hash *= PrimeB;
        hash ^= hash >> 29;
        hash *= PrimeC;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong lane, ulong value) => BitOperations.RotateLeft(lane + value * PrimeB, 31) * PrimeA;

    private struct Lanes(ulong seed)
    {
        private ulong _a = seed + unchecked(PrimeA + PrimeB);
        private ulong _b = seed + PrimeB;
        private ulong _c = seed;
        private ulong _d = seed - PrimeA;

        public void Consume(ReadOnlySpan<byte> stripes)
        {
            var (a, b, c, d) = (_a, _b, _c, _d);
            for (; stripes.Length >= StripeBytes; stripes = stripes[StripeBytes..])
            {
                a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(stripes));
                b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(stripes[8..]));
                c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(stripes[16..]));
                d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(stripes[24..]));
            }
            (_a, _b, _c, _d) = (a, b, c, d);
        }

        public readonly ulong Merge()
        {
            var hash = BitOperations.RotateLeft(_a, 1) + BitOperations.RotateLeft(_b, 7)
                + BitOperations.RotateLeft(_c, 12) + BitOperations.RotateLeft(_d, 18);
            hash = MergeLane(hash, _a);
            hash = MergeLane(hash, _b);
            hash = MergeLane(hash, _c);
            return MergeLane(hash, _d);
        }

        private static ulong MergeLane(ulong hash, ulong lane) => (hash ^ Round(0, lane)) * PrimeA + PrimeD;
    }
}
