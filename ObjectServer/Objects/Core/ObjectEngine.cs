using System.Text;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>What the services of the object layer share. Holds no logic of its own.</summary>
internal sealed class ObjectEngine
{
    /// <summary>Longest object key in bytes of UTF-8 (S3's limit).</summary>
    public const int MaxKeyBytes = 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="changes">Null: its own. Positions in queues are given by one for the whole store.</param>
    public ObjectEngine(
        IKeyValueStore store, IBlobStore blobs, ObjectServiceOptions options, uint session, Md5Service md5, TimeProvider time, Random random, ChangeQueue? changes = null)
    {
        Store = store;
        Blobs = blobs;
        Options = options;
        Time = time;
        Ids = new ContentIds(session);
        Digests = new DigestFactory(md5);
        Compression = new ContentCompression(options.CompressionFrameBytes, options.FindZstdProblem);
        Changes = changes ?? new ChangeQueue(store);
        Transactions = new Transactions(store, options.MaxAttempts, time, random, Changes.Committed);
    }

    public IKeyValueStore Store { get; }
    public IBlobStore Blobs { get; }
    public ObjectServiceOptions Options { get; }
    public TimeProvider Time { get; }
    public ContentIds Ids { get; }
    public DigestFactory Digests { get; }
    public Transactions Transactions { get; }

    /// <summary>Where changes go for those who listen to a bucket.</summary>
    public ChangeQueue Changes { get; }

    /// <summary>Without a key manager only keys that customers send can be used.</summary>
    public Keyring Keys { get; init; } = new(null);

    /// <summary>The rules of buckets by which versions expire.</summary>
    public LifecycleRuleCache Lifecycle { get; init; } = new(LifecycleClock.Calendar, StorageClassTable.Default);

    public StorageClassTable Classes { get; init; } = new();

    /// <summary>Storage classes whose objects lie in other stores.</summary>
    public TierTable Tiers => Classes.Tiers;

    public ContentCompression Compression { get; }
    public ContentPins Pins { get; } = new();
    public KeyLocks Locks { get; } = new();
    /// <summary>Log records that come without a request.</summary>
    public LogSignals LogSignals { get; } = new();

    public DiscardedBlobs Discarded { get; } = new();

    /// <summary>
    /// Whether the metadata's drives have room beyond their reserve. Asked before something new is stored: rows and inlined
    /// bytes take space that no drive is asked for. Deletes are never refused for it, they are what the reserve is for.
    /// </summary>
    public Func<bool> HasRoom { get; set; } = static () => true;

    public ulong NowTicks() => Time.GetUtcNow().ToTicks();

    /// <summary>The key's bytes; false when it is empty, too long or not text.</summary>
    public static bool TryEncodeKey(string key, out byte[] utf8)
    {
        utf8 = [];
        if (key.Length is 0 or > MaxKeyBytes) return false;
        try
        {
            utf8 = StrictUtf8.GetBytes(key);
        }
        catch (EncoderFallbackException)
        {
            // A lone surrogate has no UTF-8: no client can have sent it.
            return false;
        }
        return utf8.Length <= MaxKeyBytes;
    }

    public static ValueTask<BucketRecord?> GetBucketAsync(IKvReader reader, string bucket, CancellationToken ct) =>
        reader.GetRecordAsync(SchemaKeys.Bucket(bucket), BucketRecord.Parser, ct);
}
