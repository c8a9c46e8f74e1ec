using System.Diagnostics;

namespace ObjectStore.Bench.Load;

/// <summary>What one contender did in all of its turns.</summary>
internal sealed class ContenderResult(Contender contender)
{
    public Contender Contender { get; } = contender;
    public Histogram Latency { get; } = new();
    public long Bytes { get; set; }
    public long Keys { get; set; }
    public long Errors { get; set; }
    public double Seconds { get; set; }
    public string? FirstError { get; set; }
}

/// <summary>Prepares the contenders, lets them take turns (A B B A), and gathers what each did.</summary>
internal sealed class LoadRun
{
    private static readonly TimeSpan PatienceForEvents = TimeSpan.FromSeconds(10);

    private readonly LoadOptions _options;
    private readonly byte[] _payload;
    private readonly SigV4Signer _signer;
    private readonly int _objects;
    private readonly int[] _nextKey;
    private readonly IReadOnlyList<Contender> _contenders;

    public LoadRun(LoadOptions options)
    {
        _options = options;
        _payload = GC.AllocateUninitializedArray<byte>((int)options.SizeBytes + S3Target.PayloadSlackBytes);
        if (options.Payload == LoadPayload.Text) Payload.FillText(_payload, new Random(options.Seed));
        else new Random(options.Seed).NextBytes(_payload);
        _signer = new SigV4Signer(options.AccessKey, options.SecretKey, options.Region);
        _objects = options.Objects > 0 ? options.Objects : DefaultObjects(options);
        _contenders = options.Contenders;
        _nextKey = new int[_contenders.Count];
    }

    private static int DefaultObjects(LoadOptions options) => options.Operation switch
    {
        LoadOperation.List => 10_000,
        // Deletes take what was put: enough for the whole run at 20,000 a second, within reason.
        LoadOperation.Delete => (int)Math.Min(200_000, 20_000 * options.Duration.TotalSeconds),
        _ => (int)Math.Clamp(1L << 30 >> (int)Math.Log2(Math.Max(options.SizeBytes, 1)), options.Concurrency, 2_000),
    };

    public async Task<IReadOnlyList<ContenderResult>> RunAsync(CancellationToken ct)
    {
        var results = _contenders.Select(contender => new ContenderResult(contender)).ToArray();
        await using var events = _options.Setups.Contains(BucketSetup.Events) ? new EventSink(_options.WebhookPort) : null;
        foreach (var contender in _contenders) await PrepareAsync(contender, ct);
        int[] turns = results.Length == 1 ? [0] : [.. Enumerable.Range(0, results.Length), .. Enumerable.Range(0, results.Length).Reverse()];
        var turn = _options.Duration / (turns.Length / results.Length);
        foreach (var index in turns) await RunTurnAsync(index, results[index], turn, ct);
        if (events is not null) await DrainAsync(events, ct);
        for (var i = 0; i < results.Length && !_options.Keep; i++)
        {
            if (_contenders[i].Setup == BucketSetup.Bare) await CleanUpAsync(i, ct);
        }
        return results;
    }

    /// <summary>Waits for what was written to be told, as long as events come.</summary>
    private async Task DrainAsync(EventSink events, CancellationToken ct)
    {
        var atEnd = events.Count;
        long wanted = Enumerable.Range(0, _contenders.Count).Where(i => _contenders[i].Setup == BucketSetup.Events).Sum(i => _nextKey[i] + (Prepares ? _objects : 0));
        var (start, last, lastAt) = (Stopwatch.GetTimestamp(), -1L, Stopwatch.GetTimestamp());
        while (events.Count is var count && count < wanted && Stopwatch.GetElapsedTime(lastAt) < PatienceForEvents)
        {
            if (count != last) (last, lastAt) = (count, Stopwatch.GetTimestamp());
            await Task.Delay(10, ct);
        }
        Console.Error.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{atEnd:N0} of {wanted:N0} events were told while the load ran, {events.Count - atEnd:N0} in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s after it"));
    }

    private S3Target Target(Contender contender) => new(contender, _options, _signer, _payload);

    private bool Prepares => _options.Operation != LoadOperation.Put;

    private async Task PrepareAsync(Contender contender, CancellationToken ct)
    {
        using (var target = Target(contender))
        {
            await target.CreateBucketAsync(ct);
            await target.SetUpAsync(ct);
        }
        if (Prepares)
        {
            await ForEachAsync(contender, _objects, "put", async (target, i) => await target.PutAsync(Key(i), i, ct) == 200, ct);
        }
    }

