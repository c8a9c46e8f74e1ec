using System.Collections.Concurrent;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;
using ObjectStore.Storage.Log;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Random calls against a model. A failure names the seed and the step.</summary>
public sealed class RandomHistoryTests
{
    private static readonly string[] Keys =
    [
        "a", "a/", "a//", "a/b", "a/b/c", "a/c", "a0", "b", "/", "//", "\0", "\0\u0001", "a\0", "a\0b", "a\u0001",
        "\uFFFF", "😀", "ü/ü", "\u00FF\u00FF", new string('z', 1024), new string('\0', 1024),
    ];

    private static readonly string[] Prefixes = ["", "a", "a/", "/", "\0", "ü", "z", "none"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_random_history_of_all_calls_agrees_with_the_model(int seed)
    {
        var random = new Random(seed);
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 40, inlineLimitBytes: 16, seed: seed);
        var model = new ObjectModel();
        for (var step = 0; step < 250; step++)
        {
            var note = $"seed {seed}, step {step}";
            await StepAsync(bench, model, random, note);
            await bench.ShouldBeSoundAsync(note);
            if (step % 5 == 0) await CompareAsync(bench, model, random, note);
        }
        await CompareContentsAsync(bench, model, $"seed {seed}");
        await EmptyAsync(bench, model);
    }

