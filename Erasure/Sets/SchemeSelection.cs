using ObjectStore.Erasure.Codec;

namespace ObjectStore.Erasure.Sets;

/// <summary>Which scheme a new blob gets on the drives that are there, and how many of its shards must be durable.</summary>
public static class SchemeSelection
{
    /// <summary>
    /// The wish if <paramref name="usableDrives"/> suffice, else the narrower scheme that still has as much parity as
    /// possible: m' = min(m, a - 1), k' = max(1, a - m').
    /// </summary>
    /// <param name="usableDrives">a, at least 1.</param>
    public static Scheme Narrow(Scheme wish, int usableDrives)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(usableDrives, 1);
        if (usableDrives >= wish.TotalShards)
            return wish;
        var parity = Math.Min(wish.ParityShards, usableDrives - 1);
        return new Scheme(Math.Max(1, usableDrives - parity), parity);
    }

    /// <summary>
    /// Shards that must be durable before a blob counts: min(k + m, k + max(1, ceil(m / 2))). One more than k, so that
    /// the loss of a drive right after the acknowledgement loses nothing.
    /// </summary>
    public static int WriteQuorum(Scheme scheme) =>
        Math.Min(scheme.TotalShards, scheme.DataShards + Math.Max(1, (scheme.ParityShards + 1) / 2));
}
