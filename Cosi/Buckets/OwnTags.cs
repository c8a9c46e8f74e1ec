using ObjectStore.Cosi.Parameters;

namespace ObjectStore.Cosi.Buckets;

/// <summary>
/// The driver's own tags of a bucket: all that it remembers. They are set by the call that makes the bucket, so that there is never one of
/// which nobody knows whose it is.
/// </summary>
/// <param name="Driver">The name of the driver that made it.</param>
/// <param name="Fingerprint">Of the class's parameters that it was made with.</param>
/// <param name="IsReady">Whether all of them have been set up.</param>
internal sealed record OwnTags(string Driver, string Fingerprint, bool IsReady)
{
    private const string DriverKey = BucketClassParameters.ReservedTagPrefix + "driver";
    private const string ParametersKey = BucketClassParameters.ReservedTagPrefix + "parameters";
    private const string StateKey = BucketClassParameters.ReservedTagPrefix + "state";
    private const string Ready = "ready";
    private const string Creating = "creating";

    /// <summary>Null where a bucket has none: it is not a driver's.</summary>
    public static OwnTags? Of(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue(DriverKey, out var driver) && tags.TryGetValue(ParametersKey, out var fingerprint)
            ? new OwnTags(driver, fingerprint, tags.GetValueOrDefault(StateKey) == Ready) : null;

    /// <summary>These, and those of the bucket that are somebody's.</summary>
    public IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> others) => new Dictionary<string, string>(others, StringComparer.Ordinal)
    {
        [DriverKey] = Driver,
        [ParametersKey] = Fingerprint,
        [StateKey] = IsReady ? Ready : Creating,
    };
}
