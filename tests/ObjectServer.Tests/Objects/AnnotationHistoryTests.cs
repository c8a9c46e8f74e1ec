using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;
using ObjectStore.Storage.Log;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Random calls on objects and their annotations against a model. A failure names the seed and the step.</summary>
public sealed class AnnotationHistoryTests
{
    private static readonly string[] Keys = ["a", "b", "c"];
    private static readonly string[] Names = ["n", "no", "x", "ü"];

    [Theory]
    [InlineData(1, nameof(VersioningState.Unversioned))]
    [InlineData(2, nameof(VersioningState.Unversioned))]
    [InlineData(3, nameof(VersioningState.Unversioned))]
    [InlineData(4, nameof(VersioningState.Enabled))]
    [InlineData(5, nameof(VersioningState.Enabled))]
    [InlineData(6, nameof(VersioningState.Suspended))]
    public async Task Annotations_are_what_the_model_says(int seed, string versioningName)
    {
        var versioning = Enum.Parse<VersioningState>(versioningName);
        var bench = await ObjectBench.CreateAsync(versioning, seed: seed, keys: new TestKeys());
        var history = new History(bench, seed, versioning, seals: true);
        for (var step = 0; step < 300; step++)
        {
            await history.StepAsync(step);
            if (step % 5 == 0) await bench.ShouldBeSoundAsync($"seed {seed}, step {step}");
        }
        await history.ShouldAgreeAsync();
        await history.ShouldLeaveNothingAsync();
    }

    /// <summary>The same over the embedded store on real directories, which is closed, or killed, and opened again in between.</summary>
    [Theory]
    [InlineData(11, nameof(VersioningState.Unversioned), false)]
    [InlineData(12, nameof(VersioningState.Unversioned), true)]
    [InlineData(13, nameof(VersioningState.Enabled), true)]
    public async Task Annotations_survive_closing_and_killing(int seed, string versioningName, bool kill)
    {
        var versioning = Enum.Parse<VersioningState>(versioningName);
        await using var store = new TestStore(drives: 4);
        store.Options = store.Options with
        {
            FlushIntervalBytes = 64 << 10, ApplyQueueBytes = 4 << 10, ConflictWindowKeys = 64, KeepJournalFiles = kill ? 1000 : 1,
            Journal = new LogOptions { InitialFileSizeBytes = 32 << 10, FileSizeBytes = 64 << 10 },
        };
        var bench = await ObjectBench.CreateAsync(versioning, seed: seed, on: await store.OpenAsync());
        var history = new History(bench, seed, versioning, seals: false);
        for (var step = 0; step < 160; step++)
        {
            await history.StepAsync(step);
            if (step % 40 != 39) continue;
            if (kill) await store.CrashAsync();
            else await store.CloseAsync();
            await bench.ReopenAsync(await store.OpenAsync(), step);
            await bench.ShouldBeSoundAsync($"seed {seed}, step {step}");
            await history.ShouldAgreeAsync();
        }
    }

    private sealed record Version(string Id, bool IsMarker, byte[] Body, SortedDictionary<string, byte[]> Annotations);

    private sealed class History(ObjectBench bench, int seed, VersioningState versioning, bool seals)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<string, List<Version>> _model = Keys.ToDictionary(key => key, _ => new List<Version>());
        private string _note = "";

