using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed partial class MetadataCheck
{
    /// <summary>The sets of annotations that versions name.</summary>
    private readonly Dictionary<ContentId, AnnotationSetRecord> _annotationSets = [];

    private void NoteAnnotations(AnnotationSetRecord annotations, VersionRecord record, string version)
    {
        var set = ContentId.FromField(annotations.Id);
        if (record.IsDeleteMarker()) Report($"{version} is a delete marker with annotations.");
        if (record.Encryption?.Method == (uint)EncryptionMethod.CustomerKey) Report($"{version} is sealed under its writer's key and has annotations.");
        if (!_annotationSets.TryAdd(set, annotations)) Report($"{version} has the annotations {set} of another version.");
        if (_garbage.Contains(set)) Report($"{version} has annotations {set}, which are garbage.");
    }

    /// <summary>Each row belongs to the set of one version, or to one that is garbage, and sets have as many rows and bytes as their versions say.</summary>
    private async ValueTask CheckAnnotationsAsync(CancellationToken ct)
    {
        var found = new Dictionary<ContentId, (uint Count, ulong Length)>();
        var numbers = new HashSet<(ContentId, uint)>();
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Annotations));
        while (await cursor.MoveNextAsync(ct))
        {
            var set = SchemaKeys.AnnotationSet(cursor.Key);
            var record = AnnotationRecord.Parser.ParseFrom(cursor.Value);
            var (count, length) = found.GetValueOrDefault(set);
            if (!record.Deleted) found[set] = (count + 1, length + record.Length);
            else if (record.Length > 0 || !record.ContentId.IsEmpty) Report($"An annotation of {set} that was deleted has bytes.");
            if (!numbers.Add((set, record.Number))) Report($"Two annotations of {set} have the number {record.Number}.");
            CheckAnnotation(set, record);
        }
        foreach (var (set, stated) in _annotationSets)
        {
            var (count, length) = found.GetValueOrDefault(set);
            if ((count, length) != (stated.Count, stated.Length)) Report($"Annotations {set}: {count} of {length} bytes, not {stated.Count} of {stated.Length}.");
        }
    }

    private void CheckAnnotation(ContentId set, AnnotationRecord record)
    {
        if (!_annotationSets.TryGetValue(set, out var stated))
        {
            if (!_garbage.Contains(set)) Report($"An annotation's version is gone: {set}.");
        }
        else if (record.Number == 0 || record.Number > stated.LastNumber)
        {
            Report($"An annotation of {set} has the number {record.Number}, behind {stated.LastNumber}.");
        }
        var stored = record.Encryption is null ? (long)record.Length : ContentSeal.SealedLength((long)record.Length);
        if (record.ContentId.IsEmpty && record.Inlined.Length != stored) Report($"An annotation of {set} has {record.Inlined.Length} bytes, not {stored}.");
        HoldPart(set, (int)record.Number, record.ContentId, 0, (ulong)stored, record.Reference);
    }
}
