using ObjectStore.Client.Admin;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>How replication stands, and walks through what buckets had before their rules, which no call of S3 begins.</summary>
internal sealed class ReplicationCalls(ReplicationService replication, TimeProvider time)
{
    private const string Status = "buckets/*/replication";
    private const string Sync = "buckets/*/replication/sync";

    public IEnumerable<AdminCall> All =>
    [
        new("GET", Status, AdminAction.GetBucketReplication, BucketOf, GetAsync),
        new("POST", Sync, AdminAction.SyncBucketReplication, BucketOf, SyncAsync) { HasBody = true },
        new("DELETE", Sync, AdminAction.SyncBucketReplication, BucketOf, CancelAsync),
    ];

    private static string BucketOf(IReadOnlyList<string> path) => AdminResources.Bucket(path[0]);

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct)
    {
        var status = await replication.GetStatusAsync(context[0], ct);
        if (!status.IsOk) return Refused(status.Failure, context[0]);
        var document = new BucketReplicationDocument
        {
            Bucket = context[0],
            Destinations = [.. status.Value.Destinations.Select(ToDocument)],
            Sync = status.Value.Walk is { } walk ? ToDocument(walk) : null,
        };
        return AdminAnswer.Of(document, AdminJson.Default.BucketReplicationDocument);
    }

    private async ValueTask<AdminAnswer> SyncAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewReplicationSyncDocument, out var wish, out var refused)) return refused;
        if (wish is { FailedOnly: true, Again: true }) return AdminError.Invalid("failedOnly and again exclude each other.");
        var request = new SyncRequest(wish.Prefix ?? "", wish.FailedOnly ?? false, wish.Again ?? false);
        if (System.Text.Encoding.UTF8.GetByteCount(request.Prefix) > ObjectEngine.MaxKeyBytes) return AdminError.Invalid("A prefix has at most 1,024 bytes.");
        var begun = await replication.SyncAsync(context[0], request, ct);
        return begun.IsOk ? await GetAsync(context, ct) : Refused(begun.Failure, context[0]);
    }

    private async ValueTask<AdminAnswer> CancelAsync(AdminContext context, CancellationToken ct)
    {
        var cancelled = await replication.CancelSyncAsync(context[0], ct);
        if (cancelled.IsOk) return AdminAnswer.NoContent;
        return cancelled.Fault == ObjectFault.NoSuchConfiguration ? AdminError.NotFound($"No walk through the bucket \"{context[0]}\" is under way.") : AdminError.Of(cancelled.Failure, context[0]);
    }

    private static AdminError Refused(Failure failure, string bucket) =>
        failure.Fault == ObjectFault.NoSuchConfiguration ? AdminError.NotFound($"The bucket \"{bucket}\" has no rules of replication.") : AdminError.Of(failure, bucket);

    private ReplicationDestinationDocument ToDocument(DestinationStatus status) => new()
    {
        Destination = status.DestinationArn,
        Pending = status.Numbers.Backlog,
        PendingBytes = status.Numbers.BacklogBytes,
        LagSeconds = status.Numbers.Oldest is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0,
        Done = status.Numbers.Done,
        SentBytes = status.Numbers.SentBytes,
        Failed = status.Numbers.Refused,
        Retries = status.Numbers.FailedAttempts,
        LastError = status.Numbers.LastError,
        LastRefusal = status.Numbers.LastRefusal,
    };

    private static ReplicationSyncDocument ToDocument(ReplicationWalkRecord walk) => new()
    {
        State = (WalkEnd)walk.End switch
        {
            WalkEnd.Finished => "finished",
            WalkEnd.Cancelled => "cancelled",
            WalkEnd.RulesRemoved => "rules-removed",
            _ => "running",
        },
        BegunAt = KvRecords.FromTicks(walk.BegunTicks).UtcDateTime,
        EndedAt = walk.EndedTicks == 0 ? null : KvRecords.FromTicks(walk.EndedTicks).UtcDateTime,
        Prefix = ObjectInfos.NullIfEmpty(walk.Prefix),
        FailedOnly = walk.FailedOnly,
        Again = walk.Again,
        Looked = walk.Looked,
        Queued = walk.Queued,
    };
}
