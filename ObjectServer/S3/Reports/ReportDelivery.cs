using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Logging;

namespace ObjectStore.Server.S3.Reports;

/// <summary>
/// Writes reports about one bucket into another, in the transaction that says so: inventories and analyses. Whoever owns the target lets the service in by its
/// policy. Source: S3 User Guide, "Granting permissions for Amazon S3 Inventory and Amazon S3 analytics".
/// </summary>
internal sealed class ReportDelivery(ObjectServices services, IIdentities identities)
{
    private readonly BucketAccessCache _buckets = new(services.Buckets, identities);
    private readonly ServicePermission _permission = new(identities, services.Engine.Time, ServicePermission.Inventory);

    public ValueTask<BucketAccess?> FindAsync(string bucket, CancellationToken ct) => _buckets.FindAsync(bucket, ct);

    /// <summary>What stands before the names of reports under a prefix.</summary>
    public static string FolderOf(string prefix) => prefix.Length == 0 ? "" : prefix.TrimEnd('/') + "/";

    /// <summary>The target, if it is there, is the account's that was named, and lets reports of the source be written.</summary>
    /// <param name="account">Empty if none was named.</param>
    /// <param name="name">Of a report, behind the prefix's folder.</param>
    public async ValueTask<BucketAccess?> FindTargetAsync(BucketAccess source, string target, string account, string prefix, string name, CancellationToken ct)
    {
        if (await _buckets.FindAsync(target, ct) is not { } found) return null;
        if (account.Length > 0 && account != found.OwnerAccountId) return null;
        var folder = FolderOf(prefix);
        return _permission.Allows(found, AccessLog.SourceOf(source), folder, folder + name) ? found : null;
    }

    /// <param name="also">What the write's transaction does beside it.</param>
    public async ValueTask<bool> PutAsync(
        BucketAccess target, string key, byte[] bytes, string contentType, EncryptionRequest? encryption, Func<IKvTransaction, ValueTask<Failure?>> also, CancellationToken ct)
    {
        var put = await services.Writer.PutAsync(new PutRequest
        {
            Bucket = target.Name,
            Key = key,
            OwnerId = target.OwnerId,
            Headers = ObjectHeaders.Empty with { ContentType = contentType },
            Encryption = encryption,
            Also = also,
        }, new BytesSource(bytes), ct);
        return put.IsOk;
    }
}
