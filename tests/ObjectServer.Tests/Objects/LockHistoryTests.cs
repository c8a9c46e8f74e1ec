using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>
/// Random calls on a bucket that gets object lock on its way, from any state of versioning, against a model that says what
/// is locked in the words of the user guide. A failure names the seed and the step.
/// </summary>
public sealed class LockHistoryTests
{
    private const string Bucket = ObjectBench.Bucket;

    private static readonly string[] Keys = ["a", "b", "c/d"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_random_history_with_locks_tags_and_null_versions_agrees_with_the_model(int seed)
    {
        var history = new History(await ObjectBench.CreateAsync(maxBlobBytes: 40, inlineLimitBytes: 16, seed: seed), new Random(seed));
        for (var step = 0; step < 300; step++)
        {
            history.Note = $"seed {seed}, step {step}";
            await history.StepAsync();
            if (step % 5 == 0) await history.CompareAsync();
        }
        await history.EmptyAsync();
    }

    private sealed class Version
    {
        public required string Id { get; init; }
        public bool IsMarker { get; init; }
        public byte[] Body { get; init; } = [];
        public ObjectLock Lock { get; set; }
        public IReadOnlyList<KeyValuePair<string, string>> Tags { get; set; } = [];

        public bool IsRetained(DateTimeOffset now) => Lock.Retention.IsSet && Lock.Retention.RetainUntil > now;

        public bool IsDeletable(DateTimeOffset now, bool bypass) =>
            Lock.LegalHold != LegalHold.On && (!IsRetained(now) || (bypass && Lock.Retention.Mode == RetentionMode.Governance));

        public bool IsChangeable(Retention wanted, DateTimeOffset now, bool bypass) =>
            !IsRetained(now)
            || (Lock.Retention.Mode == RetentionMode.Governance && bypass)
            || (wanted.Mode == Lock.Retention.Mode && wanted.RetainUntil >= Lock.Retention.RetainUntil);
    }

    private sealed class History(ObjectBench bench, Random random)
    {
        private readonly SortedDictionary<string, List<Version>> _keys = new(StringComparer.Ordinal);
        private VersioningState _versioning;
        private bool _hasLock;
        private DefaultRetention? _standard;

        public string Note { get; set; } = "";

        private DateTimeOffset Now => bench.Time.GetUtcNow();

        public async Task StepAsync()
        {
            var key = Pick(Keys);
            switch (random.Next(14))
            {
                case 0 or 1 or 2: await PutAsync(key); break;
                case 3: await CopyAsync(key); break;
                case 4: await UploadAsync(key); break;
                case 5: await DeleteAsync(key); break;
                case 6 or 7: await DeleteVersionAsync(key); break;
                case 8: await RetainAsync(key); break;
                case 9: await HoldAsync(key); break;
                case 10: await TagAsync(key); break;
                case 11: await SetVersioningAsync(); break;
                case 12: await SetObjectLockAsync(); break;
                default:
                    bench.Time.Advance(TimeSpan.FromHours(random.Next(40)));
                    await bench.Collector.CollectAsync(default);
                    break;
            }
        }

        public async Task CompareAsync()
        {
            await bench.ShouldBeSoundAsync(Note);
            var listed = await Listings.VersionsAsync(bench, "", null, random.Next(1, 5));
            listed.Select(v => (v.Key, v.VersionId, v.IsLatest, v.IsDeleteMarker)).ShouldBe(
                _keys.SelectMany(pair => pair.Value.Select((version, i) => (pair.Key, version.Id, i == 0, version.IsMarker))), Note);
            foreach (var (key, versions) in _keys)
            {
                foreach (var version in versions.Where(version => !version.IsMarker))
                {
                    var info = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = key, VersionId = version.Id }, default)).Value;
                    info.Lock.ShouldBe(version.Lock, Note);
                    info.Tags.ShouldBe(version.Tags, Note);
                    (await bench.GetAsync(key, version.Id)).ShouldBe(version.Body, Note);
                }
            }
        }

        /// <summary>Everything can go when all holds are off and all retentions have ended.</summary>
        public async Task EmptyAsync()
        {
            foreach (var (key, version) in _keys.SelectMany(pair => pair.Value.Select(version => (pair.Key, version))).ToList())
            {
                if (version.Lock.LegalHold == LegalHold.On)
                    (await bench.Services.Updater.SetLegalHoldAsync(new VersionTarget(Bucket, key, version.Id), false, default)).IsOk.ShouldBeTrue();
            }
            bench.Time.Advance(TimeSpan.FromDays(800));
            foreach (var (key, versions) in _keys)
            {
                foreach (var version in versions) (await TryDeleteAsync(key, version.Id, bypass: false)).Fault.ShouldBe(ObjectFault.None, Note);
            }
            (await bench.Services.Buckets.DeleteAsync(Bucket, default)).Fault.ShouldBe(ObjectFault.None);
            await bench.CollectAllAsync();
            bench.Blobs.Stored.ShouldBeEmpty();
        }

        private async Task PutAsync(string key)
        {
            var wanted = RandomLock();
            var body = ObjectBench.Bytes(random.Next(3) * 30, random.Next());
            var tags = RandomTags();
            var put = await bench.Services.Writer.PutAsync(
                new PutRequest { Bucket = Bucket, Key = key, Lock = wanted, Headers = new ObjectHeaders { Tags = tags } }, new BytesSource(body), default);
            put.Fault.ShouldBe(FaultOfNew(wanted), Note);
            if (put.IsOk) Insert(key, new Version { Id = put.Value.VersionId, Body = body, Lock = Locked(wanted), Tags = tags });
        }

        private async Task CopyAsync(string key)
        {
            var from = Pick(Keys);
            var wanted = RandomLock();
            var tags = random.Next(2) == 0 ? RandomTags() : null;
            var source = Versions(from) is { Count: > 0 } versions && !versions[0].IsMarker ? versions[0] : null;
            var copied = await bench.Services.Copier.CopyAsync(
                new CopyRequest { SourceBucket = Bucket, SourceKey = from, Bucket = Bucket, Key = key, ReplaceHeaders = ObjectHeaders.Empty, ReplaceTags = tags, Lock = wanted }, default);
            if (source is null)
            {
                copied.Fault.ShouldBe(ObjectFault.NoSuchKey, Note);
                return;
            }
            copied.Fault.ShouldBe(FaultOfNew(wanted), Note);
            if (copied.IsOk) Insert(key, new Version { Id = copied.Value.Written.VersionId, Body = source.Body, Lock = Locked(wanted), Tags = tags ?? source.Tags });
        }

        private async Task UploadAsync(string key)
        {
            var wanted = RandomLock();
            var created = await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = key, Lock = wanted }, default);
            created.Fault.ShouldBe(FaultOfNew(wanted), Note);
            if (!created.IsOk) return;
            var body = ObjectBench.Bytes(50, random.Next());
            var part = await bench.UploadAsync(created.Value, 1, body);
            // A retention that has ended by now is kept as it is: it locks nothing.
            bench.Time.Advance(TimeSpan.FromHours(random.Next(40)));
            var completed = (await bench.CompleteAsync(created.Value, [new ListedPart(1, part.ETag)])).Value;
            Insert(key, new Version { Id = completed.VersionId, Body = body, Lock = Locked(wanted) });
        }

        private async Task DeleteAsync(string key)
        {
            var deleted = await bench.DeleteAsync(key);
            if (_versioning == VersioningState.Unversioned) _keys.Remove(key);
            else Insert(key, new Version { Id = deleted.VersionId!, IsMarker = true });
        }

        private async Task DeleteVersionAsync(string key)
        {
            if (Named(key) is not { } version) return;
            var bypass = random.Next(2) == 0;
            var deleted = await TryDeleteAsync(key, version.Id, bypass);
            deleted.Fault.ShouldBe(version.IsDeletable(Now, bypass) ? ObjectFault.None : ObjectFault.ObjectLocked, Note);
            if (!deleted.IsOk) return;
            _keys[key].Remove(version);
            if (_keys[key].Count == 0) _keys.Remove(key);
        }

        private async Task RetainAsync(string key)
        {
            if (Named(key) is not { } version) return;
            var (wanted, bypass) = (RandomRetention(), random.Next(2) == 0);
            var changed = await bench.Services.Updater.SetRetentionAsync(new VersionTarget(Bucket, key, version.Id), wanted, bypass, default);
            changed.Fault.ShouldBe(FaultOfChange(version) is var fault and not ObjectFault.None ? fault
                : version.IsChangeable(wanted, Now, bypass) ? ObjectFault.None : ObjectFault.ObjectLocked, Note);
            if (changed.IsOk) version.Lock = version.Lock with { Retention = wanted };
        }

        private async Task HoldAsync(string key)
        {
            if (Named(key) is not { } version) return;
            var on = random.Next(2) == 0;
            var changed = await bench.Services.Updater.SetLegalHoldAsync(new VersionTarget(Bucket, key, version.Id), on, default);
            changed.Fault.ShouldBe(FaultOfChange(version), Note);
            if (changed.IsOk) version.Lock = version.Lock with { LegalHold = on ? LegalHold.On : LegalHold.Off };
        }

        private async Task TagAsync(string key)
        {
            if (Named(key) is not { } version) return;
            var tags = RandomTags();
            var changed = await bench.Services.Updater.SetTagsAsync(new VersionTarget(Bucket, key, version.Id), tags, default);
            changed.Fault.ShouldBe(version.IsMarker ? ObjectFault.VersionIsDeleteMarker : ObjectFault.None, Note);
            if (changed.IsOk) version.Tags = tags;
        }

        private async Task SetVersioningAsync()
        {
            var state = random.Next(2) == 0 ? VersioningState.Enabled : VersioningState.Suspended;
            var set = await bench.Services.Buckets.SetVersioningAsync(Bucket, state, default);
            set.Fault.ShouldBe(_hasLock && state == VersioningState.Suspended ? ObjectFault.InvalidBucketState : ObjectFault.None, Note);
            if (set.IsOk) _versioning = state;
        }

        private async Task SetObjectLockAsync()
        {
            var standard = random.Next(2) == 0 ? null : new DefaultRetention(random.Next(2) == 0 ? RetentionMode.Governance : RetentionMode.Compliance, random.Next(1, 3), 0);
            var set = await bench.Services.Buckets.SetObjectLockAsync(Bucket, standard, default);
            set.Fault.ShouldBe(_versioning == VersioningState.Enabled ? ObjectFault.None : ObjectFault.InvalidBucketState, Note);
            if (set.IsOk) (_hasLock, _standard) = (true, standard);
        }

        private ValueTask<Result<DeleteResult>> TryDeleteAsync(string key, string version, bool bypass) =>
            bench.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = Bucket, Key = key, VersionId = version, BypassGovernance = bypass }, default);

        private ObjectFault FaultOfNew(ObjectLock wanted) => wanted.IsSet && !_hasLock ? ObjectFault.ObjectLockNotEnabled : ObjectFault.None;

        private ObjectFault FaultOfChange(Version version) =>
            version.IsMarker ? ObjectFault.VersionIsDeleteMarker : _hasLock ? ObjectFault.None : ObjectFault.ObjectLockNotEnabled;

        private ObjectLock Locked(ObjectLock wanted) =>
            wanted.Retention.IsSet || _standard is null ? wanted : wanted with { Retention = new Retention(_standard.Mode, Now.AddDays(_standard.Days)) };

        private void Insert(string key, Version version)
        {
            if (!_keys.TryGetValue(key, out var versions)) _keys.Add(key, versions = []);
            if (_versioning != VersioningState.Enabled) versions.RemoveAll(old => old.Id == "null");
            versions.Insert(0, version);
        }

        private List<Version> Versions(string key) => _keys.GetValueOrDefault(key) ?? [];

        private Version? Named(string key) => Versions(key) is { Count: > 0 } versions ? versions[random.Next(versions.Count)] : null;

        private ObjectLock RandomLock() => random.Next(3) > 0 ? default : new ObjectLock(RandomRetention(), (LegalHold)random.Next(3));

        private Retention RandomRetention() => (RetentionMode)random.Next(3) is var mode and not RetentionMode.None
            ? new Retention(mode, Now.AddHours(random.Next(1, 100)))
            : default;

        private List<KeyValuePair<string, string>> RandomTags() => [.. Enumerable.Range(0, random.Next(3)).Select(i => KeyValuePair.Create($"tag{i}", $"{random.Next(10)}"))];

        private string Pick(string[] choices) => choices[random.Next(choices.Length)];
    }
}