    private async Task CleanUpAsync(int index, CancellationToken ct)
    {
        var count = (Prepares ? _objects : 0) + (_options.Operation == LoadOperation.Delete ? 0 : _nextKey[index]);
        await ForEachAsync(_contenders[index], count, "delete", async (target, i) => await target.DeleteAsync(Key(i), ct) is 204 or 200 or 404, ct);
        using var target = Target(_contenders[index]);
        await target.DeleteBucketAsync(ct);
    }

    private async Task ForEachAsync(Contender contender, int count, string what, Func<S3Target, int, Task<bool>> act, CancellationToken ct)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(_options.Concurrency, 32)).Select(_ => Task.Run(async () =>
        {
            using var target = Target(contender);
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                if (!await act(target, i)) throw new IOException($"{contender.Name}: {what} of object {i} failed");
                if (i % 20_000 == 19_999) Console.Error.WriteLine($"{contender.Name}: {what} {i + 1:N0} of {count:N0}");
            }
        }, ct)));
    }

    private async Task RunTurnAsync(int index, ContenderResult result, TimeSpan duration, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        var workers = await Task.WhenAll(Enumerable.Range(0, _options.Concurrency)
            .Select(worker => Task.Run(() => WorkAsync(index, worker, start, duration, ct), ct)));
        result.Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (var part in workers)
        {
            result.Latency.Add(part.Latency);
            result.Bytes += part.Bytes;
            result.Keys += part.Keys;
            result.Errors += part.Errors;
            result.FirstError ??= part.FirstError;
        }
    }

    private async Task<ContenderResult> WorkAsync(int index, int worker, long start, TimeSpan duration, CancellationToken ct)
    {
        var result = new ContenderResult(_contenders[index]);
        using var target = Target(result.Contender);
        var random = new Random(HashCode.Combine(_options.Seed, worker));
        var cursor = "";
        while (Stopwatch.GetElapsedTime(start) < duration && !ct.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                var step = await OnceAsync(target, index, random, cursor, ct);
                if (step.Exhausted) break;
                cursor = step.Cursor;
                if (!step.Ok)
                {
                    result.Errors++;
                    result.FirstError ??= "a request was refused";
                    continue;
                }
                result.Bytes += step.Bytes;
                result.Keys += step.Keys;
                result.Latency.Add((long)Stopwatch.GetElapsedTime(began).TotalMicroseconds);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or InvalidDataException)
            {
                result.Errors++;
                result.FirstError ??= e.Message;
            }
        }
        return result;
    }

    /// <param name="Cursor">For listings: the key after which the next page begins.</param>
    /// <param name="Exhausted">Nothing is left to do, and nothing was done.</param>
    private readonly record struct Step(bool Ok, long Bytes = 0, int Keys = 0, string Cursor = "", bool Exhausted = false);

    private async ValueTask<Step> OnceAsync(S3Target target, int index, Random random, string cursor, CancellationToken ct)
    {
        switch (_options.Operation)
        {
            case LoadOperation.Put:
            case LoadOperation.Mixed when random.Next(100) >= _options.ReadPercent:
                // A mixed run reads what was prepared, so new keys begin behind that.
                var fresh = Interlocked.Increment(ref _nextKey[index]) - 1 + (Prepares ? _objects : 0);
                return new Step(await target.PutAsync(Key(fresh), fresh, ct) == 200, _options.SizeBytes);
            case LoadOperation.Get or LoadOperation.Mixed:
                var known = random.Next(_objects);
                if (_options.RangeBytes == 0) return new Step(await target.GetAsync(Key(known), known, ct) == 200, _options.SizeBytes);
                var offset = random.NextInt64(_options.SizeBytes - _options.RangeBytes + 1);
                return new Step(await target.GetRangeAsync(Key(known), known, offset, ct) == 206, _options.RangeBytes);
            case LoadOperation.List:
                var (status, keys, last) = await target.ListAsync(cursor, ct);
                return new Step(status == 200, Keys: keys, Cursor: keys < 1000 ? "" : last ?? "");
            default:
                var victim = Interlocked.Increment(ref _nextKey[index]) - 1;
                if (victim >= _objects) return new Step(Ok: true, Exhausted: true);
                return new Step(await target.DeleteAsync(Key(victim), ct) == 204);
        }
    }

    // Spread over 256 prefixes, as real keys are.
    private static string Key(int index) => $"{(uint)index * 2654435761 >> 24 & 0xff:x2}/object-{index:d8}";
}
