using System.Diagnostics;
using System.Globalization;
using ObjectStore.Bench.Metadata;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;

// dotnet run -c Release --project bench/Metadata -- [directory] [seconds] [clients] [value bytes]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var root = Directory.CreateDirectory(Path.Combine(args.ElementAtOrDefault(0) ?? Path.GetTempPath(), $"objectstore-bench-{Environment.ProcessId}")).FullName;
var duration = TimeSpan.FromSeconds(int.Parse(args.ElementAtOrDefault(1) ?? "6", CultureInfo.InvariantCulture));
var clients = int.Parse(args.ElementAtOrDefault(2) ?? "32", CultureInfo.InvariantCulture);
var valueBytes = int.Parse(args.ElementAtOrDefault(3) ?? "4096", CultureInfo.InvariantCulture);
try
{
    BenchDrive[] drives = [.. Enumerable.Range(1, 3).Select(i => new BenchDrive(i, Path.Combine(root, $"drive{i}")))];
    await using var store = await EmbeddedKeyValueStore.OpenAsync(drives, new EmbeddedOptions(), TimeProvider.System);
    await CommitAsync(store);
    await FillAsync(store, rows: 200_000, rowBytes: 300);
    await GetAsync(store, rows: 200_000);
    await ScanAsync(store);
    Console.WriteLine($"resident {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB, {store.Health.State}");
}
finally
{
    Directory.Delete(root, recursive: true);
}

async Task CommitAsync(EmbeddedKeyValueStore store)
{
    var latencies = new List<double>[clients];
    var watch = Stopwatch.StartNew();
    var cpu = Process.GetCurrentProcess().TotalProcessorTime;
    await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
    {
        var value = new byte[valueBytes];
        var random = new Random(client);
        random.NextBytes(value);
        var mine = latencies[client] = [];
        while (watch.Elapsed < duration)
        {
            var began = Stopwatch.GetTimestamp();
            using var transaction = store.Begin();
            var key = Key((byte)'d', random.NextInt64());
            await transaction.GetAsync(key);
            transaction.Put(key, value);
            transaction.Add(Key((byte)'s', 1), 1);
            await transaction.CommitAsync();
            mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    })));
    var all = latencies.SelectMany(l => l).Order().ToList();
    var cores = (Process.GetCurrentProcess().TotalProcessorTime - cpu) / watch.Elapsed;
    Console.WriteLine($"commit {valueBytes} B, {clients} clients, 3 mirrors: {all.Count / watch.Elapsed.TotalSeconds:f0}/s, p50 {all[all.Count / 2]:f2} ms, p99 {all[all.Count * 99 / 100]:f2} ms, {cores:f2} cores");
}

static async Task FillAsync(EmbeddedKeyValueStore store, int rows, int rowBytes)
{
    var value = new byte[rowBytes];
    new Random(1).NextBytes(value);
    for (var i = 0; i < rows;)
    {
        using var transaction = store.Begin();
        for (var end = Math.Min(rows, i + 5_000); i < end; i++) transaction.Put(Key((byte)'c', i), value);
        await transaction.CommitAsync();
    }
}

static async Task GetAsync(EmbeddedKeyValueStore store, int rows)
{
    var random = new Random(2);
    const int count = 200_000;
    using var snapshot = store.Snapshot();
    for (var i = 0; i < 20_000; i++) await snapshot.GetAsync(Key((byte)'c', random.Next(rows)));
    var watch = Stopwatch.StartNew();
    var cpu = Process.GetCurrentProcess().TotalProcessorTime;
    for (var i = 0; i < count; i++)
    {
        if (await snapshot.GetAsync(Key((byte)'c', random.Next(rows))) is null) throw new InvalidOperationException("A row is missing.");
    }
    Console.WriteLine($"point get: {watch.Elapsed.TotalMicroseconds / count:f2} us, {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / count:f2} us of processor time");
}

static async Task ScanAsync(EmbeddedKeyValueStore store)
{
    for (var round = 0; round < 3; round++)
    {
        using var snapshot = store.Snapshot();
        using var cursor = snapshot.Scan(KeyEncoding.PrefixRange("c"u8));
        var watch = Stopwatch.StartNew();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        long rows = 0, bytes = 0;
        while (await cursor.MoveNextAsync())
        {
            rows++;
            bytes += cursor.Key.Length + cursor.Value.Length;
        }
        Console.WriteLine($"scan: {rows / watch.Elapsed.TotalSeconds:f0} rows/s, {bytes / Math.Max(1, rows)} B a row, {GC.GetAllocatedBytesForCurrentThread() - allocated} B allocated");
    }
}

static byte[] Key(byte table, long number)
{
    var writer = new KeyWriter(new byte[9], table);
    writer.Int64(number);
    return writer.ToArray();
}
