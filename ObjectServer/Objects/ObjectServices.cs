using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>The object service, one member per verb, over one metadata store and one blob store.</summary>
internal sealed class ObjectServices
{
    public required BucketService Buckets { get; init; }
    public required ObjectWriter Writer { get; init; }
    public required ObjectReader Reader { get; init; }
    public required ObjectDeleter Deleter { get; init; }
    public required ObjectCopier Copier { get; init; }
    public required ObjectAppender Appender { get; init; }
    public required ObjectRenamer Renamer { get; init; }
    public required VersionUpdater Updater { get; init; }
    public required AnnotationService Annotations { get; init; }
    public required ObjectLister Lister { get; init; }
    public required VersionLister Versions { get; init; }
    public required MultipartService Multipart { get; init; }
    public required PartWriter Parts { get; init; }
    public required UploadLister Uploads { get; init; }

    public required ReplicaWriter Replicas { get; init; }

    public required LifecycleService Lifecycle { get; init; }

    public required RestoreService Restores { get; init; }

    /// <summary>For the background services, which share ids and pins with the rest.</summary>
    public required ObjectEngine Engine { get; init; }

    /// <summary>Takes a session number durably and puts the services together.</summary>
    /// <exception cref="KvException">The store could not commit.</exception>
    public static async ValueTask<ObjectServices> OpenAsync(
        IKeyValueStore store, IBlobStore blobs, ObjectServiceOptions options, TimeProvider time, Random random, CancellationToken ct, Keyring? keys = null,
        StorageClassTable? classes = null)
    {
        var session = await SessionNumber.TakeAsync(store, ct);
        var table = classes ?? StorageClassTable.Default;
        return Create(new ObjectEngine(store, blobs, options, session, new Md5Service(), time, random)
        {
            Keys = keys ?? new Keyring(null),
            Classes = table,
            Lifecycle = new LifecycleRuleCache(LifecycleClock.Calendar, table),
        });
    }

    public static ObjectServices Create(ObjectEngine engine)
    {
        var reader = new ObjectReader(engine);
        var writer = new ObjectWriter(engine);
        return new ObjectServices
        {
            Engine = engine,
            Buckets = new BucketService(engine),
            Writer = writer,
            Reader = reader,
            Deleter = new ObjectDeleter(engine),
            Copier = new ObjectCopier(engine, reader, writer),
            Appender = new ObjectAppender(engine, reader, writer),
            Renamer = new ObjectRenamer(engine),
            Updater = new VersionUpdater(engine),
            Annotations = new AnnotationService(engine),
            Lister = new ObjectLister(engine),
            Versions = new VersionLister(engine),
            Multipart = new MultipartService(engine),
            Parts = new PartWriter(engine, reader),
            Uploads = new UploadLister(engine),
            Replicas = new ReplicaWriter(engine),
            Lifecycle = new LifecycleService(engine),
            Restores = new RestoreService(engine),
        };
    }
}
