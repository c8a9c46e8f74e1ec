using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Server.Objects;

internal sealed record ObjectServiceOptions
{
    /// <summary>Objects up to this length lie in the metadata. At most 64 KiB.</summary>
    public int InlineLimitBytes { get; init; } = 16 * 1024;

    /// <summary>Least length of a part other than the last. Tests lower it.</summary>
    public long MinPartBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>How long what was unlinked is kept before its space is freed.</summary>
    public TimeSpan GarbageGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Attempts of one transaction before a conflict is reported.</summary>
    public int MaxAttempts { get; init; } = 50;

    /// <summary>Deletes of one DeleteMany that run side by side.</summary>
    public int DeleteParallelism { get; init; } = 16;
}

/// <summary>The object service, one member per verb, over one metadata store and one blob store.</summary>
internal sealed class ObjectServices
{
    public required BucketService Buckets { get; init; }
    public required ObjectWriter Writer { get; init; }
    public required ObjectReader Reader { get; init; }
    public required ObjectDeleter Deleter { get; init; }
    public required ObjectCopier Copier { get; init; }
    public required ObjectLister Lister { get; init; }
    public required VersionLister Versions { get; init; }
    public required MultipartService Multipart { get; init; }
    public required PartWriter Parts { get; init; }
    public required UploadLister Uploads { get; init; }

    /// <summary>Takes a session number durably and puts the services together.</summary>
    public static ValueTask<ObjectServices> OpenAsync(IKeyValueStore store, IBlobStore blobs, ObjectServiceOptions options, TimeProvider time, Random random, CancellationToken ct) => throw new NotImplementedException();
}
