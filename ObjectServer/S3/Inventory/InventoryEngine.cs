using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Reports;

namespace ObjectStore.Server.S3.Inventory;

/// <summary>
/// Writes the reports of inventories: data files of CSV in gzip, then manifest.json, then manifest.checksum. Each file is written in one transaction with
/// how far the report has come, so that it goes on after a crash where it was and no file is written twice. What is listed is not of one moment, as
/// in S3. Source: S3 User Guide, "Locating your inventory list".
/// </summary>
internal sealed class InventoryEngine(ObjectServices services, IIdentities identities)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>How long a report that could not be written waits before it is tried again.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(10);

    /// <summary>Of one data file, which is made in memory.</summary>
    private const int MaxFileRows = 200_000;

    private const int MaxFileBytes = 16 << 20;

    private readonly BucketInventories _inventories = new(services.Engine);
    private readonly ReportDelivery _delivery = new(services, identities);
    private readonly Dictionary<string, DateTimeOffset> _retryAt = [];
    private long _reports;
    private long _failures;

    private TimeProvider Time => services.Engine.Time;

    /// <summary>Reports that were finished.</summary>
    public long Reports => Volatile.Read(ref _reports);

    /// <summary>Files that could not be written, and are tried again.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            await TickAsync(ct);
            await Task.Delay(Interval, Time, ct);
        }
    }

    /// <summary>Writes all reports that are due.</summary>
    public async ValueTask TickAsync(CancellationToken ct)
    {
        foreach (var due in await _inventories.ListAsync(ct))
        {
            var now = Time.GetUtcNow();
            if (due.State.BegunTicks == 0 && now < KvRecords.FromTicks(due.State.DueTicks)) continue;
            var name = $"{due.BucketId}/{due.Id}";
            if (_retryAt.TryGetValue(name, out var retryAt) && now < retryAt) continue;
            _retryAt.Remove(name);
            if (await WriteAsync(due, ct)) continue;
            Interlocked.Increment(ref _failures);
            _retryAt[name] = now + RetryAfter;
        }
    }

    private sealed record Report(DueInventory Due, BucketAccess Source, InventoryRecord Configuration, BucketAccess Target)
    {
        public string Folder => $"{ReportDelivery.FolderOf(Configuration.TargetPrefix)}{Source.Name}/{Configuration.Id}/";

        public static string DataName(InventoryStateRecord state, int number) => string.Create(CultureInfo.InvariantCulture, $"data/{state.BegunTicks:x16}-{number:D5}.csv.gz");

        public static string FolderOf(InventoryStateRecord state) => KvRecords.FromTicks(state.BegunTicks).UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm'Z'", CultureInfo.InvariantCulture) + "/";
    }

    /// <returns>False if it has to be tried again.</returns>
    private async ValueTask<bool> WriteAsync(DueInventory due, CancellationToken ct)
    {
        var source = await _delivery.FindAsync(due.State.Bucket, ct);
        var list = source?.Id == due.BucketId ? await _inventories.GetAsync(source.Name, ct) : ObjectFault.NoSuchBucket;
        var configuration = list.IsOk ? list.Value.Items.FirstOrDefault(item => item.Id == due.Id) : null;
        if (configuration is null) return (await _inventories.ForgetAsync(due.Key, ct)).IsOk;
        if (!configuration.Enabled) return true;
        var name = $"{source!.Name}/{configuration.Id}/manifest.json";
        if (await _delivery.FindTargetAsync(source, configuration.TargetBucket, configuration.TargetAccount, configuration.TargetPrefix, name, ct) is not { } target) return false;

        var report = new Report(due, source, configuration, target);
        var state = due.State;
        if (state.BegunTicks == 0)
        {
            var begun = new InventoryStateRecord { Bucket = state.Bucket, DueTicks = state.DueTicks, BegunTicks = Time.GetUtcNow().ToTicks() };
            if (!(await _inventories.AdvanceAsync(due.Key, state, begun, ct)).IsOk) return false;
            state = begun;
        }
        while (!state.Listed)
        {
            if (await WriteDataAsync(report, state, ct) is not { } next) return false;
            state = next;
        }
        return await FinishAsync(report, state, ct);
    }

    /// <summary>Lists on and writes a data file of it; null if that failed.</summary>
    private async ValueTask<InventoryStateRecord?> WriteDataAsync(Report report, InventoryStateRecord state, CancellationToken ct)
    {
        var next = state.Clone();
        using var file = new MemoryStream();
        await using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        {
            var text = new StringBuilder();
            for (var rows = 0; rows < MaxFileRows && file.Length < MaxFileBytes && !next.Listed;)
            {
                if (await AppendPageAsync(report, next, text, ct) is not { } count) return null;
                rows += count;
                await gzip.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), ct);
                text.Clear();
            }
        }
        var bytes = file.ToArray();
        next.Files.Add(new InventoryFileRecord { Length = (ulong)bytes.Length, Md5 = ByteString.CopyFrom(MD5.HashData(bytes)) });
        var key = report.Folder + Report.DataName(state, state.Files.Count);
        return await PutAsync(report, key, bytes, "application/octet-stream", state, next, ct) ? next : null;
    }

    private async ValueTask<int?> AppendPageAsync(Report report, InventoryStateRecord next, StringBuilder text, CancellationToken ct)
    {
        var configuration = report.Configuration;
        var page = await services.Versions.ListAsync(new ListVersionsRequest
        {
            Bucket = report.Source.Name,
            Prefix = configuration.Prefix,
            KeyMarker = next.KeyMarker.Length == 0 ? null : next.KeyMarker,
            VersionIdMarker = next.VersionMarker.Length == 0 ? null : next.VersionMarker,
        }, ct);
        if (!page.IsOk) return null;
        foreach (var version in page.Value.Versions)
        {
            if (configuration.CurrentOnly && (!version.IsLatest || version.IsDeleteMarker)) continue;
            ObjectInfo? info = null;
            if (!version.IsDeleteMarker && InventoryRows.NeedsVersions(configuration))
            {
                var found = await services.Reader.StatAsync(new ReadRequest { Bucket = report.Source.Name, Key = version.Key, VersionId = version.VersionId }, ct);
                // Deleted since it was listed.
                if (found.Fault is ObjectFault.NoSuchVersion or ObjectFault.NoSuchKey) continue;
                if (!found.IsOk) return null;
                info = found.Value;
            }
            InventoryRows.Append(text, configuration, report.Source.Name, version, info);
        }
        (next.KeyMarker, next.VersionMarker, next.Listed) = (page.Value.NextKeyMarker ?? "", page.Value.NextVersionIdMarker ?? "", !page.Value.IsTruncated);
        return page.Value.Versions.Count;
    }

    private async ValueTask<bool> FinishAsync(Report report, InventoryStateRecord state, CancellationToken ct)
    {
        var folder = report.Folder + Report.FolderOf(state);
        if (state.ManifestMd5.IsEmpty)
        {
            var manifest = ManifestOf(report, state);
            var written = state.Clone();
            written.ManifestMd5 = ByteString.CopyFrom(MD5.HashData(manifest));
            if (!await PutAsync(report, folder + "manifest.json", manifest, "application/json", state, written, ct)) return false;
            state = written;
        }
        var period = report.Configuration.Weekly ? TimeSpan.FromDays(7) : TimeSpan.FromDays(1);
        var done = new InventoryStateRecord { Bucket = state.Bucket, DueTicks = NextDue(state, period) };
        var checksum = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(state.ManifestMd5.Span));
        if (!await PutAsync(report, folder + "manifest.checksum", checksum, "text/plain", state, done, ct)) return false;
        Interlocked.Increment(ref _reports);
        return true;
    }

    // Periods that were missed are not made up for.
    private ulong NextDue(InventoryStateRecord state, TimeSpan period)
    {
        var due = KvRecords.FromTicks(state.DueTicks) + period;
        var now = Time.GetUtcNow();
        if (due < now) due += period * Math.Ceiling((now - due) / period);
        return due.ToTicks();
    }

    private static byte[] ManifestOf(Report report, InventoryStateRecord state)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("sourceBucket", report.Source.Name);
            json.WriteString("destinationBucket", "arn:aws:s3:::" + report.Target.Name);
            json.WriteString("version", "2016-11-30");
            json.WriteString("creationTimestamp", KvRecords.FromTicks(state.BegunTicks).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
            json.WriteString("fileFormat", "CSV");
            json.WriteString("fileSchema", InventoryRows.SchemaOf(report.Configuration));
            json.WriteStartArray("files");
            for (var i = 0; i < state.Files.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("key", report.Folder + Report.DataName(state, i));
                json.WriteNumber("size", state.Files[i].Length);
                json.WriteString("MD5checksum", Convert.ToHexStringLower(state.Files[i].Md5.Span));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return output.ToArray();
    }

    private ValueTask<bool> PutAsync(
        Report report, string key, byte[] bytes, string contentType, InventoryStateRecord before, InventoryStateRecord after, CancellationToken ct)
    {
        var configuration = report.Configuration;
        var encryption = configuration.Encryption == 0
            ? null
            : new EncryptionRequest { Method = (EncryptionMethod)configuration.Encryption, KeyId = ObjectInfos.NullIfEmpty(configuration.KeyId) };
        return _delivery.PutAsync(
            report.Target, key, bytes, contentType, encryption, transaction => BucketInventories.AdvanceAsync(transaction, report.Due.Key, before, after, ct), ct);
    }
}
