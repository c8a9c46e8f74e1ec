using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A version of elsewhere on its way into a bucket.</summary>
internal sealed record ReplicaRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }

    /// <summary>
    /// As it is where it comes from: sequence and nonce, time, ETag, checksum, headers, tags, lock, and when these were set. What it says of where its
    /// bytes lie and how they are sealed is not looked at.
    /// </summary>
    public required VersionRecord Version { get; init; }

    /// <summary>The canonical id of the account that will own it.</summary>
    public required string OwnerId { get; init; }

    /// <summary>Whether its ACL comes along, which names accounts of this store then.</summary>
    public bool TakesAcl { get; init; }

    /// <summary>Only what is said of a version that is there already; one that is not is <see cref="ObjectFault.NoSuchVersion"/>.</summary>
    public bool MustExist { get; init; }

    /// <summary>Whether it may shorten or end a governance retention that is in force here; without it such a version waits.</summary>
    public bool MayBypassGovernance { get; init; } = true;

    /// <summary>Whether it may take a legal hold away.</summary>
    public bool MayLiftLegalHold { get; init; } = true;

    /// <summary>Null: what the bucket does.</summary>
    public EncryptionRequest? Encryption { get; init; }

    /// <summary>Null: the bucket's.</summary>
    public string? StorageClass { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Replication;
}

/// <summary>What became of a version of elsewhere. Values are on the wire.</summary>
internal enum ReplicaState : byte
{
    /// <summary>It was there, and is as it was.</summary>
    Unchanged = 1,

    /// <summary>It was there, and something about it was set later where it comes from.</summary>
    Changed = 2,
    Made = 3,

    /// <summary>It is not there, and its bytes are missing.</summary>
    Wanted = 4,
}

/// <param name="SentBytes">Of the object, as far as they had to be read.</param>
internal readonly record struct ReplicaWrite(ReplicaState State, long SentBytes = 0);

/// <param name="UploadId">Null unless the state is <see cref="ReplicaState.Wanted"/>.</param>
/// <param name="Parts">Numbers of the parts that are there already.</param>
internal sealed record ReplicaUpload(ReplicaState State, string? UploadId, IReadOnlyList<int> Parts);
