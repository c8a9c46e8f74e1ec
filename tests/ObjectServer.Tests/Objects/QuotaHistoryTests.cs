using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;
using ObjectStore.Storage.Log;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Random calls in a bucket whose quota comes and goes, against an oracle that adds everything up each time. A failure names the seed and the step.</summary>
public sealed class QuotaHistoryTests
{
    private static readonly string[] Keys = ["a", "b", "c", "d"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task What_is_taken_and_what_is_refused_is_as_the_oracle_says(int seed)
    {
        var bench = await ObjectBench.CreateAsync(seed: seed);
        var history = new History(bench, seed);
        for (var step = 0; step < 300; step++)
        {
            await history.StepAsync(step);
            await bench.ShouldBeSoundAsync($"seed {seed}, step {step}");
        }
        history.Refused.ShouldBeGreaterThan(10, $"seed {seed}: the history must have met its quotas");
    }

    /// <summary>The same over the embedded store on real directories, which is closed, or killed, and opened again in between.</summary>
    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(13, true)]
    public async Task Counts_and_quotas_survive_closing_and_killing(int seed, bool kill)
    {
        await using var store = new TestStore(drives: 4);
        store.Options = store.Options with
        {
            FlushIntervalBytes = 64 << 10, ApplyQueueBytes = 4 << 10, ConflictWindowKeys = 64, KeepJournalFiles = kill ? 1000 : 1,
            Journal = new LogOptions { InitialFileSizeBytes = 32 << 10, FileSizeBytes = 64 << 10 },
        };
        var bench = await ObjectBench.CreateAsync(seed: seed, on: await store.OpenAsync());
        var history = new History(bench, seed);
        for (var step = 0; step < 200; step++)
        {
            await history.StepAsync(step);
            if (step % 40 != 39) continue;
            if (kill) await store.CrashAsync();
            else await store.CloseAsync();
            await bench.ReopenAsync(await store.OpenAsync(), step);
            await bench.ShouldBeSoundAsync($"seed {seed}, step {step}");
        }
    }

    private sealed record Version(string Id, long Length, bool IsMarker);

    /// <summary>What the bucket holds, and what would be if a call were taken.</summary>
    private sealed class Oracle
    {
        public Dictionary<string, List<Version>> Versions { get; init; } = [];

        public Dictionary<string, (string Key, SortedDictionary<int, (long Length, string ETag)> Parts)> Uploads { get; init; } = [];

        public long Bytes => Versions.Values.Sum(versions => versions.Sum(version => version.Length)) + Uploads.Values.Sum(upload => upload.Parts.Values.Sum(part => part.Length));

        public long Objects => Versions.Values.Sum(versions => versions.Count(version => !version.IsMarker));

        private Oracle Copy() => new()
        {
            Versions = Versions.ToDictionary(pair => pair.Key, pair => pair.Value.ToList()),
            Uploads = Uploads.ToDictionary(pair => pair.Key, pair => (pair.Value.Key, new SortedDictionary<int, (long, string)>(pair.Value.Parts))),
        };

        public Version? Current(string key) => Versions.GetValueOrDefault(key)?.FirstOrDefault() is { IsMarker: false } version ? version : null;

        public Oracle With(Action<Oracle> change)
        {
            var next = Copy();
            change(next);
            return next;
        }

        public void Insert(string key, Version version, VersioningState versioning)
        {
            if (!Versions.TryGetValue(key, out var versions)) Versions.Add(key, versions = []);
            if (versioning != VersioningState.Enabled) versions.RemoveAll(old => old.Id == "null");
            versions.Insert(0, version);
        }

        public void Rename(string key, string id) => Versions[key][0] = Versions[key][0] with { Id = id };
    }

    private sealed class History(ObjectBench bench, int seed)
    {
        private readonly Random _random = new(seed);
        private Oracle _oracle = new();
        private VersioningState _versioning;
        private BucketQuota? _quota;
        private string _note = "";

        public int Refused { get; private set; }

        public async Task StepAsync(int step)
        {
            _note = $"seed {seed}, step {step}";
            var key = Keys[_random.Next(Keys.Length)];
            switch (_random.Next(16))
            {
                case 0 or 1 or 2 or 3:
                    var length = _random.Next(3) == 0 ? 0 : _random.Next(60);
                    await WriteAsync(key, length, async () => Id(await bench.TryPutAsync(key, [], source: new BytesSource(new byte[length], _random.Next(2) == 0))));
                    break;
                case 4 or 5:
                    await DeleteAsync(key);
                    break;
                case 6:
                    await DeleteVersionAsync(key);
                    break;
                case 7:
                    var from = Keys[_random.Next(Keys.Length)];
                    if (_oracle.Current(from) is not { } source) break;
                    await WriteAsync(key, source.Length, async () =>
                    {
                        var copied = await bench.CopyAsync(from, key);
                        return copied.IsOk ? copied.Value.Written.VersionId : copied.Failure;
                    });
                    break;
                case 8:
                    await BeginAsync(key);
                    break;
                case 9 or 10 or 11:
                    await UploadPartAsync();
                    break;
                case 12:
                    await FinishAsync();
                    break;
                case 13:
                    if (_random.Next(3) > 0) break;
                    _versioning = _random.Next(2) == 0 ? VersioningState.Enabled : VersioningState.Suspended;
                    (await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, _versioning, default)).IsOk.ShouldBeTrue(_note);
                    break;
                default:
                    await SetQuotaAsync();
                    break;
            }
            await CompareAsync();
        }

        private static Result<string> Id(Result<WriteResult> written) => written.IsOk ? written.Value.VersionId : written.Failure;

