using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>
/// Replays files in order and tells a torn tail from damage. Bytes are known to have been durable if a later group of
/// the file exists, if the file has a seal, or if its end was found at an earlier open; a bad record among them is damage.
/// Anything else behind the last good record is a tail that nobody was told about.
/// </summary>
internal sealed class LogScanner(LogMark from, ILogReplayHandler? handler, bool mayMissFiles)
{
    private long _lastLsn = from == LogMark.Start ? -1 : from.Lsn;
    private long _lastFile = from.Next.FileNumber;
    private long _records;
    private int _damages;

    /// <summary>LSN of the last record seen, or of the mark; -1 if there is nothing at all.</summary>
    public long LastLsn => _lastLsn;

    public LogScanResult Result(LogPosition end) => new(new LogMark(end, Math.Max(_lastLsn, 0)), _records, _damages);

    /// <param name="end">Where the file is known to end, or null to find out.</param>
    /// <param name="lsnBefore">LSN before the file's first record, where known.</param>
    /// <returns>Where the records end, and whether a seal says so.</returns>
    public FileScan ScanFile(LogFileReader reader, LogFileEnd? end, long? lsnBefore, bool hasHeader)
    {
        var number = reader.Identity.Number;
        if (!hasHeader) Report(LogDamageKind.FileHeader, number, 0, LogFormat.FileHeaderBytes, _lastLsn, "the file's header does not verify");
        var offset = number == from.Next.FileNumber ? Math.Max(from.Next.Offset, LogFormat.FirstGroupOffset) : LogFormat.FirstGroupOffset;
        if (offset == LogFormat.FirstGroupOffset && lsnBefore is { } before) EnterFile(number, before);
        _lastFile = number;

        var limit = end?.Offset ?? reader.LengthBytes;
        var recordsEnd = offset;
        while (offset < limit)
        {
            if (!reader.TryReadHeader(offset, out var header) || !IsInOrder(header))
            {
                // A group's padding lies before the next group.
                var next = IoAlignment.Up(offset);
                if (next != offset && next < limit && reader.TryReadHeader(next, out header) && IsInOrder(header) && header.GroupDistance == 0)
                {
                    offset = next;
                    continue;
                }
                // In the last page of what is known, padding; were it a record, its LSN would be missed below.
                if (next >= limit && end is not null) break;
                if (!TryPassDamage(reader, end, limit, ref offset)) break;
                continue;
            }

            var payload = reader.Payload(header);
            var state = LogRecordState.Valid;
            if (!LogFileReader.Verifies(header, payload))
            {
                if (end is null && !reader.HasGroupAfter(offset)) break;
                // Looking for a later group may have moved the window.
                payload = reader.Payload(header);
                if (LogFileReader.IsHole(header, payload)) state = LogRecordState.Freed;
                else
                {
                    Report(LogDamageKind.Payload, number, offset, header.EntryIn(number).After.Next.Offset, header.Lsn, $"the payload of record {header.Lsn} does not verify");
                    PassRecord(header, number, ref offset);
                    continue;
                }
            }

            CheckGap(header, number, offset);
            if (header.Kind == LogFormat.SealKind) return new FileScan(recordsEnd, IsSealed: true);
            if (!LogFormat.IsInternal(header.Kind) && header.Lsn > from.Lsn)
            {
                _records++;
                handler?.OnRecord(new LogRecord(header.EntryIn(number), state, state == LogRecordState.Valid ? payload : default));
            }
            PassRecord(header, number, ref offset);
            recordsEnd = offset;
        }

        if (end is { } known && known.LastLsn > _lastLsn)
        {
            Report(LogDamageKind.Missing, number, offset, known.Offset, known.LastLsn, "the file ends too early");
            _lastLsn = known.LastLsn;
        }
        if (end is null && reader.HasUnreadablePages)
            Report(LogDamageKind.Unreadable, number, offset, reader.LengthBytes, _lastLsn, "the device cannot read the end of the file");
        return new FileScan(end?.Offset ?? offset, IsSealed: false);
    }

    /// <summary>The file that the mark stands in must be there, unless it was left behind and deleted.</summary>
    public void CheckReached(LogPosition end)
    {
        if (from.Next.FileNumber <= end.FileNumber) return;
        _damages++;
        handler?.OnDamage(new LogDamage(
            LogDamageKind.Missing, end, end.Offset, FirstLsn: 1, from.Lsn,
            $"The log ends at {end}, but records up to {from.Lsn} at {from.Next} had been applied: files are gone."));
    }

    private bool IsInOrder(in LogRecordHeader header) =>
        _lastLsn < 0 || header.Lsn <= from.Lsn || (LogFormat.IsInternal(header.Kind) ? header.Lsn >= _lastLsn : header.Lsn > _lastLsn);

    private void EnterFile(long number, long lsnBefore)
    {
        if (_lastLsn < 0) _lastLsn = lsnBefore;
        if (lsnBefore <= _lastLsn) return;
        var isGapAllowed = mayMissFiles && number > _lastFile + 1;
        if (!isGapAllowed)
            Report(LogDamageKind.Missing, number, 0, 0, lsnBefore, $"records {_lastLsn + 1} to {lsnBefore} are missing before this file");
        _lastLsn = lsnBefore;
    }

    /// <summary>Bytes at the offset are no record. True: they were durable, and the offset is moved behind them.</summary>
    private bool TryPassDamage(LogFileReader reader, LogFileEnd? end, long limit, ref long offset)
    {
        var number = reader.Identity.Number;
        var isDurable = end is not null || reader.HasGroupAfter(offset);
        if (!isDurable) return false;

        // What is damaged begins behind the padding of the group before.
        if (reader.IsZeroToPageEnd(offset)) offset = Math.Min(limit, IoAlignment.Up(offset));
        var search = offset + LogLimits.RecordAlignmentBytes;
        while (reader.TryFindHeader(search, limit, out var next))
        {
            search = next.Offset + LogLimits.RecordAlignmentBytes;
            if (!IsInOrder(next)) continue;
            Report(LogDamageKind.Header, number, offset, next.Offset, LsnBefore(next), "durable bytes are no record");
            _lastLsn = Math.Max(_lastLsn, LsnBefore(next));
            offset = next.Offset;
            return true;
        }
        if (end is null) return false;
        Report(LogDamageKind.Header, number, offset, limit, end.Value.LastLsn, "durable bytes are no record");
        _lastLsn = Math.Max(_lastLsn, end.Value.LastLsn);
        offset = limit;
        return true;
    }

    private void CheckGap(in LogRecordHeader header, long number, long offset)
    {
        var before = LsnBefore(header);
        if (_lastLsn >= 0 && before > _lastLsn)
            Report(LogDamageKind.Missing, number, offset, offset, before, $"records {_lastLsn + 1} to {before} are missing before this one");
    }

    private void PassRecord(in LogRecordHeader header, long number, ref long offset)
    {
        _lastLsn = Math.Max(_lastLsn, header.Lsn);
        offset = header.EntryIn(number).After.Next.Offset;
    }

    private static long LsnBefore(in LogRecordHeader header) => LogFormat.IsInternal(header.Kind) ? header.Lsn : header.Lsn - 1;

    private void Report(LogDamageKind kind, long number, long offset, long endOffset, long lastLsn, string message)
    {
        _damages++;
        handler?.OnDamage(new LogDamage(
            kind, new LogPosition(number, offset), endOffset, _lastLsn + 1, lastLsn, $"Log file {number} at {offset}: {message}."));
    }
}

/// <param name="End">Offset behind the last record of the owner.</param>
internal readonly record struct FileScan(long End, bool IsSealed);
