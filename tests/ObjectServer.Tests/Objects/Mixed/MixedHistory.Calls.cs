using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>Calls on objects.</summary>
internal sealed partial class MixedHistory
{
    private Task PutAsync(MixedBucket bucket, string key)
    {
        var (body, method, tag) = (NewBody(), AnyMethod(), _random.Next(2) == 0 ? "" : $"t{_random.Next(9)}");
        var request = new PutRequest
        {
            Bucket = bucket.Name, Key = key, OwnerId = "owner", Encryption = Sealing(method), StorageClass = AnyClass(), StoredChecksum = ChecksumAlgorithm.Crc64Nvme,
            Headers = new ObjectHeaders { Tags = TagsOf(tag) },
        };
        return DoAsync(
            $"put {bucket.Name}/{key} {body.Length} {method}",
            async () => IdOf(await Services.Writer.PutAsync(request, Body(body), default)),
            id => InsertAsync(bucket, key, new MixedVersion(id ?? "?", body) { Method = method, Tag = tag }),
            bucket.IsOverWith(key, body.Length) ? ObjectFault.QuotaExceeded : ObjectFault.None);
    }

    private Task AppendAsync(MixedBucket bucket, string key)
    {
        var (more, current) = (NewBody(), bucket.Current(key));
        // Now and then at a place that is not the end.
        var offset = (current?.Body.Length ?? 0) + (_random.Next(10) == 0 ? 1 : 0);
        var method = current?.Method ?? AnyMethod();
        var request = new AppendRequest
        {
            Put = new PutRequest { Bucket = bucket.Name, Key = key, OwnerId = "owner", Encryption = current is null ? Sealing(method) : null, StoredChecksum = ChecksumAlgorithm.Crc64Nvme },
            OffsetBytes = offset, CustomerKey = KeyFor(method),
        };
        var expected = bucket.Versioning != VersioningState.Unversioned ? ObjectFault.InvalidBucketState
            : offset != (current?.Body.Length ?? 0) ? ObjectFault.InvalidWriteOffset
            : (current is null ? bucket.IsOverWith(key, more.Length) : bucket.IsOver(more.Length)) ? ObjectFault.QuotaExceeded
            : ObjectFault.None;
        return DoAsync(
            $"append {bucket.Name}/{key} {more.Length} at {offset} {method}",
            async () => IdOf(await Services.Appender.AppendAsync(request, Body(more), default)),
            id =>
            {
                if (bucket.Current(key) is not { } before) return InsertAsync(bucket, key, new MixedVersion(id ?? "?", more) { Method = method });
                if (more.Length > 0) bucket.Replace(key, before.Id, version => version with { Body = [.. version.Body, .. more], ETag = null });
                return Task.CompletedTask;
            },
            expected);
    }

    private async Task CopyAsync(MixedBucket bucket, string key)
    {
        var (sourceBucket, sourceKey) = (_buckets[_random.Next(2)], Names[_random.Next(Names.Length)]);
        if (sourceBucket.Keys.GetValueOrDefault(sourceKey) is not { Count: > 0 } versions) return;
        // The current one, or an older one by its id: so it is restored.
        var source = _random.Next(2) == 0 ? versions[0] : versions[_random.Next(versions.Count)];
        var (method, excludes) = (AnyMethod(), _random.Next(4) == 0);
        var byId = _random.Next(2) == 0 || !ReferenceEquals(source, versions[0]);
        var request = new CopyRequest
        {
            SourceBucket = sourceBucket.Name, SourceKey = sourceKey, SourceVersionId = byId ? source.Id : null, SourceCustomerKey = KeyFor(source.Method),
            Bucket = bucket.Name, Key = key, OwnerId = "owner", ReplaceHeaders = ObjectHeaders.Empty, Encryption = Sealing(method), StorageClass = AnyClass(), ExcludesAnnotations = excludes,
            StoredChecksum = _random.Next(3) == 0 ? ChecksumAlgorithm.Crc64Nvme : ChecksumAlgorithm.None,
        };
        var takes = !excludes && source.Annotations.Count > 0;
        var expected = source.IsMarker || (takes && method == EncryptionMethod.CustomerKey) ? ObjectFault.Unreadable
            : bucket.IsOverWith(key, takes ? source.BytesOf : source.Body.Length) ? ObjectFault.QuotaExceeded
            : ObjectFault.None;
        var before = source.CopyOf();
        await DoAsync(
            $"copy {sourceBucket.Name}/{sourceKey} {source.Id} {source.Method} to {bucket.Name}/{key} {method}{(excludes ? " without annotations" : "")}",
            async () =>
            {
                var copied = await Services.Copier.CopyAsync(request, default);
                return copied.IsOk ? VersionIn(copied.Value.Written) : copied.Failure;
            },
            async id =>
            {
                // Raced, it may be a copy of what was there before, or of what is there since: it is whole in either case.
                var now = byId ? sourceBucket.Find(sourceKey, source.Id) : sourceBucket.Current(sourceKey);
                var copy = now is { IsMarker: false } && !await IsCopyOfAsync(bucket, key, id, before, excludes) ? now : before;
                await InsertAsync(bucket, key, copy.CopyOf() with { Id = id ?? "?", Method = method, ETag = null, Annotations = excludes ? new(StringComparer.Ordinal) : copy.CopyOf().Annotations });
            },
            expected);
    }

