namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// How many reads may be raced: every read earns a share of one, saved up to a small burst. When all drives are slow
/// it runs dry, and racing does not double their load.
/// </summary>
internal sealed class HedgeBudget(double share)
{
    private const long Unit = 1_000_000;
    private const long BurstUnits = 8 * Unit;

    private readonly long _earned = (long)(share * Unit);
    private long _units = share > 0 ? BurstUnits : 0;

    /// <summary>Counts <paramref name="reads"/> drive reads.</summary>
    public void Earn(int reads)
    {
        var units = Interlocked.Read(ref _units);
        if (units < BurstUnits)
            Interlocked.CompareExchange(ref _units, Math.Min(BurstUnits, units + reads * _earned), units);
    }

    /// <summary>Takes what <paramref name="reads"/> racing reads cost, all or nothing.</summary>
    public bool TryTake(int reads)
    {
        var cost = reads * Unit;
        while (Interlocked.Read(ref _units) is var units && units >= cost)
        {
            if (Interlocked.CompareExchange(ref _units, units - cost, units) == units)
                return true;
        }

        return false;
    }
}
