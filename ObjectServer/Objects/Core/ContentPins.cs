using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Contents that are being read: the garbage collector leaves them. A reader that took its snapshot just before the
/// unlinking and pins just after is covered by the grace window.
/// </summary>
internal sealed class ContentPins
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ContentId, int> _counts = [];

    public void Pin(ContentId id)
    {
        lock (_lock) _counts[id] = _counts.GetValueOrDefault(id) + 1;
    }

    public void Unpin(ContentId id)
    {
        lock (_lock)
        {
            var count = _counts[id] - 1;
            if (count == 0) _counts.Remove(id);
            else _counts[id] = count;
        }
    }

    public bool IsPinned(ContentId id)
    {
        lock (_lock) return _counts.ContainsKey(id);
    }
}