    /// <summary>The same over the embedded store on real directories, which is closed, or killed, and opened again in between.</summary>
    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(13, true)]
    public async Task Invariant_6_a_random_history_over_the_embedded_store_survives_closing_and_killing(int seed, bool kill)
    {
        var random = new Random(seed);
        await using var store = new TestStore(drives: 4);
        // Small, so that flushes, freed journal files and catching up from the journal happen in a short history, too.
        store.Options = store.Options with
        {
            FlushIntervalBytes = 64 << 10, ApplyQueueBytes = 4 << 10, ConflictWindowKeys = 64,
            // An image of a database that is just being flushed may be no database: then the whole journal is needed.
            KeepJournalFiles = kill ? 1000 : 1,
            Journal = new LogOptions { InitialFileSizeBytes = 32 << 10, FileSizeBytes = 64 << 10 },
        };
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 40, inlineLimitBytes: 16, seed: seed, on: await store.OpenAsync());
        var model = new ObjectModel();
        for (var step = 0; step < 240; step++)
        {
            var note = $"seed {seed}, step {step}";
            await StepAsync(bench, model, random, note);
            if (step % 10 == 0) await CompareAsync(bench, model, random, note);
            if (step % 40 != 39) continue;
            if (kill) await store.CrashAsync();
            else await store.CloseAsync();
            await bench.ReopenAsync(await store.OpenAsync(), random.Next());
            await bench.ShouldBeSoundAsync(note);
            await CompareContentsAsync(bench, model, note);
        }
        await EmptyAsync(bench, model);
    }

    /// <summary>Writers side by side are cut off in the middle: what was acknowledged stands, what was not is whole or absent.</summary>
    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public async Task Invariant_6_killing_the_embedded_store_under_concurrent_writers_leaves_it_sound(int seed)
    {
        await using var store = new TestStore(drives: 4);
        var bench = await ObjectBench.CreateAsync(VersioningState.Suspended, seed: seed, on: await store.OpenAsync());
        var acknowledged = new ConcurrentDictionary<string, byte[]>();
        for (var round = 0; round < 3; round++)
        {
            using var dying = new CancellationTokenSource();
            var writers = Enumerable.Range(0, 4).Select(i => Task.Run(() => WriteAsync(bench, acknowledged, new Random(seed * 100 + round * 10 + i), i, dying.Token))).ToArray();
            await Task.Delay(100 + new Random(seed + round).Next(100));
            await TestStore.UntilAsync(() => acknowledged.Keys.Count(IsKept) >= 8);
            // The image is taken while they write on: what is answered from now on may be in it or not.
            await dying.CancelAsync();
            await store.CrashAsync();
            await Task.WhenAll(writers);

            await bench.ReopenAsync(await store.OpenAsync(), seed + round);
            await bench.ShouldBeSoundAsync($"seed {seed}, round {round}");
            foreach (var (key, body) in acknowledged) (await bench.GetAsync(key)).ShouldBe(body, $"seed {seed}, round {round}, key {key}");
            await bench.CollectAllAsync();
            await bench.ShouldBeSoundAsync($"seed {seed}, round {round}, collected");
            foreach (var (key, body) in acknowledged) (await bench.GetAsync(key)).ShouldBe(body, $"seed {seed}, round {round}, key {key}, collected");
        }
        acknowledged.ShouldNotBeEmpty();
    }

    /// <summary>Keys that are not written any more once the store is about to die: what a writer touches then may be the old or the new.</summary>
    private static bool IsKept(string key) => key[^1] >= '4';

    private static async Task WriteAsync(ObjectBench bench, ConcurrentDictionary<string, byte[]> acknowledged, Random random, int writer, CancellationToken dying)
    {
        while (true)
        {
            // A key has one writer; until its call is answered, the key may hold either.
            var key = $"w{writer}/{random.Next(dying.IsCancellationRequested ? 4 : 8)}";
            var body = Body(random);
            acknowledged.TryRemove(key, out _);
            try
            {
                if (random.Next(4) == 0)
                {
                    await bench.DeleteAsync(key);
                    continue;
                }
                var written = random.Next(4) == 0 && body.Length > 0
                    ? await bench.PutPartsAsync(key, body, body)
                    : await bench.PutAsync(key, body);
                if (!dying.IsCancellationRequested) acknowledged[key] = written.LengthBytes == body.Length ? body : [.. body, .. body];
            }
            catch (Exception e) when (e is KvException or ObjectDisposedException or InvalidOperationException)
            {
                // The store went away under the call.
                return;
            }
        }
    }

    private static async Task StepAsync(ObjectBench bench, ObjectModel model, Random random, string note)
    {
        var key = Pick(random, Keys);
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                var body = Body(random);
                var put = await bench.PutAsync(key, body);
                model.Put(key, put.VersionId, body, put.ETag);
                break;
            case 3 or 4:
                var deleted = await bench.DeleteAsync(key);
                deleted.MarkerMade.ShouldBe(model.Versioning != VersioningState.Unversioned, note);
                model.Delete(key, deleted.VersionId);
                break;
            case 5 or 6:
                await DeleteVersionAsync(bench, model, random, key, note);
                break;
            case 7 or 8:
                await CopyAsync(bench, model, random, key, note);
                break;
            case 9:
                await UploadAsync(bench, model, random, key, note);
                break;
            case 10:
                if (random.Next(4) == 0)
                {
                    model.Versioning = random.Next(2) == 0 ? VersioningState.Enabled : VersioningState.Suspended;
                    (await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, model.Versioning, default)).IsOk.ShouldBeTrue();
                }
                break;
            default:
                bench.Time.Advance(TimeSpan.FromMinutes(random.Next(12)));
                await bench.Collector.CollectAsync(default);
                break;
        }
    }

    private static async Task DeleteVersionAsync(ObjectBench bench, ObjectModel model, Random random, string key, string note)
    {
        var versions = model.Keys.GetValueOrDefault(key);
        var id = versions is null || random.Next(5) == 0 ? "null" : versions[random.Next(versions.Count)].Id;
        var version = versions?.Find(candidate => candidate.Id == id);
        var deleted = await bench.DeleteAsync(key, id);
        deleted.Existed.ShouldBe(version is not null, note);
        deleted.IsDeleteMarker.ShouldBe(version?.IsMarker ?? false, note);
        model.DeleteVersion(key, id);
    }

    private static async Task CopyAsync(ObjectBench bench, ObjectModel model, Random random, string key, string note)
    {
        var from = Pick(random, Keys);
        var versions = model.Keys.GetValueOrDefault(from);
        var named = versions is not null && random.Next(2) == 0 ? versions[random.Next(versions.Count)] : null;
        var source = named ?? model.Current(from);
        var copied = await bench.Services.Copier.CopyAsync(
            new CopyRequest
            {
                SourceBucket = ObjectBench.Bucket, SourceKey = from, SourceVersionId = named?.Id, Bucket = ObjectBench.Bucket, Key = key,
                ReplaceHeaders = ObjectHeaders.Empty,
            }, default);
        if (source is null || source.IsMarker)
        {
            copied.IsOk.ShouldBeFalse(note);
            return;
        }
        copied.Fault.ShouldBe(ObjectFault.None, note);
        copied.Value.Written.ETag.ShouldBe(source.ETag, note);
        model.Put(key, copied.Value.Written.VersionId, source.Body, source.ETag);
    }

    private static async Task UploadAsync(ObjectBench bench, ObjectModel model, Random random, string key, string note)
    {
        var upload = await bench.BeginAsync(key);
        var listed = new List<ListedPart>();
        var whole = new List<byte>();
        for (var number = 1; number <= 5; number++)
        {
            if (random.Next(4) == 0) continue;
            var (etag, body) = await UploadPartAsync(bench, model, random, upload, number, note);
            if (random.Next(4) == 0) (etag, body) = await UploadPartAsync(bench, model, random, upload, number, note);
            if (random.Next(4) == 0) continue;
            listed.Add(new ListedPart(number, etag));
            whole.AddRange(body);
        }
        if (listed.Count == 0 || random.Next(4) == 0)
        {
            (await bench.Services.Multipart.AbortAsync(ObjectBench.Bucket, key, upload.UploadId, default)).IsOk.ShouldBeTrue(note);
            return;
        }
        var completed = (await bench.CompleteAsync(upload, listed)).Value;
        completed.LengthBytes.ShouldBe(whole.Count, note);
        model.Put(key, completed.VersionId, [.. whole], completed.ETag);
        (await bench.CompleteAsync(upload, listed)).Value.ETag.ShouldBe(completed.ETag, note);
    }

    private static async Task<(string ETag, byte[] Body)> UploadPartAsync(ObjectBench bench, ObjectModel model, Random random, UploadInfo upload, int number, string note)
    {
        var from = Pick(random, Keys);
        if (random.Next(2) == 0 && model.Current(from) is { Body.Length: > 0 } source)
        {
            var offset = random.Next(source.Body.Length);
            var length = random.Next(1, source.Body.Length - offset + 1);
            var copied = await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest
                {
                    Bucket = ObjectBench.Bucket, Key = upload.Key, UploadId = upload.UploadId, PartNumber = number,
                    SourceBucket = ObjectBench.Bucket, SourceKey = from, Range = (offset, length),
                }, default);
            copied.Fault.ShouldBe(ObjectFault.None, note);
            return (copied.Value.Part.ETag, source.Body[offset..(offset + length)]);
        }
        var body = ObjectBench.Bytes(random.Next(1, 100), random.Next());
        return ((await bench.UploadAsync(upload, number, body)).ETag, body);
    }

    private static async Task CompareAsync(ObjectBench bench, ObjectModel model, Random random, string note)
    {
        var prefix = Pick(random, Prefixes);
        var delimiter = random.Next(3) switch { 0 => null, 1 => "/", _ => "b" };
        var maxKeys = random.Next(1, 8);
        var listed = await Listings.CurrentAsync(bench, prefix, delimiter, maxKeys);
        listed.ShouldBe(model.List(prefix, delimiter), note);

        var versions = await Listings.VersionsAsync(bench, "", null, maxKeys);
        versions.Select(v => (v.Key, v.VersionId, v.IsLatest, v.IsDeleteMarker, v.ETag))
            .ShouldBe(model.AllVersions().Select(v => (v.Key, v.Version.Id, v.IsLatest, v.Version.IsMarker, v.Version.ETag)), note);

        var key = Pick(random, Keys);
        var read = await bench.TryGetAsync(key);
        var current = model.Current(key);
        if (current is null) read.Fault.ShouldBe(model.Keys.ContainsKey(key) ? ObjectFault.DeleteMarkerIsCurrent : ObjectFault.NoSuchKey, note);
        else read.Value.ShouldBe(current.Body, note);
    }

    private static async Task CompareContentsAsync(ObjectBench bench, ObjectModel model, string note)
    {
        foreach (var (key, version, _) in model.AllVersions())
        {
            var read = await bench.TryGetAsync(key, version.Id);
            if (version.IsMarker) read.Fault.ShouldBe(ObjectFault.VersionIsDeleteMarker, note);
            else read.Value.ShouldBe(version.Body, note);
        }
    }

    /// <summary>Deletes everything: nothing may be left but the bucket.</summary>
    private static async Task EmptyAsync(ObjectBench bench, ObjectModel model)
    {
        (await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default)).Fault.ShouldBe(model.Keys.Count > 0 ? ObjectFault.BucketNotEmpty : ObjectFault.None);
        foreach (var (key, version, _) in model.AllVersions().ToList()) await bench.DeleteAsync(key, version.Id);
        (await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default)).Fault.ShouldBeOneOf(ObjectFault.None, ObjectFault.NoSuchBucket);
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        (await bench.TablesAsync()).ShouldAllBe(table => table == KvTables.System);
        bench.Blobs.Deleted.Count.ShouldBe(bench.Blobs.Deleted.Distinct().Count(), "a blob was freed twice");
    }

    private static byte[] Body(Random random) => ObjectBench.Bytes(random.Next(3) switch { 0 => 0, 1 => random.Next(1, 17), _ => random.Next(17, 200) }, random.Next());

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