        private async Task WriteAsync(string key, long length, Func<Task<Result<string>>> write, Action<Oracle>? also = null)
        {
            var next = _oracle.With(oracle =>
            {
                oracle.Insert(key, new Version("?", length, IsMarker: false), _versioning);
                also?.Invoke(oracle);
            });
            var written = await write();
            if (Judge(next, written.Fault)) return;
            next.Rename(key, written.Value);
            _oracle = next;
        }

        /// <returns>Whether it was refused, as it should.</returns>
        private bool Judge(Oracle next, ObjectFault fault)
        {
            var isOver = (next.Bytes > _oracle.Bytes && next.Bytes > _quota?.MaxBytes) || (next.Objects > _oracle.Objects && next.Objects > _quota?.MaxObjects);
            fault.ShouldBe(isOver ? ObjectFault.QuotaExceeded : ObjectFault.None, $"{_note}: {_oracle.Bytes} to {next.Bytes} bytes, {_oracle.Objects} to {next.Objects} objects, {_quota}");
            if (isOver) Refused++;
            return isOver;
        }

        private async Task DeleteAsync(string key)
        {
            var deleted = await bench.DeleteAsync(key);
            _oracle = _oracle.With(oracle =>
            {
                if (_versioning == VersioningState.Unversioned) oracle.Versions.Remove(key);
                else oracle.Insert(key, new Version(deleted.VersionId!, 0, IsMarker: true), _versioning);
            });
        }

        private async Task DeleteVersionAsync(string key)
        {
            if (_oracle.Versions.GetValueOrDefault(key) is not { Count: > 0 } versions) return;
            var id = versions[_random.Next(versions.Count)].Id;
            await bench.DeleteAsync(key, id);
            versions.RemoveAll(version => version.Id == id);
        }

        private async Task BeginAsync(string key)
        {
            var begun = await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = key }, default);
            // Judged as an object without bytes that would be there at once.
            var next = _oracle.With(oracle => oracle.Insert(key, new Version("?", 0, IsMarker: false), _versioning));
            var isFull = next.Objects > _oracle.Objects && next.Objects > _quota?.MaxObjects;
            begun.Fault.ShouldBe(isFull ? ObjectFault.QuotaExceeded : ObjectFault.None, _note);
            if (begun.IsOk) _oracle.Uploads.Add(begun.Value.UploadId, (key, []));
        }

        private async Task UploadPartAsync()
        {
            if (_oracle.Uploads.Count == 0) return;
            var (id, (key, _)) = _oracle.Uploads.ElementAt(_random.Next(_oracle.Uploads.Count));
            var number = _random.Next(1, 4);
            var from = Keys[_random.Next(Keys.Length)];
            var source = _random.Next(3) == 0 ? _oracle.Current(from) : null;
            var length = source is { Length: > 0 } ? _random.NextInt64(1, source.Length + 1) : _random.Next(1, 60);
            var part = source is { Length: > 0 }
                ? await CopyPartAsync(id, key, number, from, length)
                : await bench.Services.Parts.UploadAsync(
                    new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = key, UploadId = id, PartNumber = number }, new BytesSource(new byte[length], _random.Next(2) == 0), default);
            var next = _oracle.With(oracle => oracle.Uploads[id].Parts[number] = (length, ""));
            if (Judge(next, part.Fault)) return;
            next.Uploads[id].Parts[number] = (length, part.Value.ETag);
            _oracle = next;
        }

        private async Task<Result<PartResult>> CopyPartAsync(string id, string key, int number, string from, long length)
        {
            var copied = await bench.Services.Parts.CopyAsync(new UploadPartCopyRequest
            {
                Bucket = ObjectBench.Bucket, Key = key, UploadId = id, PartNumber = number, SourceBucket = ObjectBench.Bucket, SourceKey = from, Range = (0, length),
            }, default);
            return copied.IsOk ? copied.Value.Part : copied.Failure;
        }

        private async Task FinishAsync()
        {
            if (_oracle.Uploads.Count == 0) return;
            var (id, (key, parts)) = _oracle.Uploads.ElementAt(_random.Next(_oracle.Uploads.Count));
            var listed = parts.Where(_ => _random.Next(4) > 0).Select(part => (part.Key, part.Value)).ToList();
            if (listed.Count == 0)
            {
                (await bench.Services.Multipart.AbortAsync(ObjectBench.Bucket, key, id, default)).IsOk.ShouldBeTrue(_note);
                _oracle.Uploads.Remove(id);
                return;
            }
            var upload = new UploadInfo(ObjectBench.Bucket, key, id, default, null, null, default, default, ObjectHeaders.Empty);
            await WriteAsync(
                key, listed.Sum(part => part.Value.Length),
                async () => Id(await bench.CompleteAsync(upload, [.. listed.Select(part => new ListedPart(part.Key, part.Value.ETag))])),
                oracle => oracle.Uploads.Remove(id));
        }

        private async Task SetQuotaAsync()
        {
            if (_random.Next(5) == 0)
            {
                (await bench.Services.Buckets.Quotas.ClearAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue(_note);
                _quota = null;
                return;
            }
            long? bytes = _random.Next(4) == 0 ? null : Math.Max(1, _oracle.Bytes + _random.Next(-50, 100));
            long? objects = bytes is not null && _random.Next(2) == 0 ? null : Math.Max(1, _oracle.Objects + _random.Next(-2, 4));
            _quota = new BucketQuota(bytes, objects);
            (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, _quota.Value, default)).Value.ShouldBe(new QuotaUsage(_quota.Value, _oracle.Bytes, _oracle.Objects), _note);
        }

        private async Task CompareAsync()
        {
            var told = await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default);
            if (_quota is null) told.Fault.ShouldBe(ObjectFault.NoSuchConfiguration, _note);
            else told.Value.ShouldBe(new QuotaUsage(_quota.Value, _oracle.Bytes, _oracle.Objects), _note);
        }
    }
}