        public async Task StepAsync(int step)
        {
            _note = $"seed {seed}, step {step}";
            var (key, other) = (Keys[_random.Next(Keys.Length)], Keys[_random.Next(Keys.Length)]);
            switch (_random.Next(16))
            {
                case 0 or 1:
                    var body = ObjectBench.Bytes(_random.Next(3) * 60, step);
                    Insert(key, (await Annotations.PutAsync(bench, key, body, Method())).VersionId, body, []);
                    break;
                case 2:
                    await DeleteAsync(key);
                    break;
                case 3 or 4 when Current(other) is { } source:
                    var excludes = _random.Next(3) == 0;
                    var copied = await Annotations.CopyAsync(bench, other, key, Method(), excludes: excludes);
                    copied.IsOk.ShouldBeTrue(_note);
                    Insert(key, copied.Value.Written.VersionId, source.Body, excludes ? [] : source.Annotations);
                    break;
                case 5 when versioning == VersioningState.Unversioned && Current(other) is { } renamed && key != other:
                    (await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = ObjectBench.Bucket, SourceKey = other, Key = key }, default)).IsOk.ShouldBeTrue(_note);
                    _model[other].Clear();
                    Insert(key, "null", renamed.Body, renamed.Annotations);
                    break;
                case 6 when versioning == VersioningState.Unversioned && Current(key) is { } short_:
                    await AppendAsync(key, short_, ObjectBench.Bytes(30, step));
                    break;
                case 7:
                    await bench.CollectAllAsync();
                    break;
                case 8 when _model[key].Count > 0:
                    var gone = _model[key][_random.Next(_model[key].Count)];
                    await bench.DeleteAsync(key, gone.Id);
                    _model[key].Remove(gone);
                    break;
                case 9 or 10:
                    await RemoveAsync(key, Names[_random.Next(Names.Length)]);
                    break;
                default:
                    await AnnotateAsync(key, Names[_random.Next(Names.Length)], step);
                    break;
            }
        }

        public async Task ShouldAgreeAsync()
        {
            foreach (var (key, versions) in _model)
            {
                foreach (var version in versions)
                {
                    if (version.IsMarker) continue;
                    (await bench.GetAsync(key, version.Id)).ShouldBe(version.Body, _note);
                    var expected = version.Annotations.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Encoding.UTF8.GetString(pair.Value)}");
                    (await bench.AnnotationsAsync(key, version.Id, pageSize: 2)).ShouldBe(expected, _note);
                }
            }
        }

        public async Task ShouldLeaveNothingAsync()
        {
            foreach (var (key, versions) in _model)
            {
                foreach (var version in versions) await bench.DeleteAsync(key, version.Id);
            }
            await bench.CollectAllAsync();
            await bench.ShouldBeSoundAsync(_note);
            bench.Blobs.Stored.ShouldBeEmpty(_note);
            var left = (await bench.TablesAsync()).Intersect([KvTables.Annotations, KvTables.Contents, KvTables.ContentReferences, KvTables.Garbage, KvTables.CurrentVersions]);
            left.ShouldBeEmpty(_note);
        }

        private EncryptionMethod Method() => !seals ? EncryptionMethod.None : _random.Next(3) switch
        {
            0 => EncryptionMethod.StoreKey,
            1 => EncryptionMethod.ManagedKey,
            _ => EncryptionMethod.None,
        };

        private Version? Current(string key) => _model[key].FirstOrDefault() is { IsMarker: false } version ? version : null;

        private void Insert(string key, string id, byte[] body, SortedDictionary<string, byte[]> annotations, bool isMarker = false)
        {
            if (versioning != VersioningState.Enabled) _model[key].RemoveAll(version => version.Id == "null");
            _model[key].Insert(0, new Version(id, isMarker, body, new SortedDictionary<string, byte[]>(annotations, StringComparer.Ordinal)));
        }

        private async Task DeleteAsync(string key)
        {
            var deleted = await bench.DeleteAsync(key);
            if (versioning == VersioningState.Unversioned) _model[key].Clear();
            else Insert(key, deleted.VersionId!, [], [], isMarker: true);
        }

        private async Task AppendAsync(string key, Version version, byte[] more)
        {
            var request = new AppendRequest { Put = new PutRequest { Bucket = ObjectBench.Bucket, Key = key, OwnerId = "owner" }, OffsetBytes = version.Body.Length };
            (await bench.Services.Appender.AppendAsync(request, new BytesSource(more), default)).IsOk.ShouldBeTrue(_note);
            Insert(key, "null", [.. version.Body, .. more], version.Annotations);
        }

        private async Task AnnotateAsync(string key, string name, int step)
        {
            var version = Any(key);
            var text = Annotations.Text(_random.Next(4) switch { 0 => 1, 1 => 16, 2 => 17, _ => 3000 + _random.Next(3000) }, step);
            var put = await bench.AnnotateAsync(key, name, text, version?.Id);
            if (version is null or { IsMarker: true })
            {
                put.IsOk.ShouldBeFalse(_note);
                return;
            }
            put.IsOk.ShouldBeTrue(_note);
            version.Annotations[name] = text;
        }

        private async Task RemoveAsync(string key, string name)
        {
            var version = Any(key);
            var removed = await bench.Services.Annotations.DeleteAsync(Annotations.Of(key, name, version?.Id), default);
            removed.IsOk.ShouldBe(version is { IsMarker: false }, _note);
            if (version is null or { IsMarker: true }) return;
            version.Annotations.Remove(name);
            (await bench.AnnotationAsync(key, name, version.Id)).Fault.ShouldBe(ObjectFault.NoSuchAnnotation, _note);
        }

        private Version? Any(string key) => _model[key].Count == 0 ? null : _model[key][_random.Next(_model[key].Count)];
    }
}
