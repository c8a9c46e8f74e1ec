namespace ObjectStore.Server.Http;

/// <summary>Makes request ids: 16 capital hex digits, unique in a process and not guessable in their order.</summary>
internal sealed class RequestIds
{
    private readonly ulong _key;
    private long _count;

    public RequestIds(Random random)
    {
        _key = (ulong)random.NextInt64();
        HostId = Convert.ToBase64String(BitConverter.GetBytes(random.NextInt64()).Concat(BitConverter.GetBytes(random.NextInt64())).ToArray());
    }

    /// <summary>x-amz-id-2: names this process.</summary>
    public string HostId { get; }

    public string Next() => string.Create(16, Mix((ulong)Interlocked.Increment(ref _count) + _key), static (digits, id) =>
    {
        for (var index = 0; index < digits.Length; index++) digits[index] = "0123456789ABCDEF"[(int)(id >> (60 - (4 * index))) & 15];
    });

    // SplitMix64's finaliser: a bijection, so that ids never repeat.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
