namespace ObjectStore.Server.Background;

/// <summary>Keeps slow work below a rate by resting. For one worker.</summary>
internal sealed class Pacer(double unitsPerSecond, TimeProvider time)
{
    /// <summary>Debts below this are carried on: timers are not finer.</summary>
    private static readonly TimeSpan LeastRest = TimeSpan.FromMilliseconds(50);

    private TimeSpan _debt;

    /// <summary>Rests for as long as <paramref name="units"/> may take.</summary>
    public async ValueTask SpendAsync(int units, CancellationToken ct)
    {
        _debt += TimeSpan.FromSeconds(units / unitsPerSecond);
        if (_debt < LeastRest) return;
        var rest = _debt;
        _debt = TimeSpan.Zero;
        await Task.Delay(rest, time, ct);
    }
}