    private Task RenameAsync(MixedBucket bucket, string key)
    {
        var from = Names[_random.Next(Names.Length)];
        if (from == key) return Task.CompletedTask;
        var request = new RenameRequest { Bucket = bucket.Name, SourceKey = from, Key = key };
        var expected = bucket.Versioning != VersioningState.Unversioned ? ObjectFault.InvalidBucketState : bucket.Current(from) is null ? ObjectFault.NoSuchKey : ObjectFault.None;
        return DoAsync(
            $"rename {bucket.Name}/{from} to {key}",
            async () => IdOf(await Services.Renamer.RenameAsync(request, default)),
            _ =>
            {
                var moved = bucket.Current(from)!;
                bucket.Remove(from, moved.Id);
                bucket.Insert(key, moved);
                return Task.CompletedTask;
            },
            expected);
    }

    private Task DeleteAsync(MixedBucket bucket, string key)
    {
        var found = false;
        return DoAsync(
            $"delete {bucket.Name}/{key}",
            async () =>
            {
                var deleted = await Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = bucket.Name, Key = key }, default);
                found = deleted is { IsOk: true, Value: { Existed: true } or { MarkerMade: true } };
                return deleted.IsOk ? deleted.Value.VersionId : deleted.Failure;
            },
            id =>
            {
                // What was not there was not deleted; a race may have brought it since.
                if (id is null && !found && _trouble.Kind == Trouble.Race) return Task.CompletedTask;
                if (bucket.Versioning != VersioningState.Unversioned) return InsertAsync(bucket, key, new MixedVersion(id ?? "?", []) { IsMarker = true });
                bucket.Keys.Remove(key);
                return Task.CompletedTask;
            });
    }

    private Task DeleteVersionAsync(MixedBucket bucket, string key)
    {
        if (Any(bucket, key) is not { } version) return Task.CompletedTask;
        var existed = true;
        return DoAsync(
            $"delete {bucket.Name}/{key} {version.Id}",
            async () =>
            {
                var deleted = await Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = bucket.Name, Key = key, VersionId = version.Id }, default);
                existed = deleted is not { IsOk: true, Value.Existed: false };
                return deleted.IsOk ? version.Id : deleted.Failure;
            },
            _ =>
            {
                if (existed) bucket.Remove(key, version.Id);
                return Task.CompletedTask;
            });
    }

    private Task TagAsync(MixedBucket bucket, string key)
    {
        if (Any(bucket, key) is not { } version) return Task.CompletedTask;
        var tag = $"t{_random.Next(9)}";
        return DoAsync(
            $"tag {bucket.Name}/{key} {version.Id}",
            async () => IdOf(await Services.Updater.SetTagsAsync(new VersionTarget(bucket.Name, key, version.Id), TagsOf(tag), default)),
            _ =>
            {
                bucket.Replace(key, version.Id, found => found with { Tag = tag });
                return Task.CompletedTask;
            },
            version.IsMarker ? ObjectFault.Unreadable : ObjectFault.None);
    }

    /// <summary>Wraps its data key under another key.</summary>
    private Task RewrapAsync(MixedBucket bucket, string key)
    {
        if (Any(bucket, key) is not { } version) return Task.CompletedTask;
        var canBe = version is { IsMarker: false, Method: EncryptionMethod.StoreKey or EncryptionMethod.ManagedKey };
        return DoAsync(
            $"rewrap {bucket.Name}/{key} {version.Id}",
            async () => IdOf(await Services.Updater.SetManagedKeyAsync(new VersionTarget(bucket.Name, key, version.Id), _random.Next(2) == 0 ? "first" : "second", bucketKey: false, default)),
            _ =>
            {
                bucket.Replace(key, version.Id, found => found with { Method = EncryptionMethod.ManagedKey });
                return Task.CompletedTask;
            },
            canBe ? ObjectFault.None : ObjectFault.Unreadable);
    }

    private Task AnnotateAsync(MixedBucket bucket, string key)
    {
        if (Any(bucket, key) is not { } version) return Task.CompletedTask;
        var name = AnnotationNames[_random.Next(AnnotationNames.Length)];
        var text = Annotations.Text(_random.Next(4) switch { 0 => 1, 1 => 16, 2 => 17, _ => _random.Next(18, 100) }, _random.Next());
        var expected = version.IsMarker || version.Method == EncryptionMethod.CustomerKey ? ObjectFault.Unreadable
            : bucket.IsOver(text.Length - (version.Annotations.GetValueOrDefault(name)?.Length ?? 0)) ? ObjectFault.QuotaExceeded
            : ObjectFault.None;
        return DoAsync(
            $"annotate {bucket.Name}/{key} {version.Id} {name} {text.Length}",
            async () =>
            {
                var put = await Services.Annotations.PutAsync(Target(bucket, key, version, name), Body(text), default);
                return put.IsOk ? version.Id : put.Failure;
            },
            _ =>
            {
                bucket.Find(key, version.Id)!.Annotations[name] = text;
                return Task.CompletedTask;
            },
            expected);
    }

    private Task RemoveAnnotationAsync(MixedBucket bucket, string key)
    {
        if (Any(bucket, key) is not { } version) return Task.CompletedTask;
        var name = AnnotationNames[_random.Next(AnnotationNames.Length)];
        var had = version.Annotations.ContainsKey(name);
        return DoAsync(
            $"remove annotation {bucket.Name}/{key} {version.Id} {name}",
            async () => IdOf(await Services.Annotations.DeleteAsync(Target(bucket, key, version, name), default)),
            _ =>
            {
                // Where there was none nothing was committed, and a race comes after that.
                if (had) bucket.Find(key, version.Id)?.Annotations.Remove(name);
                return Task.CompletedTask;
            },
            version.IsMarker || version.Method == EncryptionMethod.CustomerKey ? ObjectFault.Unreadable : ObjectFault.None);
    }

    private static AnnotationTarget Target(MixedBucket bucket, string key, MixedVersion version, string name) =>
        new() { Bucket = bucket.Name, Key = key, VersionId = version.Id, Name = name };

    private MixedVersion? Any(MixedBucket bucket, string key) => bucket.Keys.GetValueOrDefault(key) is { Count: > 0 } versions ? versions[_random.Next(versions.Count)] : null;

    private static KeyValuePair<string, string>[] TagsOf(string tag) => tag.Length == 0 ? [] : [new("tag", tag)];

    private static Result<string?> IdOf(Result<WriteResult> written) => written.IsOk ? written.Value.VersionId : written.Failure;

    private static Result<string?> IdOf(Result<ObjectInfo> found) => found.IsOk ? found.Value.VersionId : found.Failure;

    /// <summary>Where the answer was lost, the version's id is what a listing says.</summary>
    private async Task InsertAsync(MixedBucket bucket, string key, MixedVersion version)
    {
        bucket.Insert(key, version);
        if (version.Id != "?") return;
        var listed = await ListAsync(bucket);
        bucket.Keys[key][0] = version with { Id = listed.First(found => found.Key == key).VersionId };
    }

    private async Task<bool> IsCopyOfAsync(MixedBucket bucket, string key, string? id, MixedVersion source, bool excludes)
    {
        var opened = await Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket.Name, Key = key, VersionId = id, CustomerKey = null }, default);
        if (!opened.IsOk) opened = await Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket.Name, Key = key, VersionId = id, CustomerKey = CustomerKey }, default);
        using var handle = opened.Value;
        var body = await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes);
        return body.AsSpan().SequenceEqual(source.Body) && handle.Info.Tags.SequenceEqual(TagsOf(source.Tag))
            && (excludes || await TextsAsync(bucket, key, handle.Info.VersionId) is var texts && texts.SequenceEqual(TextsOf(source)));
    }
}
