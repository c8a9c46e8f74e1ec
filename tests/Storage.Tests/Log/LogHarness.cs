using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;
using ObjectStore.TestKit;

namespace ObjectStore.Storage.Tests.Log;

/// <summary>What a replay told.</summary>
internal sealed class Collected : ILogReplayHandler
{
    public List<(LogEntry Entry, LogRecordState State, byte[] Payload)> Records { get; } = [];

    public List<LogDamage> Damages { get; } = [];

    public IEnumerable<byte[]> Payloads => Records.Select(record => record.Payload);

    public void OnRecord(in LogRecord record) => Records.Add((record.Entry, record.State, record.Payload.ToArray()));

    public void OnDamage(LogDamage damage) => Damages.Add(damage);
}

internal sealed class Harness(int seed = 1)
{
    public const string Directory = "/log";

    public static readonly Guid Owner = new("11111111-2222-3333-4444-555555555555");

    public FaultyFileSystem Files { get; private set; } = Create(seed);

    public LogOptions Options { get; set; } = new() { FileSizeBytes = 256 * 1024, InitialFileSizeBytes = 64 * 1024 };

    public DurableLog Open(Collected? collected = null, LogMark from = default) =>
        DurableLog.Open(Files, Directory, Owner, Options, from, collected ?? new Collected());

    public Collected Scan(LogMark from = default)
    {
        var collected = new Collected();
        DurableLog.Scan(Files, Directory, Owner, Options, from, collected);
        return collected;
    }

    /// <summary>The power goes; the log that was open is left to notice.</summary>
    public async Task CrashAsync(DurableLog? log = null)
    {
        Files = Files.Crash();
        if (log is not null) await log.DisposeAsync();
    }

    public void Replace(FaultyFileSystem files) => Files = files;

    public static string PathOf(long file) => $"{Directory}/{file:D16}.log";

    /// <summary>A payload that tells its number, of a length that depends on it.</summary>
    public static byte[] Payload(int number, int maxBytes = 700)
    {
        var payload = new byte[4 + number * 131 % maxBytes];
        for (var i = 4; i < payload.Length; i++) payload[i] = (byte)(number * 7 + i);
        BitConverter.TryWriteBytes(payload, number);
        return payload;
    }

    public static ValueTask<LogEntry> Append(DurableLog log, byte[] payload) => log.AppendAsync(1, payload, null, CancellationToken.None);

    private static FaultyFileSystem Create(int seed)
    {
        var files = new FaultyFileSystem(seed);
        files.CreateDirectory(Directory);
        files.SyncDirectory("/");
        return files;
    }
}
