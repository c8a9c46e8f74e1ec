using System.Buffers;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Appends the records of one mirror's journal that another lacks to the other's journal, and applies them there. Blocks
/// the scanning thread when too many wait to be synced.
/// </summary>
internal sealed class JournalCopier(Mirror target) : ILogReplayHandler
{
    private const int MaxPendingBytes = 8 << 20;
    private readonly List<Task> _pending = [];
    private long _pendingBytes;
    private long _lsn = target.DurableLsn;

    /// <summary>Copies what the source's journal holds now; the target has it durably and applied when it returns.</summary>
    /// <returns>Where the source's journal ended.</returns>
    /// <exception cref="InvalidDataException">The source lacks records, or has damaged ones.</exception>
    public async Task<LogMark> CopyAsync(Mirror source, LogMark from, CancellationToken ct)
    {
        var scanned = source.Journal.Replay(from, this);
        await Task.WhenAll(_pending);
        _pending.Clear();
        await target.CatchUpAsync(ct);
        return scanned.End;
    }

    public void OnRecord(in LogRecord record)
    {
        if (record.Entry.Lsn <= _lsn) return;
        if (record.Entry.Lsn != _lsn + 1 || record.State != LogRecordState.Valid || record.Entry.Kind != JournalBatch.RecordKind)
            throw new InvalidDataException($"Journal record {_lsn + 1} cannot be copied: the journal continues at {record.Entry.Lsn}.");
        _lsn = record.Entry.Lsn;
        var buffer = ArrayPool<byte>.Shared.Rent(record.Payload.Length);
        record.Payload.CopyTo(buffer);
        _pending.Add(AppendAsync(new CommitGroup(buffer, record.Payload.Length, _lsn)));
        _pendingBytes += record.Payload.Length;
        if (_pendingBytes < MaxPendingBytes) return;
        Task.WhenAll(_pending).GetAwaiter().GetResult();
        _pending.Clear();
        _pendingBytes = 0;
    }

    public void OnDamage(LogDamage damage)
    {
        if (damage.LastLsn > _lsn) throw new InvalidDataException(damage.Message);
    }

    private async Task AppendAsync(CommitGroup group)
    {
        try
        {
            // The mirror catches up from its own journal afterwards, so that records are applied in order.
            await target.AppendAsync(group, CancellationToken.None);
            target.MarkBehind();
        }
        finally
        {
            group.Release();
        }
    }
}
