using System.Collections.Concurrent;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Gives ids that are never given again: a session number that was taken durably, and a counter in memory. Remembers
/// which contents are being written, so that a search for orphans leaves them alone.
/// </summary>
internal sealed class ContentIds(uint session)
{
    private readonly ConcurrentDictionary<ContentId, byte> _inFlight = new();
    private long _last;

    public uint Session => session;

    public ContentId Next() => new(session, (ulong)Interlocked.Increment(ref _last));

    /// <summary>64 bits unique to this call: the session, and the low half of the counter.</summary>
    public ulong NextNonce() => ((ulong)session << 32) | (uint)Interlocked.Increment(ref _last);

    /// <summary>A bucket's id; the session keeps it unique for ever.</summary>
    public ulong NextBucketId() => NextNonce();

    /// <summary>
    /// An id for a content whose blobs are about to be written. End it when its rows are committed, or will surely never
    /// be; while that is not known it stays in flight.
    /// </summary>
    public ContentId Begin()
    {
        var id = Next();
        _inFlight[id] = 0;
        return id;
    }

    public void End(ContentId id) => _inFlight.TryRemove(id, out _);

    public bool IsInFlight(ContentId id) => _inFlight.ContainsKey(id);
}
