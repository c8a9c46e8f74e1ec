using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Tests.Tiers;

/// <summary>A tier that fails when the test says so, before or behind what it did.</summary>
internal sealed class FaultyTierStore(ITierStore inner) : ITierStore
{
    /// <summary>Runs before each call.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs behind each call that has done its work.</summary>
    public Func<Task> After { get; set; } = () => Task.CompletedTask;

    public int Puts { get; private set; }

    public async ValueTask ProbeAsync(Tier tier, CancellationToken ct)
    {
        await Before();
        await inner.ProbeAsync(tier, ct);
    }

    public async ValueTask<string?> PutAsync(
        RemotePlaceRecord place, Tier tier, long lengthBytes, TierSource source, IReadOnlyList<(string Name, string Value)> headers, CancellationToken ct)
    {
        Puts++;
        await Before();
        var version = await inner.PutAsync(place, tier, lengthBytes, source, headers, ct);
        await After();
        return version;
    }

    public async ValueTask<Stream> OpenAsync(RemotePlaceRecord place, long offset, long length, CancellationToken ct)
    {
        await Before();
        return await inner.OpenAsync(place, offset, length, ct);
    }

    public async ValueTask DeleteAsync(RemotePlaceRecord place, CancellationToken ct)
    {
        await Before();
        await inner.DeleteAsync(place, ct);
        await After();
    }
}
