using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>
/// A bucket of an S3 endpoint of another kind. It gives versions ids and times of its own, and a version that comes later stands above all others: so a
/// version is written only where that is its place. What it is the replica of stands in its user metadata.
/// </summary>
internal sealed class PlainS3Sender(ObjectServices services, S3Client client, ReplicaDestination destination, PlainUploads uploads)
{
    /// <summary>Versions at the endpoint that are asked what they are, where ours is not the newest.</summary>
    private const int MaxAsked = 50;

    private const long MaxPutBytes = 5L << 30;
    private const long MinPartBytes = 5 << 20;

    private readonly PlainVersions _versions = new(client, destination.Bucket);

    public async ValueTask<ReplicaOutcome> SendAsync(ReplicaSource source, ReplicaTask task, CancellationToken ct)
    {
        try
        {
            if (source.Describe(destination, services.Engine.Classes, withAcl: false).Refusal is { } refusal) return refusal;
            return source.Record.IsDeleteMarker() ? await SendMarkerAsync(source, task, ct) : await SendVersionAsync(source, task, ct);
        }
        catch (ClientException e)
        {
            return ReplicaRefusals.Of(e);
        }
        catch (StreamSourceException e)
        {
            return ReplicaOutcome.Unreadable($"The version cannot be read now: {e.InnerException?.Message}");
        }
    }

    private async ValueTask<ReplicaOutcome> SendMarkerAsync(ReplicaSource source, ReplicaTask task, CancellationToken ct)
    {
        var current = await _versions.FindCurrentAsync(source.Key, ct);
        // Nothing to hide, by this marker sent before, or because nothing ever was there; or what is there came later.
        if (current is null || !task.Parts.HasFlag(ReplicaParts.Version) || IsLater(current.Name, NameOf(source))) return ReplicaOutcome.Done(0);
        await client.DeleteObjectAsync(destination.Bucket, source.Key, null, [], ct);
        return ReplicaOutcome.Done(0);
    }

    private async ValueTask<ReplicaOutcome> SendVersionAsync(ReplicaSource source, ReplicaTask task, CancellationToken ct)
    {
        var name = NameOf(source);
        var found = await _versions.FindCurrentAsync(source.Key, ct);
        if (found?.Name != name)
        {
            var isNewest = await IsNewestAsync(source, task, ct);
            if (isNewest && task.Parts.HasFlag(ReplicaParts.Version)) return await WriteAsync(source, name, ct);
            var (ours, isBehind) = await _versions.SearchAsync(source.Key, name, MaxAsked, ct);
            if (ours is null && !task.Parts.HasFlag(ReplicaParts.Version)) return ReplicaOutcome.Refused("The endpoint does not have the version.");
            if (ours is null) return isBehind ? ReplicaOutcome.Refused("The endpoint puts a version above those that are there, and there are newer ones.") : await WriteAsync(source, name, ct);
            found = ours;
        }
        return await _versions.ChangeAsync(source, found.VersionId, task.Parts, ct) ?? ReplicaOutcome.Done(0);
    }

    private async ValueTask<ReplicaOutcome> WriteAsync(ReplicaSource source, string name, CancellationToken ct)
    {
        if (source.RefuseArchived(services.Engine) is { } archived) return archived;
        var opened = await source.OpenAsync(services.Reader, ct);
        if (!opened.IsOk) return ReplicaSource.Unopened(opened.Failure);
        if (opened.Value is null) return ReplicaOutcome.Gone;
        using var handle = opened.Value;
        var parts = await PartsAsync(handle, ct);
        if (parts.Count > 1) return await WritePartsAsync(source, name, handle, parts, ct);
        if (handle.Info.LengthBytes > MaxPutBytes) return ReplicaOutcome.Refused("The version is longer than one write may be, and was not uploaded in parts.");
        var headers = PlainHeaders.Of(source.Record, destination, name, isWhole: true);
        await client.PutObjectAsync(destination.Bucket, source.Key, HandleStream.BodyOf(handle, 0, handle.Info.LengthBytes), headers, ct);
        return ReplicaOutcome.Done(handle.Info.LengthBytes);
    }

    /// <summary>The version's own parts, where the endpoint takes such; none where it goes in one write.</summary>
    private static async ValueTask<List<PartInfo>> PartsAsync(ObjectHandle handle, CancellationToken ct)
    {
        var parts = new List<PartInfo>();
        await foreach (var part in ReplicaSender.PartsOf(handle, ct))
        {
            // All but the last have a least length.
            if (parts.Count > 0 && parts[^1].LengthBytes < MinPartBytes) return [];
            parts.Add(part);
        }
        return parts;
    }

    private async ValueTask<ReplicaOutcome> WritePartsAsync(ReplicaSource source, string name, ObjectHandle handle, List<PartInfo> parts, CancellationToken ct)
    {
        var id = uploads.Find(destination.Remote!, destination.Bucket, source.Key, name);
        var there = id is null ? [] : await ListPartsAsync(new Upload(source.Key, id), ct);
        if (id is null || there is null)
        {
            (id, _) = await client.CreateUploadAsync(destination.Bucket, source.Key, PlainHeaders.Of(source.Record, destination, name, isWhole: false), ct);
            uploads.Add(destination.Remote!, destination.Bucket, source.Key, name, id);
            there = [];
        }
        var (upload, sent) = (new Upload(source.Key, id), 0L);
        var done = new List<UploadedPart>();
        foreach (var part in parts)
        {
            // Whoever knows the upload's id has begun it: its parts are this version's.
            if (there.TryGetValue(part.PartNumber, out var known) && known.LengthBytes == part.LengthBytes)
            {
                done.Add(known);
                continue;
            }
            done.Add(await client.UploadPartAsync(destination.Bucket, upload, part.PartNumber, HandleStream.BodyOf(handle, part.OffsetBytes, part.LengthBytes), [], ct));
            sent += part.LengthBytes;
        }
        await client.CompleteUploadAsync(destination.Bucket, upload, done, [], ct);
        uploads.Remove(destination.Remote!, destination.Bucket, source.Key, name);
        return ReplicaOutcome.Done(sent);
    }

    /// <summary>Null if there is no such upload any more.</summary>
    private async ValueTask<Dictionary<int, UploadedPart>?> ListPartsAsync(Upload upload, CancellationToken ct)
    {
        var all = new Dictionary<int, UploadedPart>();
        try
        {
            for (Client.S3.PartPage? page = null; page is null || page.NextPartNumberMarker is not null;)
            {
                page = await client.ListPartsAsync(destination.Bucket, upload, page, ct);
                foreach (var part in page.Parts) all[part.Number] = part;
            }
            return all;
        }
        catch (ClientException gone) when (gone.Code == "NoSuchUpload")
        {
            return null;
        }
    }

    private async ValueTask<bool> IsNewestAsync(ReplicaSource source, ReplicaTask task, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(source.Key, out var key)) return false;
        using var snapshot = services.Engine.Store.Snapshot();
        var newest = await VersionRows.GetCurrentAsync(snapshot, task.BucketId, key, ct) ?? await VersionRows.GetNewestOtherAsync(snapshot, task.BucketId, key, ct);
        return newest?.Sequence == source.Record.Sequence;
    }

    private static string NameOf(ReplicaSource source) => new VersionId(source.Record.Sequence, source.Record.Nonce).ToString();

    private static bool IsLater(string? name, string than) => name is not null && string.CompareOrdinal(name, than) > 0;
}
