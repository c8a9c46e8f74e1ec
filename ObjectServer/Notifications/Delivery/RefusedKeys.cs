using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Keys of which a target has not taken an event over: until they are tried again, the events of other keys overtake theirs. In memory only, and bounded:
/// a target that refuses more than that is as good as dead.
/// </summary>
internal sealed class RefusedKeys(NotificationOptions options, TimeProvider time)
{
    /// <summary>Keys that are overtaken at the same time.</summary>
    public const int MaxCount = 1_000;

    private readonly Dictionary<(ulong BucketId, ByteString Key), Refusal> _keys = [];

    private readonly record struct Refusal(int Attempts, DateTimeOffset Until);

    public int Count => _keys.Count;

    public bool IsFull => _keys.Count >= MaxCount;

    /// <summary>When the first of them is tried again; null if there are none.</summary>
    public DateTimeOffset? Next => _keys.Count == 0 ? null : _keys.Values.Min(refusal => refusal.Until);

    /// <summary>Whether an event has to wait, for itself or for an earlier one of its key.</summary>
    public bool Holds(ChangeRecord change, DateTimeOffset now) => _keys.TryGetValue(KeyOf(change), out var refusal) && now < refusal.Until;

    public void Note(ChangeRecord change)
    {
        var attempts = _keys.GetValueOrDefault(KeyOf(change)).Attempts + 1;
        var delay = Math.Min(options.LongestRetry.Ticks, options.FirstRetry.Ticks << Math.Min(attempts - 1, 20));
        _keys[KeyOf(change)] = new Refusal(attempts, time.GetUtcNow() + TimeSpan.FromTicks(delay));
    }

    /// <summary>It was taken over, or dropped.</summary>
    public void Forget(ChangeRecord change) => _keys.Remove(KeyOf(change));

    public void Clear() => _keys.Clear();

    private static (ulong, ByteString) KeyOf(ChangeRecord change) => (change.BucketId, change.Key);
}
