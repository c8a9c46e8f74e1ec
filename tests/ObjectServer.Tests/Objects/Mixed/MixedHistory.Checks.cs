using System.Text;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>Whether the store is as the model says.</summary>
internal sealed partial class MixedHistory
{
    /// <summary>Rows agree with one another, counters with a recount and with the model, and listings with the model.</summary>
    private async Task ShouldBeSoundAsync()
    {
        await _bench.ShouldBeSoundAsync(Note);
        foreach (var bucket in _buckets)
        {
            var usage = (await Services.Buckets.GetUsageAsync(bucket.Name, default)).Value;
            usage.ShouldBe(new BucketUsage(bucket.Objects, bucket.Versions, bucket.Markers, bucket.Bytes, usage.PartBytes), Note);
            if (bucket.Quota is { } quota)
                (await Services.Buckets.Quotas.GetAsync(bucket.Name, default)).Value.ShouldBe(new QuotaUsage(quota, bucket.Bytes + bucket.PartBytes, bucket.Versions), Note);
        }
        // One key at a time is read whole; all of them at the end.
        var any = _buckets[_random.Next(2)];
        await ShouldAgreeAsync(any, Names[_random.Next(Names.Length)]);
    }

    public async Task ShouldAgreeAsync()
    {
        foreach (var bucket in _buckets)
        {
            var listed = (await ListAsync(bucket)).Select(version => $"{version.Key} {version.VersionId} {version.IsDeleteMarker}");
            var expected = bucket.Keys.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value.Select(version => $"{pair.Key} {version.Id} {version.IsMarker}"));
            listed.ShouldBe(expected, Note);
            foreach (var key in Names) await ShouldAgreeAsync(bucket, key);
        }
    }

    /// <summary>All that is there can be deleted, and nothing is left of it then.</summary>
    public async Task ShouldLeaveNothingAsync()
    {
        // Days enough for all that is due, and for what a crash left of moves.
        for (var day = 0; day < 10; day++)
        {
            _bench.Time.Advance(TimeSpan.FromDays(1));
            await _bench.ExpireAsync();
            await _bench.CollectAllAsync();
        }
        await ShouldAgreeAsync();
        foreach (var bucket in _buckets)
        {
            foreach (var (id, upload) in bucket.Uploads) (await Services.Multipart.AbortAsync(bucket.Name, upload.Key, id, default)).IsOk.ShouldBeTrue(Note);
            foreach (var (key, versions) in bucket.Keys)
            {
                foreach (var version in versions) await _bench.DeleteAsync(key, version.Id, bucket.Name);
            }
        }
        for (var round = 0; round < 10; round++)
        {
            _bench.Time.Advance(TimeSpan.FromDays(1));
            await _bench.CollectAllAsync();
        }
        await _bench.ShouldBeSoundAsync(Note);
        Services.Engine.Compression.Contexts.Rented.ShouldBe(0, Note);
        byte[] objects = [KvTables.CurrentVersions, KvTables.OtherVersions, KvTables.Annotations, KvTables.Contents, KvTables.ContentReferences, KvTables.Garbage, KvTables.Parts, KvTables.Manifests];
        (await _bench.TablesAsync()).Intersect(objects).ShouldBeEmpty(Note);
        if (!_mayLeak) _bench.Blobs.Stored.ShouldBeEmpty(Note);
    }

    private async Task ShouldAgreeAsync(MixedBucket bucket, string key)
    {
        foreach (var version in bucket.Keys.GetValueOrDefault(key)?.ToList() ?? [])
        {
            if (version.IsMarker) continue;
            var what = $"{bucket.Name}/{key} {version.Id} {version.Method}; {Note}";
            var opened = await Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket.Name, Key = key, VersionId = version.Id, CustomerKey = KeyFor(version.Method) }, default);
            opened.Fault.ShouldBe(ObjectFault.None, what);
            using var handle = opened.Value;
            await ShouldAgreeAsync(handle, version, what);
            (await TextsAsync(bucket, key, version.Id)).ShouldBe(TextsOf(version), what);
            bucket.Replace(key, version.Id, found => found with { ETag = handle.Info.ETag });
        }
    }

    private async Task ShouldAgreeAsync(ObjectHandle handle, MixedVersion version, string what)
    {
        var info = handle.Info;
        (await ObjectBench.ReadAsync(handle, 0, info.LengthBytes)).ShouldBe(version.Body, what);
        var offset = _random.Next(version.Body.Length + 1);
        var length = _random.Next(version.Body.Length - offset + 1);
        (await ObjectBench.ReadAsync(handle, offset, length)).ShouldBe(version.Body[offset..(offset + length)], what);
        (info.Encryption?.Method ?? EncryptionMethod.None).ShouldBe(version.Method, what);
        if (handle.Record.Compression != 0)
        {
            Compressed++;
            version.Method.ShouldNotBe(EncryptionMethod.CustomerKey, what);
            handle.Record.StoredLength.ShouldBeGreaterThan(0UL, what);
        }
        info.Tags.ShouldBe(TagsOf(version.Tag), what);
        info.AnnotationCount.ShouldBe(version.Annotations.Count, what);
        if (version.ETag is not null) info.ETag.ShouldBe(version.ETag, what);
        if (info.Checksum is { Type: ChecksumType.FullObject } checksum)
        {
            using var running = DigestFactory.BeginChecksum(checksum.Algorithm);
            running.Append(version.Body);
            checksum.Value.ToArray().ShouldBe(running.Finish(), what);
        }
        if (info.PartCount > 0)
        {
            var parts = (await handle.ListPartsAsync(0, 10_000, default)).Parts;
            (parts.Count, parts.Sum(part => part.LengthBytes)).ShouldBe((info.PartCount, info.LengthBytes), what);
        }
        if (handle.Content.IsNone) return;
        var scheme = Classes.SchemeOf(info.StorageClass ?? "") ?? _bench.Blobs.DefaultScheme;
        (await (await handle.OpenAsync(default)).UsesSchemeAsync(scheme, default)).ShouldBeTrue($"not stored as {info.StorageClass}: {what}");
    }

    private async Task<IReadOnlyList<string>> TextsAsync(MixedBucket bucket, string key, string versionId)
    {
        var page = await Services.Annotations.ListAsync(new AnnotationListRequest { Bucket = bucket.Name, Key = key, VersionId = versionId }, default);
        if (!page.IsOk) return [];
        var texts = new List<string>();
        foreach (var annotation in page.Value.Annotations)
        {
            using var handle = (await Services.Annotations.OpenAsync(new AnnotationTarget { Bucket = bucket.Name, Key = key, VersionId = versionId, Name = annotation.Name }, default)).Value;
            texts.Add($"{annotation.Name}={Encoding.UTF8.GetString(await ObjectBench.ReadAsync(handle.Content, 0, handle.Annotation.LengthBytes))}");
        }
        return texts;
    }

    private static IEnumerable<string> TextsOf(MixedVersion version) => version.Annotations.Select(pair => $"{pair.Key}={Encoding.UTF8.GetString(pair.Value)}");

    private async Task<IReadOnlyList<ListedVersion>> ListAsync(MixedBucket bucket) =>
        (await Services.Versions.ListAsync(new ListVersionsRequest { Bucket = bucket.Name }, default)).Value.Versions;
}
