using System.Xml.Linq;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Replication;

/// <param name="Name">Of which version it is the replica; null if it is none.</param>
/// <param name="VersionId">The endpoint's own; null where it keeps no versions.</param>
internal sealed record PlainVersion(string? Name, string? VersionId);

/// <summary>What an endpoint of another kind has of a key, and changes of what it has.</summary>
internal sealed class PlainVersions(S3Client client, string bucket)
{
    private static readonly XNamespace Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>Null if there is none, or it is a delete marker.</summary>
    public async ValueTask<PlainVersion?> FindCurrentAsync(string key, CancellationToken ct) => await FindAsync(key, null, ct);

    /// <summary>The replica of that version among the key's newest ones, and whether what is above it, or above all that were looked at, came later.</summary>
    public async ValueTask<(PlainVersion? Ours, bool IsBehind)> SearchAsync(string key, string name, int limit, CancellationToken ct)
    {
        var page = WireXml.Parse(await client.SendAsync(HttpMethod.Get, bucket, $"max-keys={limit}&prefix={Uri.EscapeDataString(key)}&versions", [], ct));
        var isBehind = false;
        foreach (var element in page.Elements().Where(element => element.Name.LocalName is "Version" or "DeleteMarker"))
        {
            if (element.Required("Key") != key) continue;
            if (element.Name.LocalName == "DeleteMarker")
            {
                // Whose it is, it does not say.
                isBehind = true;
                continue;
            }
            var found = await FindAsync(key, element.Required("VersionId"), ct);
            if (found?.Name == name) return (found, isBehind);
            isBehind |= found?.Name is { } other && string.CompareOrdinal(other, name) > 0;
        }
        return (null, isBehind);
    }

    /// <summary>Sets what has changed of a version. Null when it is done; else why it cannot be.</summary>
    public async ValueTask<ReplicaOutcome?> ChangeAsync(ReplicaSource source, string? versionId, ReplicaParts parts, CancellationToken ct)
    {
        var record = source.Record;
        if (parts.HasFlag(ReplicaParts.Tags))
        {
            var tags = ObjectInfos.ToHeaders(record.Headers).Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
            await client.PutObjectTagsAsync(bucket, source.Key, versionId, tags, [], ct);
        }
        var held = LockRules.LockOf(record);
        if (parts.HasFlag(ReplicaParts.Retention) && held.Retention.IsSet)
        {
            await PutAsync(source.Key, "retention", versionId, new XElement(Namespace + "Retention",
                new XElement(Namespace + "Mode", held.Retention.Mode == RetentionMode.Compliance ? "COMPLIANCE" : "GOVERNANCE"),
                new XElement(Namespace + "RetainUntilDate", Timestamps.Iso8601(held.Retention.RetainUntil))), ct);
        }
        if (parts.HasFlag(ReplicaParts.LegalHold))
            await PutAsync(source.Key, "legal-hold", versionId, new XElement(Namespace + "LegalHold", new XElement(Namespace + "Status", held.LegalHold == LegalHold.On ? "ON" : "OFF")), ct);
        if (parts == ReplicaParts.Retention && !held.Retention.IsSet) return ReplicaOutcome.Refused("A retention is not taken away at an endpoint of another kind.");
        if (parts == ReplicaParts.Annotations) return ReplicaOutcome.Refused("Annotations are not sent to an endpoint of another kind.");
        // ACLs name accounts of this store, at a remote an object is its bucket's owner's.
        return null;
    }

    private Task PutAsync(string key, string what, string? versionId, XElement document, CancellationToken ct) =>
        client.PutObjectDocumentAsync(bucket, key, versionId is null ? what : $"{what}&versionId={Uri.EscapeDataString(versionId)}", WireXml.Write(document), ct);

    private async ValueTask<PlainVersion?> FindAsync(string key, string? versionId, CancellationToken ct)
    {
        var found = await client.FindObjectAsync(bucket, key, versionId, [], ct);
        return found is null ? null : new PlainVersion(found.Headers[PlainHeaders.VersionMetadata], found.VersionId ?? versionId);
    }
}
