using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using ObjectStore.Select.Evaluation;
using ObjectStore.Select.Input;
using ObjectStore.Select.Output;
using ObjectStore.Select.Syntax;

namespace ObjectStore.Select;

/// <summary>
/// A query of S3 Select: SQL over one object of CSV or JSON, streamed, in bounded memory. One run, one query.
/// Source: S3 API reference, SelectObjectContent; S3 User Guide, "SQL reference for Amazon S3 Select".
/// </summary>
public sealed class SelectQuery
{
    // Records wait for each other, but not for long.
    private const int FlushBytes = 64 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    private readonly SelectRequest _request;
    private readonly SelectStatement _statement;
    private readonly CsvFormat? _csv;
    private readonly CsvFormat? _csvOutput;
    private readonly int _chunkBytes;

    /// <summary>Reads the expression, before anything of the object.</summary>
    /// <exception cref="SelectException">The request or its expression is wrong.</exception>
    public SelectQuery(SelectRequest request)
        : this(request, ByteWindow.DefaultChunkBytes)
    {
    }

    internal SelectQuery(SelectRequest request, int chunkBytes)
    {
        _request = request;
        _chunkBytes = chunkBytes;
        if (request.CsvInput is null == request.JsonInput is null || request.CsvOutput is null == request.JsonOutput is null)
            throw new SelectException(SelectErrorCode.ObjectSerializationConflict);
        _csv = request.CsvInput is null ? null : CsvFormat.Of(request.CsvInput);
        _csvOutput = request.CsvOutput is null ? null : CsvFormat.Of(request.CsvOutput);
        CheckRange();
        _statement = Parser.Parse(request.Expression);
        if (_csv is not null && _statement.Path.Count > 0)
            throw new SelectException(SelectErrorCode.ParseInvalidPathComponent, "Records of CSV have no paths.");
    }

