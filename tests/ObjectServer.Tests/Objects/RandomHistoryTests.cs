using ObjectStore.Server.Objects;

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
        bench.Store.Rows.ShouldHaveSingleItem().Key[0].ShouldBe((byte)'y');
        bench.Blobs.Deleted.Count.ShouldBe(bench.Blobs.Deleted.Distinct().Count(), "a blob was freed twice");
    }

    private static byte[] Body(Random random) => ObjectBench.Bytes(random.Next(3) switch { 0 => 0, 1 => random.Next(1, 17), _ => random.Next(17, 200) }, random.Next());

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
