using System.Buffers.Binary;

namespace ObjectStore.Storage.Checksums;

/// <summary>
/// XXH3 in 64 and 128 bits (xxHash 0.8, default secret): one-shot through the static methods, streaming through an
/// instance, which is not thread-safe. Results are numbers; the canonical byte form is big-endian.
/// </summary>
/// <remarks>Source: github.com/Cyan4973/xxHash, doc/xxhash_spec.md.</remarks>
public sealed unsafe class XxHash3
{
    private const int BufferBytes = 256;
    private const int StripeBytes = XxHash3Core.StripeBytes;

    private readonly ulong _seed;
    private readonly byte[] _secret;
    private readonly ulong[] _lanes = new ulong[XxHash3Core.Lanes];

    /// <summary>What is not consumed yet; its last stripe keeps the last consumed one, which a short end reaches back into.</summary>
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _buffered;
    private int _stripesInBlock;
    private ulong _total;

    public XxHash3(ulong seed = 0)
    {
        _seed = seed;
        _secret = new byte[XxHash3Core.SecretBytes];
        fixed (byte* secret = _secret) XxHash3Core.DeriveSecret(secret, seed);
        Reset();
    }

    public static ulong Hash64(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        if (data.Length <= XxHash3Short.MaxBytes) return XxHash3Short.Hash64(data, seed);
        var lanes = stackalloc ulong[XxHash3Core.Lanes];
        var secret = stackalloc byte[XxHash3Core.SecretBytes];
        HashLong(data, seed, lanes, secret);
        return XxHash3Core.Merge64(lanes, secret, (ulong)data.Length);
    }

    public static UInt128 Hash128(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        if (data.Length <= XxHash3Short.MaxBytes) return XxHash3Short.Hash128(data, seed);
        var lanes = stackalloc ulong[XxHash3Core.Lanes];
        var secret = stackalloc byte[XxHash3Core.SecretBytes];
        HashLong(data, seed, lanes, secret);
        return XxHash3Core.Merge128(lanes, secret, (ulong)data.Length);
    }

    public void Reset()
    {
        fixed (ulong* lanes = _lanes) XxHash3Core.Initialize(lanes);
        _buffered = 0;
        _stripesInBlock = 0;
        _total = 0;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _total += (ulong)data.Length;
        if (data.Length <= BufferBytes - _buffered)
        {
            data.CopyTo(_buffer.AsSpan(_buffered));
            _buffered += data.Length;
            return;
        }

        if (_buffered > 0)
        {
            var fill = BufferBytes - _buffered;
            data[..fill].CopyTo(_buffer.AsSpan(_buffered));
            data = data[fill..];
            Consume(_buffer);
            _buffered = 0;
        }
        if (data.Length > BufferBytes)
        {
            // At least one byte stays behind: the last stripe is hashed differently.
            var whole = (data.Length - 1) / StripeBytes * StripeBytes;
            Consume(data[..whole]);
            data.Slice(whole - StripeBytes, StripeBytes).CopyTo(_buffer.AsSpan(BufferBytes - StripeBytes));
            data = data[whole..];
        }
        data.CopyTo(_buffer);
        _buffered = data.Length;
    }

    /// <summary>The hash of all that was appended; appending may go on.</summary>
    public ulong GetHash64()
    {
        if (_total <= XxHash3Short.MaxBytes) return XxHash3Short.Hash64(_buffer.AsSpan(0, _buffered), _seed);
        var lanes = stackalloc ulong[XxHash3Core.Lanes];
        fixed (byte* secret = _secret)
        {
            Finish(lanes, secret);
            return XxHash3Core.Merge64(lanes, secret, _total);
        }
    }

    /// <inheritdoc cref="GetHash64"/>
    public UInt128 GetHash128()
    {
        if (_total <= XxHash3Short.MaxBytes) return XxHash3Short.Hash128(_buffer.AsSpan(0, _buffered), _seed);
        var lanes = stackalloc ulong[XxHash3Core.Lanes];
        fixed (byte* secret = _secret)
        {
            Finish(lanes, secret);
            return XxHash3Core.Merge128(lanes, secret, _total);
        }
    }

    private static void HashLong(ReadOnlySpan<byte> data, ulong seed, ulong* lanes, byte* secret)
    {
        XxHash3Core.DeriveSecret(secret, seed);
        XxHash3Core.Initialize(lanes);
        fixed (byte* start = data)
        {
            var inBlock = 0;
            var stripes = (data.Length - 1) / StripeBytes;
            XxHash3Core.Consume(lanes, start, stripes, secret, ref inBlock);
            XxHash3Core.LastStripe(lanes, start + data.Length - StripeBytes, secret);
        }
    }

    private void Consume(ReadOnlySpan<byte> stripes)
    {
        fixed (ulong* lanes = _lanes)
        fixed (byte* start = stripes, secret = _secret)
            XxHash3Core.Consume(lanes, start, stripes.Length / StripeBytes, secret, ref _stripesInBlock);
    }

    private void Finish(ulong* lanes, byte* secret)
    {
        _lanes.CopyTo(new Span<ulong>(lanes, XxHash3Core.Lanes));
        fixed (byte* buffer = _buffer)
        {
            if (_buffered >= StripeBytes)
            {
                var inBlock = _stripesInBlock;
                XxHash3Core.Consume(lanes, buffer, (_buffered - 1) / StripeBytes, secret, ref inBlock);
                XxHash3Core.LastStripe(lanes, buffer + _buffered - StripeBytes, secret);
                return;
            }
            var last = stackalloc byte[StripeBytes];
            var reach = StripeBytes - _buffered;
            _buffer.AsSpan(BufferBytes - reach, reach).CopyTo(new Span<byte>(last, StripeBytes));
            _buffer.AsSpan(0, _buffered).CopyTo(new Span<byte>(last + reach, _buffered));
            XxHash3Core.LastStripe(lanes, last, secret);
        }
    }
}
