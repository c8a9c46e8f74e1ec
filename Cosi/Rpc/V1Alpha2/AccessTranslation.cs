using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Protos.V1Alpha2;
using AccessMode = ObjectStore.Cosi.Access.AccessMode;
using WireMode = ObjectStore.Cosi.Protos.V1Alpha2.AccessMode;

namespace ObjectStore.Cosi.Rpc.V1Alpha2;

/// <summary>What both shapes of v1alpha2 say of an access, as the domain has it.</summary>
internal static class AccessTranslation
{
    /// <summary>Source: the API's bound on spec.bucketClaims of a BucketAccess.</summary>
    private const int MaxBuckets = 128;

    /// <exception cref="Grpc.GrpcException">It cannot be had.</exception>
    public static AccessAuthentication Authentication(AuthenticationType? type) => type?.Type switch
    {
        AuthenticationType.Types.Type.Key => AccessAuthentication.Key,
        AuthenticationType.Types.Type.ServiceAccount => AccessAuthentication.ServiceAccount,
        var other => throw Statuses.Invalid($"authentication_type {other ?? AuthenticationType.Types.Type.Unknown} is not known: KEY and SERVICE_ACCOUNT are."),
    };

    /// <summary>With keys the name is not asked for, and whatever is sent says nothing.</summary>
    /// <inheritdoc cref="Authentication"/>
    public static string ServiceAccount(AccessAuthentication authentication, string name) =>
        authentication == AccessAuthentication.Key ? "" : RequestChecks.Name("service_account_name", name);

    /// <inheritdoc cref="Authentication"/>
    public static IReadOnlyList<BucketGrant> Buckets(IReadOnlyCollection<DriverGrantBucketAccessRequest.Types.AccessedBucket> accessed)
    {
        if (accessed.Count == 0) throw Statuses.Invalid("buckets is empty: an access is to at least one.");
        if (accessed.Count > MaxBuckets) throw Statuses.Invalid($"buckets has {accessed.Count} of them; an access is to at most {MaxBuckets}.");
        var buckets = new List<BucketGrant>(accessed.Count);
        foreach (var bucket in accessed)
        {
            var id = RequestChecks.Id("buckets.bucket_id", bucket.BucketId);
            if (buckets.Exists(known => known.BucketId == id)) throw Statuses.Invalid($"buckets names {id} twice.");
            buckets.Add(new BucketGrant(id, Modes(bucket)));
        }
        return buckets;
    }

    // The second shape always sends all three; the first has one, by other numbers.
    private static AccessModes Modes(DriverGrantBucketAccessRequest.Types.AccessedBucket bucket)
    {
        if (bucket.ObjectMetadataAccessMode is null && bucket.BucketMetadataAccessMode is null)
        {
            var only = FirstShape(bucket.ObjectDataAccessMode);
            return new AccessModes(only, only, AccessMode.Any);
        }
        return new AccessModes(
            SecondShape("object_data_access_mode", bucket.ObjectDataAccessMode),
            SecondShape("object_metadata_access_mode", bucket.ObjectMetadataAccessMode),
            SecondShape("bucket_metadata_access_mode", bucket.BucketMetadataAccessMode));
    }

    private static AccessMode FirstShape(WireMode? mode) => (int?)mode?.Mode switch
    {
        1 => AccessMode.ReadWrite,
        2 => AccessMode.ReadOnly,
        3 => AccessMode.WriteOnly,
        var number => throw Statuses.Invalid($"access_mode {number ?? 0} is not known: READ_WRITE (1), READ_ONLY (2) and WRITE_ONLY (3) are."),
    };

    private static AccessMode SecondShape(string field, WireMode? mode) => (int?)mode?.Mode switch
    {
        1 => AccessMode.Any,
        2 => AccessMode.ReadWrite,
        3 => AccessMode.ReadOnly,
        4 => AccessMode.WriteOnly,
        var number => throw Statuses.Invalid($"{field} {number ?? 0} is not known: ANY (1), READ_WRITE (2), READ_ONLY (3) and WRITE_ONLY (4) are."),
    };
}
