using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Opens a part of what is to be sent, from a place in it; called again for each attempt. The stream is disposed of.</summary>
internal delegate ValueTask<Stream> TierSource(long offset, long length, CancellationToken ct);

/// <summary>Objects in other stores.</summary>
internal interface ITierStore
{
    /// <summary>Whether the tier answers and lets the server in.</summary>
    /// <exception cref="TierException">It does not.</exception>
    ValueTask ProbeAsync(Tier tier, CancellationToken ct);

    /// <summary>Writes an object and looks whether it is there, as long as it should be.</summary>
    /// <param name="headers">That it gets.</param>
    /// <returns>Its version id there; null where it has none.</returns>
    /// <exception cref="TierException">It is not there, or not surely.</exception>
    ValueTask<string?> PutAsync(RemotePlaceRecord place, Tier tier, long lengthBytes, TierSource source, IReadOnlyList<(string Name, string Value)> headers, CancellationToken ct);

    /// <summary>Bytes of an object, whose reads throw <see cref="TierException"/>.</summary>
    /// <exception cref="TierException">It cannot be read.</exception>
    ValueTask<Stream> OpenAsync(RemotePlaceRecord place, long offset, long length, CancellationToken ct);

    /// <summary>Deletes an object, and what is left of uploads to it. What is not there is deleted.</summary>
    /// <exception cref="TierException">It may still be there.</exception>
    ValueTask DeleteAsync(RemotePlaceRecord place, CancellationToken ct);
}

/// <summary>Another store did not do what it was asked for. The message holds no secret.</summary>
/// <param name="isTierAway">Whether it would not do so for any object now: it does not answer, or does not let the server in.</param>
internal sealed class TierException(bool isTierAway, string message, Exception? inner = null) : Exception(message, inner)
{
    public bool IsTierAway { get; } = isTierAway;
}

/// <summary>Where no tiers are.</summary>
internal sealed class NoTierStore : ITierStore
{
    public ValueTask ProbeAsync(Tier tier, CancellationToken ct) => throw None();

    public ValueTask<string?> PutAsync(RemotePlaceRecord place, Tier tier, long lengthBytes, TierSource source, IReadOnlyList<(string Name, string Value)> headers, CancellationToken ct) => throw None();

    public ValueTask<Stream> OpenAsync(RemotePlaceRecord place, long offset, long length, CancellationToken ct) => throw None();

    public ValueTask DeleteAsync(RemotePlaceRecord place, CancellationToken ct) => throw None();

    private static TierException None() => new(isTierAway: true, "This process does not reach other stores.");
}
