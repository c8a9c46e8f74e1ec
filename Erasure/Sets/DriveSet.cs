using System.Diagnostics.CodeAnalysis;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Sets;

/// <summary>
/// The drives of a store, changed at run time and read without locks. It owns none of them: who adds a drive
/// disposes it after <see cref="Remove"/>.
/// </summary>
/// <param name="seed">Seeds the choice of drives, so that a run can be repeated.</param>
public sealed class DriveSet(ulong seed)
{
    /// <summary>Most drives in one set; placement counts them on the stack.</summary>
    public const int MaxDrives = 4096;

    private readonly Lock _gate = new();
    private volatile Snapshot _snapshot = Snapshot.Empty;
    private ulong _picks;

    public int Count => _snapshot.Slots.Length;

    /// <summary>Drives that serve now. A latched drive, and one with a stuck operation, does not count.</summary>
    public int UsableCount => CountUsable(shardBytes: 0);

    /// <summary>Adds a drive, or puts it in the place of one with the same id (a drive that was opened anew).</summary>
    public void Add(IDrive drive, FailureDomain domain)
    {
        lock (_gate)
        {
            var slots = _snapshot.Slots.Where(slot => slot.Drive.Id != drive.Id).Append(new DriveSlot(drive, domain)).ToArray();
            ArgumentOutOfRangeException.ThrowIfGreaterThan(slots.Length, MaxDrives);
            _snapshot = Snapshot.Of(slots);
        }
    }

    /// <summary>Forgets a drive. Operations that run on it end as they may. False if it was not there.</summary>
    public bool Remove(DriveId id)
    {
        lock (_gate)
        {
            var slots = _snapshot.Slots.Where(slot => slot.Drive.Id != id).ToArray();
            if (slots.Length == _snapshot.Slots.Length)
                return false;
            _snapshot = Snapshot.Of(slots);
            return true;
        }
    }

    public bool TryGet(DriveId id, [NotNullWhen(true)] out IDrive? drive)
    {
        drive = FindSlot(id)?.Drive;
        return drive is not null;
    }

    /// <summary>Every drive as it is now, in the order in which they were added.</summary>
    public IReadOnlyList<DriveStatus> GetStatus() => Array.ConvertAll(_snapshot.Slots, slot => slot.ToStatus());

    internal DriveSlot? FindSlot(DriveId id) => _snapshot.ById.GetValueOrDefault(id);

    /// <summary>Usable drives with room for a shard of <paramref name="shardBytes"/>.</summary>
    internal int CountUsable(long shardBytes)
    {
        var count = 0;
        foreach (var slot in _snapshot.Slots)
            if (IsCandidate(slot, shardBytes))
                count++;
        return count;
    }

    /// <summary>
    /// Picks distinct usable drives with room: first the zone with the fewest picks so far, in it the node with the
    /// fewest, among its drives at random in proportion to free space (Efraimidis and Spirakis 2006). Their order is
    /// shuffled, so that data and parity rotate over the drives.
    /// </summary>
    /// <param name="exclude">Drives that are not to be picked, for instance those that already refused.</param>
    /// <returns>How many were picked; less than asked for when there are no more.</returns>
    internal int Pick(Span<DriveSlot> picked, long shardBytes, ReadOnlySpan<DriveSlot?> exclude = default)
    {
        var snapshot = _snapshot;
        var slots = snapshot.Slots;
        var random = SplitMix64.ForUse(seed, Interlocked.Increment(ref _picks));
        Span<double> keys = slots.Length <= 256 ? stackalloc double[slots.Length] : new double[slots.Length];
        Span<int> zones = stackalloc int[snapshot.ZoneCount];
        Span<int> nodes = stackalloc int[snapshot.NodeCount];
        zones.Clear();
        nodes.Clear();

        for (var i = 0; i < slots.Length; i++)
        {
            keys[i] = IsCandidate(slots[i], shardBytes) && !exclude.Contains(slots[i])
                ? -Math.Log(random.NextUnit()) / Math.Max(1, slots[i].Drive.Space.AvailableBytes)
                : double.NaN;
        }

        foreach (var slot in exclude)
            CountIn(snapshot, Array.IndexOf(slots, slot), zones, nodes);

        var count = 0;
        while (count < picked.Length && Best(snapshot, keys, zones, nodes) is var best and >= 0)
        {
            keys[best] = double.NaN;
            CountIn(snapshot, best, zones, nodes);
            picked[count++] = slots[best];
        }

        Shuffle(picked[..count], ref random);
        return count;
    }

    private static bool IsCandidate(DriveSlot slot, long shardBytes) =>
        slot.IsUsable && slot.Drive.Space.AvailableBytes >= shardBytes;

    private static void CountIn(Snapshot snapshot, int index, Span<int> zones, Span<int> nodes)
    {
        if (index < 0)
            return;
        zones[snapshot.Zones[index]]++;
        nodes[snapshot.Nodes[index]]++;
    }

    private static int Best(Snapshot snapshot, ReadOnlySpan<double> keys, ReadOnlySpan<int> zones, ReadOnlySpan<int> nodes)
    {
        var best = -1;
        var bestRank = (int.MaxValue, int.MaxValue, double.MaxValue);
        for (var i = 0; i < keys.Length; i++)
        {
            if (double.IsNaN(keys[i]))
                continue;
            var rank = (zones[snapshot.Zones[i]], nodes[snapshot.Nodes[i]], keys[i]);
            if (rank.CompareTo(bestRank) < 0)
                (best, bestRank) = (i, rank);
        }

        return best;
    }

    private static void Shuffle(Span<DriveSlot> slots, ref SplitMix64 random)
    {
        for (var i = slots.Length - 1; i > 0; i--)
        {
            var other = random.NextBelow(i + 1);
            (slots[i], slots[other]) = (slots[other], slots[i]);
        }
    }

    /// <summary>One state of the set. Zones and nodes are numbered, so that picks count them without hashing.</summary>
    private sealed record Snapshot(
        DriveSlot[] Slots, Dictionary<DriveId, DriveSlot> ById, int[] Zones, int[] Nodes, int ZoneCount, int NodeCount)
    {
        public static Snapshot Empty { get; } = Of([]);

        public static Snapshot Of(DriveSlot[] slots)
        {
            var zones = Numbers(slots, slot => slot.Domain.Zone, out var zoneCount);
            var nodes = Numbers(slots, slot => (slot.Domain.Zone, slot.Domain.Node), out var nodeCount);
            return new Snapshot(slots, slots.ToDictionary(slot => slot.Drive.Id), zones, nodes, zoneCount, nodeCount);
        }

        private static int[] Numbers<T>(DriveSlot[] slots, Func<DriveSlot, T> label, out int count) where T : notnull
        {
            var numbers = new Dictionary<T, int>();
            var result = Array.ConvertAll(slots, slot =>
            {
                var key = label(slot);
                if (!numbers.TryGetValue(key, out var number))
                    numbers.Add(key, number = numbers.Count);
                return number;
            });
            count = numbers.Count;
            return result;
        }
    }
}