    /// <summary>Sends the result as an event stream.</summary>
    /// <exception cref="SelectException">The query fails before anything is sent. Later, the stream carries the error.</exception>
    /// <param name="turns">Of all queries, which share the machine.</param>
    public async Task RunAsync(ISelectSource source, PipeWriter output, SelectTurns turns, TimeProvider time, CancellationToken ct)
    {
        var events = new EventStreamWriter(output);
        using var turn = new SelectTurn(turns);
        await using var run = new Run(this, source, events, turn, time);
        try
        {
            await turn.TakeAsync(ct).ConfigureAwait(false);
            await run.ExecuteAsync(ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not SelectException || events.HasBegun)
        {
            var error = Explain(e);
            if (error is null) throw;
            if (!events.HasBegun) throw new SelectException(error.Code, error.Message, e);
            run.WritePending();
            events.WriteError(error.Code.ToString(), error.Message);
            await turn.AwaitAsync(events.FlushAsync(ct), ct).ConfigureAwait(false);
        }
    }

    private SelectException? Explain(Exception fault) => fault switch
    {
        SelectException known => known,
        JsonException e => new SelectException(SelectErrorCode.JSONParsingError, null, e),
        InvalidOperationException e when _request.JsonInput is not null => new SelectException(SelectErrorCode.InvalidTextEncoding, null, e),
        InvalidDataException e => new SelectException(SelectErrorCode.InvalidCompressionFormat, null, e),
        EndOfStreamException e => new SelectException(SelectErrorCode.TruncatedInput, null, e),
        _ => null,
    };

    private void CheckRange()
    {
        if (_request.ScanRange is not { } range) return;
        if (_request.Compression != SelectCompression.None || _request.JsonInput is { IsLines: false } || _request.CsvInput is { AllowsQuotedRecordDelimiter: true })
            throw new SelectException(SelectErrorCode.UnsupportedScanRangeInput);
        if (range.Start < 0 || range.End < 0 || range.Start > range.End || (range.Start is null && range.End is null))
            throw new SelectException(SelectErrorCode.InvalidScanRange);
    }

    /// <summary>What one execution holds.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly SelectQuery _query;
        private readonly SelectRequest _request;
        private readonly ISelectSource _source;
        private readonly EventStreamWriter _events;
        private readonly SelectTurn _turn;
        private readonly TimeProvider _time;
        private readonly RecordWriter _writer;
        private readonly Row _row;
        private CountingStream? _input;
        private Stream? _decompressed;
        private ByteWindow? _window;
        private long _base;
        private long _headerBytes;
        private long _returnedBytes;
        private long _lastProgress;
        private long _lastMessage;

        public Run(SelectQuery query, ISelectSource source, EventStreamWriter events, SelectTurn turn, TimeProvider time)
        {
            (_query, _request, _source, _events, _turn, _time) = (query, query._request, source, events, turn, time);
            _writer = query._csvOutput is { } format
                ? new CsvRecordWriter(format, query._request.CsvOutput!.QuotesAlways)
                : new JsonRecordWriter(Encoding.UTF8.GetBytes(query._request.JsonOutput!.RecordDelimiter));
            _row = query._csv is { } csv ? new CsvRow(csv) : new JsonRow();
            _lastProgress = _lastMessage = time.GetTimestamp();
        }

        private long ScannedBytes => _headerBytes + (_input?.ReadBytes ?? 0);

        private long ProcessedBytes => _headerBytes + (_window?.ReadBytes ?? 0);

        public async Task ExecuteAsync(CancellationToken ct)
        {
            var length = _source.LengthBytes;
            var start = _request.ScanRange is not { } range ? 0 : Math.Min(range.Start ?? Math.Max(0, length - range.End!.Value), length);
            var end = _request.ScanRange is { Start: not null, End: { } last } ? last : long.MaxValue;
            if (start > 0) await ReadHeaderAsync(ct).ConfigureAwait(false);
            var reader = await OpenAsync(start, ct).ConfigureAwait(false);
            if (start == 0) await TakeHeaderAsync(reader, ct).ConfigureAwait(false);
            else await SkipPartialAsync(ct).ConfigureAwait(false);

            var bound = Binder.Bind(_query._statement, (IRecordShape)_row, _time.GetUtcNow());
            var columns = bound.Projections.Select(projection => new ColumnName(projection.Name)).ToArray();
            await ScanAsync(reader, bound, columns, end, ct).ConfigureAwait(false);
            if (bound.Aggregates.Length > 0 && _query._statement.Limit != 0) Write(bound, columns);
            await FinishAsync(ct).ConfigureAwait(false);
        }

        /// <summary>The whole records that a query has found before it failed.</summary>
        public void WritePending()
        {
            _writer.DropOpen();
            _events.WriteRecords(_writer.Written);
        }

        public async ValueTask DisposeAsync()
        {
            _writer.Dispose();
            await CloseAsync().ConfigureAwait(false);
        }

        private async ValueTask CloseAsync()
        {
            _window?.Dispose();
            if (_decompressed is not null && _decompressed != _input) await _decompressed.DisposeAsync().ConfigureAwait(false);
            if (_input is not null) await _input.DisposeAsync().ConfigureAwait(false);
            (_window, _decompressed, _input) = (null, null, null);
        }

        private async ValueTask ScanAsync(RecordReader reader, BoundStatement bound, ColumnName[] columns, long end, CancellationToken ct)
        {
            var limit = bound.Aggregates.Length > 0 ? long.MaxValue : _query._statement.Limit ?? long.MaxValue;
            var count = 0L;
            while (count < limit)
            {
                // A record may take long, and much of what is in memory may be records.
                ct.ThrowIfCancellationRequested();
                var outcome = reader.Read();
                if (outcome == ReadOutcome.End || (outcome == ReadOutcome.Record && _base + reader.RecordOffset > end)) return;
                if (outcome == ReadOutcome.NeedsMore)
                {
                    if (!await ReportAsync(ct).ConfigureAwait(false)) return;
                    await _turn.PassAsync(ct).ConfigureAwait(false);
                    await _window!.FillAsync(ct).ConfigureAwait(false);
                    continue;
                }

                if (bound.Where is not null && bound.Where.Test(_row) != Truth.True) continue;
                count++;
                if (bound.Aggregates.Length == 0) Write(bound, columns);
                foreach (var aggregate in bound.Aggregates) aggregate.Accumulate(_row);
                if (_writer.LengthBytes >= FlushBytes && !await FlushAsync(ct).ConfigureAwait(false)) return;
            }
        }

        private void Write(BoundStatement bound, ColumnName[] columns)
        {
            if (columns.Length == 0)
            {
                _row.WriteAll(_writer);
                return;
            }

            _writer.Begin();
            for (var index = 0; index < columns.Length; index++)
            {
                bound.Projections[index].Node.Evaluate(_row, out var value);
                _writer.Write(columns[index], value);
            }

            _writer.End();
        }

        private async ValueTask<RecordReader> OpenAsync(long start, CancellationToken ct)
        {
            // The delimiter before the range tells whether a record begins with it.
            _base = start == 0 ? 0 : Math.Max(0, start - DelimiterLength);
            _input = new CountingStream(_source.Open(_base));
            _decompressed = _request.Compression switch
            {
                SelectCompression.Gzip => new GZipStream(_input, CompressionMode.Decompress, leaveOpen: true),
                SelectCompression.Bzip2 => new Bzip2Stream(_input),
                _ => _input,
            };
            var isDocument = _request.JsonInput is { } json && (!json.IsLines || _query._statement.Path.Count > 0);
            _window = new ByteWindow(_decompressed, _query._chunkBytes, isDocument ? JsonDocumentReader.MaxRecordBytes : ByteWindow.MaxRecordBytes);
            if (start == 0) await SkipByteOrderMarkAsync(ct).ConfigureAwait(false);
            if (_query._csv is { } format) return new CsvReader(_window, format, _request.CsvInput!.AllowsQuotedRecordDelimiter, (CsvRow)_row);
            return isDocument
                ? new JsonDocumentReader(_window, (JsonRow)_row, _query._statement.Path)
                : new JsonLinesReader(_window, (JsonRow)_row);
        }

        private int DelimiterLength => _query._csv?.RecordDelimiter.Length ?? 1;

        private async ValueTask SkipByteOrderMarkAsync(CancellationToken ct)
        {
            while (_window!.Unread.Length < 3 && !_window.HasEnded) await _window.FillAsync(ct).ConfigureAwait(false);
            if (_window.Unread.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) _window.Consume(3);
        }

        // The names of the columns stand at the beginning, wherever the range begins.
        private async ValueTask ReadHeaderAsync(CancellationToken ct)
        {
            if (_request.CsvInput is not { Header: CsvHeader.Use }) return;
            var reader = await OpenAsync(0, ct).ConfigureAwait(false);
            await TakeHeaderAsync(reader, ct).ConfigureAwait(false);
            _headerBytes = ScannedBytes;
            await CloseAsync().ConfigureAwait(false);
        }

        private async ValueTask TakeHeaderAsync(RecordReader reader, CancellationToken ct)
        {
            if (_request.CsvInput is not { Header: not CsvHeader.None } csv) return;
            ReadOutcome outcome;
            while ((outcome = reader.Read()) == ReadOutcome.NeedsMore) await _window!.FillAsync(ct).ConfigureAwait(false);
            if (csv.Header == CsvHeader.Ignore) return;
            if (outcome == ReadOutcome.Record) ((CsvRow)_row).UseAsHeader();
            else ((CsvRow)_row).UseNoHeader();
        }

        private async ValueTask SkipPartialAsync(CancellationToken ct)
        {
            var delimiter = _query._csv?.RecordDelimiter ?? "\n"u8.ToArray();
            while (!_window!.TrySkipBehind(delimiter))
            {
                if (_window.HasEnded) return;
                await _window.FillAsync(ct).ConfigureAwait(false);
            }
        }

        private async ValueTask<bool> FlushAsync(CancellationToken ct)
        {
            _events.WriteRecords(_writer.Written);
            _returnedBytes += _writer.LengthBytes;
            _writer.Clear();
            _lastMessage = _time.GetTimestamp();
            return await _turn.AwaitAsync(_events.FlushAsync(ct), ct).ConfigureAwait(false);
        }

        // Once a chunk: what has waited long enough is sent, and a sign of life when there is nothing.
        private async ValueTask<bool> ReportAsync(CancellationToken ct)
        {
            var isDue = _time.GetElapsedTime(_lastProgress) >= Interval;
            if (!isDue) return true;
            _lastProgress = _time.GetTimestamp();
            if (_writer.LengthBytes > 0) return await FlushAsync(ct).ConfigureAwait(false);
            if (_request.ReportsProgress) _events.WriteProgress(ScannedBytes, ProcessedBytes, _returnedBytes);
            else if (_time.GetElapsedTime(_lastMessage) >= KeepAlive) _events.WriteContinue();
            else return true;
            _lastMessage = _time.GetTimestamp();
            return await _turn.AwaitAsync(_events.FlushAsync(ct), ct).ConfigureAwait(false);
        }

        private async ValueTask FinishAsync(CancellationToken ct)
        {
            _events.WriteRecords(_writer.Written);
            _returnedBytes += _writer.LengthBytes;
            if (_request.ReportsProgress) _events.WriteProgress(ScannedBytes, ProcessedBytes, _returnedBytes);
            _events.WriteStats(ScannedBytes, ProcessedBytes, _returnedBytes);
            _events.WriteEnd();
            await _turn.AwaitAsync(_events.FlushAsync(ct), ct).ConfigureAwait(false);
        }
    }
}
