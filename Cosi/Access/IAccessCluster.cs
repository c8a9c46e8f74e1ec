namespace ObjectStore.Cosi.Access;

/// <summary>What the driver may ask the cluster in which it runs.</summary>
internal interface IAccessCluster
{
    /// <summary>Tells this cluster from others that use the same server.</summary>
    string Id { get; }

    /// <summary>All BucketAccess objects, of whatever version is served; null if the cluster serves none.</summary>
    Task<IReadOnlyList<ClusterAccess>?> ListAsync(CancellationToken ct);
}

/// <summary>A BucketAccess.</summary>
/// <param name="AccountId">What its status says; null if nothing yet.</param>
/// <param name="ServiceAccount">Null if it names none.</param>
/// <param name="Secrets">The names of the secrets that hold its credentials, in its namespace.</param>
internal sealed record ClusterAccess(string Namespace, string Name, string Uid, string? AccountId, string? ServiceAccount, IReadOnlyList<string> Secrets)
{
    /// <summary>What the sidecars call its account.</summary>
    public string AccountName => "ba-" + Uid;
}
