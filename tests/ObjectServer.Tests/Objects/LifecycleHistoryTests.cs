using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>
/// Random writes, deletes, tags and changes of rules and versioning, and days that pass, against a model that goes through all
/// versions at every look and applies the rules in the words of the user guide. A failure names the seed and the step.
/// </summary>
public sealed class LifecycleHistoryTests
{
    private const string Bucket = ObjectBench.Bucket;

    private static readonly string[] Keys = ["a", "b/1", "b/2", "c", "c\0d"];
    private static readonly string[] Prefixes = ["", "b/", "c", "none"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task What_survives_a_random_history_is_what_the_model_keeps(int seed)
    {
        var history = new History(await ObjectBench.CreateAsync(seed: seed), new Random(seed));
        for (var step = 0; step < 250; step++)
        {
            history.Note = $"seed {seed}, step {step}";
            await history.StepAsync();
        }
    }

    /// <summary>The same over the embedded store on real directories, which is killed in between, also while due work is done.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task What_survives_a_random_history_of_kills_is_what_the_model_keeps(int seed)
    {
        var random = new Random(seed);
        await using var store = new TestStore(drives: 4);
        var bench = await ObjectBench.CreateAsync(seed: seed, on: await store.OpenAsync());
        var history = new History(bench, random) { CanReopen = false };
        for (var step = 0; step < 90; step++)
        {
            history.Note = $"seed {seed}, step {step}";
            await history.StepAsync();
            if (step % 30 != 29) continue;
            bench.Time.Advance(TimeSpan.FromHours(random.Next(1, 60)));
            var expiring = bench.ExpireAsync();
            await store.CrashAsync();
            try
            {
                await expiring;
            }
            catch (Exception e) when (e is KvException or ObjectDisposedException)
            {
                // The store went away below it.
            }
            await bench.ReopenAsync(await store.OpenAsync(), random.Next());
            await history.LookAsync();
        }
    }

    private sealed class Version
    {
        public required string Id { get; init; }
        public required DateTime Modified { get; init; }
        public bool IsMarker { get; init; }
        public int LengthBytes { get; init; }
        public bool IsTagged { get; set; }

        public override string ToString() => $"{(IsMarker ? "marker " : "")}{Id} of {Modified:dd HH:mm}";
    }

    private sealed class History(ObjectBench bench, Random random)
    {
        /// <summary>Newest first.</summary>
        private readonly SortedDictionary<string, List<Version>> _keys = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (string Key, DateTime Initiated)> _uploads = [];
        private LifecycleRule[] _rules = [];
        private VersioningState _versioning;

        public string Note { get; set; } = "";

        public bool CanReopen { get; init; } = true;

        private DateTime Now => bench.Time.GetUtcNow().UtcDateTime;

        public async Task StepAsync()
        {
            var key = Keys[random.Next(Keys.Length)];
            switch (random.Next(16))
            {
                case <= 5: await PutAsync(key); break;
                case 6: await DeleteAsync(key); break;
                case 7: await DeleteVersionAsync(key); break;
                case 8: await TagAsync(key); break;
                case 9: await BeginAsync(key); break;
                case 10: await SetRulesAsync(); break;
                case 11 when random.Next(3) == 0:
                    _versioning = random.Next(3) == 0 ? VersioningState.Suspended : VersioningState.Enabled;
                    (await bench.Services.Buckets.SetVersioningAsync(Bucket, _versioning, default)).IsOk.ShouldBeTrue(Note);
                    break;
                case 12 when CanReopen && random.Next(4) == 0:
                    await bench.ReopenAsync(bench.Store, random.Next());
                    break;
                default:
                    bench.Time.Advance(TimeSpan.FromHours(random.Next(1, 30)));
                    await LookAsync();
                    break;
            }
            await bench.ShouldBeSoundAsync(Note);
            // Time moves between any two calls, so that their order is the order of their times.
            bench.Time.Advance(TimeSpan.FromMinutes(1));
        }

        public async Task LookAsync()
        {
            await bench.ExpireAsync();
            Expire();
            await CompareAsync();
        }

        private async Task PutAsync(string key)
        {
            var length = random.Next(1, 40);
            var tagged = random.Next(2) == 0;
            var put = await bench.Services.Writer.PutAsync(
                new PutRequest { Bucket = Bucket, Key = key, Headers = new ObjectHeaders { Tags = Tags(tagged) } }, new BytesSource(ObjectBench.Bytes(length, 1)), default);
            Insert(key, new Version { Id = put.Value.VersionId, Modified = Now, LengthBytes = length, IsTagged = tagged });
        }

        private async Task DeleteAsync(string key)
        {
            var deleted = await bench.DeleteAsync(key);
            if (_versioning == VersioningState.Unversioned) _keys.Remove(key);
            else Insert(key, new Version { Id = deleted.VersionId!, Modified = Now, IsMarker = true });
        }

        private async Task DeleteVersionAsync(string key)
        {
            if (!_keys.TryGetValue(key, out var versions)) return;
            var version = versions[random.Next(versions.Count)];
            await bench.DeleteAsync(key, version.Id);
            Remove(key, version);
        }

        private async Task TagAsync(string key)
        {
            if (!_keys.TryGetValue(key, out var versions)) return;
            var version = versions[random.Next(versions.Count)];
            if (version.IsMarker) return;
            version.IsTagged = !version.IsTagged;
            (await bench.Services.Updater.SetTagsAsync(new VersionTarget(Bucket, key, version.Id), Tags(version.IsTagged), default)).IsOk.ShouldBeTrue(Note);
        }

        private async Task BeginAsync(string key)
        {
            var upload = await bench.BeginAsync(key);
            _uploads.Add(upload.UploadId, (key, Now));
            if (random.Next(3) != 0) return;
            (await bench.Services.Multipart.AbortAsync(Bucket, key, upload.UploadId, default)).IsOk.ShouldBeTrue(Note);
            _uploads.Remove(upload.UploadId);
        }

        private async Task SetRulesAsync()
        {
            // One rule for noncurrent versions: what several that differ do depends on which is first.
            List<LifecycleRule> rules = [];
            if (random.Next(2) == 0)
                rules.Add(Base("noncurrent") with { NoncurrentDays = random.Next(1, 4), NewerNoncurrentVersions = random.Next(3), ExpiredObjectDeleteMarker = random.Next(2) == 0 ? true : null });
            for (var i = random.Next(3); i > 0; i--)
            {
                var rule = Base($"current {i}");
                rule = random.Next(4) == 0
                    ? rule with { ExpirationDate = new DateTimeOffset(Now.Date.AddDays(random.Next(-2, 4)), TimeSpan.Zero) }
                    : rule with { ExpirationDays = random.Next(1, 6) };
                if (random.Next(3) == 0) rule = rule with { Tags = Tags(true) };
                if (random.Next(3) == 0) rule = rule with { SizeGreaterThan = random.Next(30) };
                if (random.Next(3) == 0) rule = rule with { SizeLessThan = random.Next(10, 40) };
                rules.Add(rule);
            }
            if (random.Next(3) == 0) rules.Add(Base("uploads") with { AbortDays = random.Next(1, 4) });
            _rules = [.. rules];
            if (_rules.Length > 0) await LifecycleTests.SetAsync(bench, _rules);
            else (await bench.Services.Lifecycle.DeleteAsync(Bucket, default)).IsOk.ShouldBeTrue(Note);
        }

        private LifecycleRule Base(string id) => new() { Id = id, Prefix = Prefixes[random.Next(Prefixes.Length)], IsEnabled = random.Next(6) != 0 };

        private static KeyValuePair<string, string>[] Tags(bool tagged) => tagged ? [new("t", "1")] : [];

        private void Insert(string key, Version version)
        {
            if (!_keys.TryGetValue(key, out var versions)) _keys.Add(key, versions = []);
            if (version.Id == "null") versions.RemoveAll(other => other.Id == "null");
            versions.Insert(0, version);
        }

        private void Remove(string key, Version version)
        {
            _keys[key].Remove(version);
            if (_keys[key].Count == 0) _keys.Remove(key);
        }

        /// <summary>Applies the rules again and again until they change nothing.</summary>
        private void Expire()
        {
            while (_keys.Keys.ToArray().Any(ExpireKey))
            {
            }
            foreach (var (id, (key, initiated)) in _uploads.ToArray())
            {
                if (_rules.Any(rule => rule.IsEnabled && key.StartsWith(rule.Prefix!, StringComparison.Ordinal) && rule.AbortDays > 0 && IsOver(initiated, rule.AbortDays))) _uploads.Remove(id);
            }
        }

        private bool ExpireKey(string key)
        {
            var versions = _keys[key];
            var newest = versions[0];
            if (newest.IsMarker ? versions.Count == 1 && IsLoneMarkerDue(key, newest) : IsCurrentDue(key, newest))
            {
                if (newest.IsMarker || _versioning == VersioningState.Unversioned) Remove(key, newest);
                else Insert(key, new Version { Id = _versioning == VersioningState.Suspended ? "null" : "?", Modified = Now, IsMarker = true });
                return true;
            }
            // From the oldest on: what is kept of the newer ones does not depend on it.
            for (var i = versions.Count - 1; i > 0; i--)
            {
                var newer = versions.Skip(1).Take(i - 1).Count(version => !version.IsMarker);
                if (!IsNoncurrentDue(key, versions[i], versions[i - 1].Modified, newer)) continue;
                Remove(key, versions[i]);
                return true;
            }
            return false;
        }

        private bool IsCurrentDue(string key, Version version) => _rules.Any(rule =>
            Fits(rule, key, version) && ((rule.ExpirationDays > 0 && IsOver(version.Modified, rule.ExpirationDays)) || rule.ExpirationDate <= Now));

        private bool IsLoneMarkerDue(string key, Version marker) => _rules.Any(rule => Fits(rule, key, marker)
            && (rule.ExpiredObjectDeleteMarker == true || (rule.ExpirationDays > 0 && IsOver(marker.Modified, rule.ExpirationDays)) || rule.ExpirationDate <= Now));

        private bool IsNoncurrentDue(string key, Version version, DateTime since, int newer) => _rules.Any(rule =>
            Fits(rule, key, version) && rule.NoncurrentDays > 0 && newer >= rule.NewerNoncurrentVersions && IsOver(since, rule.NoncurrentDays));

        private static bool Fits(LifecycleRule rule, string key, Version version)
        {
            if (!rule.IsEnabled || !key.StartsWith(rule.Prefix!, StringComparison.Ordinal)) return false;
            if (version.IsMarker) return rule.Tags.Count == 0 && rule.SizeGreaterThan is null && rule.SizeLessThan is null;
            return (rule.Tags.Count == 0 || version.IsTagged) && !(version.LengthBytes <= rule.SizeGreaterThan) && !(version.LengthBytes >= rule.SizeLessThan);
        }

        private bool IsOver(DateTime from, int days) => Now >= from.AddDays(days).Date.AddDays(1);

        private async Task CompareAsync()
        {
            var versions = await LifecycleTests.VersionsAsync(bench);
            var actual = versions.Select(version => $"{version.Key} {(version.IsDeleteMarker ? "marker" : version.VersionId)}").ToList();
            var expected = _keys.SelectMany(key => key.Value.Select(version => $"{key.Key} {(version.IsMarker ? "marker" : version.Id)}")).ToList();
            actual.ShouldBe(expected, Note);
            // Markers that the engine made: what they are called is only known now.
            var at = 0;
            foreach (var key in _keys.Keys)
            {
                for (var i = 0; i < _keys[key].Count; i++, at++)
                {
                    var known = _keys[key][i];
                    if (known.Id == "?") _keys[key][i] = new Version { Id = versions[at].VersionId, Modified = known.Modified, IsMarker = true };
                }
            }
            foreach (var (id, (key, _)) in _uploads) (await bench.Services.Uploads.GetAsync(Bucket, key, id, default)).IsOk.ShouldBeTrue($"{Note}, upload of {key}");
            var uploads = (await bench.Services.Uploads.ListUploadsAsync(new ListUploadsRequest { Bucket = Bucket }, default)).Value.Uploads;
            uploads.Count.ShouldBe(_uploads.Count, Note);
            await bench.ShouldBeSoundAsync(Note);
            bench.Lifecycle.Errors.ShouldBe(0, Note);
        }
    }
}
