using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Replication;

/// <summary>Finds the target of a destination, and gives it what it lacks of a version.</summary>
/// <param name="remotes">Null where there are none.</param>
internal sealed class ReplicaSender(ObjectServices services, RemoteTargets? remotes) : IReplicaSender
{
    /// <summary>A part that was lost between is sent again; after this many rounds later.</summary>
    private const int MaxRounds = 3;

    /// <summary>From here on it is asked first whether the target wants the bytes: it would have to take them before it could say no.</summary>
    private const long AskFirstBytes = 1 << 20;

    private readonly AnnotationSender _annotations = new(services);

    public async ValueTask<ReplicaOutcome> SendAsync(ReplicaTask task, CancellationToken ct)
    {
        if (await ReplicaSource.FindAsync(services.Engine, task, ct) is not { } source) return ReplicaOutcome.Gone;
        try
        {
            if (task.Destination.Remote is null)
            {
                var found = await LocalReplicaTarget.FindAsync(services, task.Destination, source, ct);
                return found.Refusal ?? await SendAsync(source, task, found.Value!, found.Value!.TakesAcl, ct);
            }
            if (source.Record.Encryption is not null && remotes?.IsOpen(task.Destination) == true) return ReplicaOutcome.Unreadable("The version is encrypted, and the remote is not reached over TLS.");
            if (remotes is null) return ReplicaOutcome.Unavailable($"There is no remote {task.Destination.Remote}.");
            var remote = await remotes.FindAsync(task.Destination, services, task.Key, ct);
            if (remote.Refusal is { } away) return away;
            return remote.Value!.Target is { } target
                ? await SendAsync(source, task, target, withAcl: false, ct)
                : await remote.Value.Plain!.SendAsync(source, task, ct);
        }
        catch (Exception e) when (e is BlobStoreException or TierException or ZstdMissingException)
        {
            return ReplicaOutcome.Unreadable($"The version cannot be read now: {e.Message}");
        }
    }

    public ValueTask<DestinationProbe> ProbeAsync(ReplicaDestination destination, SourceTraits source, CancellationToken ct)
    {
        if (destination.Remote is null) return LocalReplicaTarget.ProbeAsync(services, destination, source, ct);
        return remotes is null
            ? ValueTask.FromResult(new DestinationProbe(DestinationState.NotFound, $"There is no remote {destination.Remote}."))
            : remotes.ProbeAsync(destination, source, ct);
    }

    internal async ValueTask<ReplicaOutcome> SendAsync(ReplicaSource source, ReplicaTask task, IReplicaTarget target, bool withAcl, CancellationToken ct)
    {
        var (document, refusal) = source.Describe(task.Destination, services.Engine.Classes, withAcl, target.TakesSealed);
        if (document is null) return refusal!.Value;
        var isWhole = task.Parts.HasFlag(ReplicaParts.Version);
        var sent = 0L;
        if (source.Record.IsDeleteMarker() || !isWhole)
        {
            var stated = await target.StateAsync(task.Key, document, mustExist: !isWhole, ct);
            if (stated.Refusal is { } failed) return failed;
        }
        else
        {
            var outcome = await SendBodyAsync(source, document, target, ct);
            if (outcome.Result != ReplicaResult.Done) return outcome;
            sent = outcome.SentBytes;
        }
        if (source.Record.Annotations is not null)
        {
            if (await _annotations.SendAsync(source, target, ct) is { } failed) return failed;
        }
        return ReplicaOutcome.Done(sent);
    }

    private async ValueTask<ReplicaOutcome> SendBodyAsync(ReplicaSource source, ReplicaDocument document, IReplicaTarget target, CancellationToken ct)
    {
        if (source.RefuseArchived(services.Engine) is { } archived) return archived;
        if (source.IsSealed)
        {
            using var stored = await source.OpenStoredAsync(services.Engine, ct);
            return stored is null ? ReplicaOutcome.Gone : OutcomeOf(await target.ShareSealedAsync(source.Key, document, stored, ct));
        }
        var opened = await source.OpenAsync(services.Reader, ct);
        if (!opened.IsOk) return ReplicaSource.Unopened(opened.Failure);
        if (opened.Value is null) return ReplicaOutcome.Gone;
        using var handle = opened.Value;
        if (await target.ShareAsync(source.Key, document, handle, ct) is { } shared) return OutcomeOf(shared);
        if (handle.Info.PartCount > 0) return await SendPartsAsync(source, document, target, handle, ct);
        if (handle.Info.LengthBytes >= AskFirstBytes && await target.StateAsync(source.Key, document, mustExist: false, ct) is var asked && (asked.Refusal is not null || asked.Value.State != ReplicaState.Wanted))
            return OutcomeOf(asked);
        return OutcomeOf(await target.PutAsync(source.Key, document, handle, ct));
    }

    private static async ValueTask<ReplicaOutcome> SendPartsAsync(ReplicaSource source, ReplicaDocument document, IReplicaTarget target, ObjectHandle handle, CancellationToken ct)
    {
        var sent = 0L;
        for (var round = 1; ; round++)
        {
            var begun = await target.BeginAsync(source.Key, document, ct);
            if (begun.Refusal is { } refusal) return refusal;
            if (begun.Value!.UploadId is not { } upload) return ReplicaOutcome.Done(sent);
            var there = begun.Value.Parts.ToHashSet();
            var whole = document.Clone();
            await foreach (var part in PartsOf(handle, ct))
            {
                whole.Parts.Add(ToManifest(part));
                if (there.Contains(part.PartNumber)) continue;
                var put = await target.PutPartAsync(source.Key, upload, part, handle, ct);
                if (put.Refusal is { } failed) return failed;
                sent += part.LengthBytes;
            }
            var completed = await target.CompleteAsync(source.Key, whole, upload, ct);
            // What was there may have been the rest of another attempt: it is sent anew.
            if (completed.Refusal is { } again && round < MaxRounds && again.Reason?.StartsWith("InvalidPart", StringComparison.Ordinal) == true && there.Count > 0)
            {
                foreach (var number in there.ToArray())
                {
                    var part = await handle.GetPartAsync(number, ct);
                    if (part.IsOk && (await target.PutPartAsync(source.Key, upload, part.Value, handle, ct)).Refusal is { } failed) return failed;
                }
                continue;
            }
            return completed.Refusal ?? ReplicaOutcome.Done(sent);
        }
    }

    internal static async IAsyncEnumerable<PartInfo> PartsOf(ObjectHandle handle, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        const int pageSize = 500;
        for (int? after = 0; after is { } marker;)
        {
            var page = await handle.ListPartsAsync(marker, pageSize, ct);
            foreach (var part in page.Parts) yield return part;
            after = page.NextMarker;
        }
    }

    private static ManifestPart ToManifest(PartInfo part) => new()
    {
        PartNumber = (uint)part.PartNumber,
        Length = (ulong)part.LengthBytes,
        Etag = Google.Protobuf.ByteString.CopyFrom(Convert.FromHexString(part.ETag)),
        Checksum = ObjectInfos.ToRecord(part.Checksum),
        ModifiedTicks = part.LastModified.ToTicks(),
    };

    private static ReplicaOutcome OutcomeOf(TargetAnswer<ReplicaWrite> answer) => answer.Refusal ?? ReplicaOutcome.Done(answer.Value.SentBytes);
}
