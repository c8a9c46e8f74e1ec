using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>Sends of a version's annotations what its target lacks.</summary>
internal sealed class AnnotationSender(ObjectServices services)
{
    /// <summary>Null when all are there; else why not.</summary>
    public async ValueTask<ReplicaOutcome?> SendAsync(ReplicaSource source, IReplicaTarget target, CancellationToken ct)
    {
        var list = await ListAsync(source, ct);
        if (list.Annotations.Count == 0) return null;
        var compared = await target.CompareAnnotationsAsync(source.Key, list, ct);
        if (compared.Refusal is { } refusal) return refusal;
        foreach (var name in compared.Value!)
        {
            var known = list.Annotations.FirstOrDefault(annotation => annotation.Name == name);
            if (known is null) continue;
            var opened = await services.Annotations.OpenAsync(
                new AnnotationTarget { Bucket = source.Bucket, Key = source.Key, VersionId = VersionId.NameOf(source.Record), Name = name }, ct);
            // Deleted since: another task tells of it.
            if (opened.Fault is ObjectFault.NoSuchAnnotation) continue;
            if (opened.Fault is ObjectFault.NoSuchVersion or ObjectFault.NoSuchBucket or ObjectFault.NoSuchKey) return ReplicaOutcome.Gone;
            if (!opened.IsOk) return ReplicaOutcome.Unreadable($"An annotation cannot be read: {opened.Fault}");
            using var handle = opened.Value;
            var one = new ReplicaAnnotationList { Sequence = list.Sequence, Nonce = list.Nonce, Annotations = { Describe(name, handle.Content.Record) } };
            if ((await target.PutAnnotationAsync(source.Key, one, handle.Content, ct)).Refusal is { } failed) return failed;
        }
        return null;
    }

    private async ValueTask<ReplicaAnnotationList> ListAsync(ReplicaSource source, CancellationToken ct)
    {
        var list = new ReplicaAnnotationList { Sequence = source.Record.Sequence, Nonce = source.Record.Nonce };
        using var snapshot = services.Engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.Annotations(ContentId.FromField(source.Record.Annotations.Id)));
        while (await cursor.MoveNextAsync(ct))
        {
            var record = AnnotationRecord.Parser.ParseFrom(cursor.Value);
            var name = Encoding.UTF8.GetString(SchemaKeys.AnnotationName(cursor.Key));
            list.Annotations.Add(record.Deleted ? new ReplicaAnnotation { Name = name, ModifiedTicks = record.ModifiedTicks, Deleted = true } : Describe(name, record));
        }
        return list;
    }

    private static ReplicaAnnotation Describe(string name, AnnotationRecord record) =>
        new() { Name = name, Length = record.Length, Etag = record.Etag, ModifiedTicks = record.ModifiedTicks, Checksum = record.Checksum };

    private static ReplicaAnnotation Describe(string name, VersionRecord content) =>
        new() { Name = name, Length = content.Length, Etag = content.Etag, ModifiedTicks = content.ModifiedTicks, Checksum = content.Checksum };
}
