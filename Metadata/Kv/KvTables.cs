namespace ObjectStore.Metadata.Kv;

/// <summary>The tables, each one byte in front of a key. docs/formats/metadata-keys.md draws the keys; keep in step.</summary>
public static class KvTables
{
    public const byte Buckets = (byte)'b';
    public const byte BucketConfigurations = (byte)'B';
    public const byte CurrentVersions = (byte)'c';
    public const byte OtherVersions = (byte)'v';
    public const byte NullVersions = (byte)'n';
    public const byte InlineData = (byte)'d';
    public const byte Annotations = (byte)'a';
    public const byte Contents = (byte)'x';
    public const byte ContentReferences = (byte)'r';
    public const byte Manifests = (byte)'m';
    public const byte Uploads = (byte)'u';
    public const byte Parts = (byte)'p';
    public const byte Garbage = (byte)'g';
    public const byte LostShards = (byte)'h';
    public const byte LostDrives = (byte)'l';
    public const byte SnapshotOnly = (byte)'o';
    public const byte SnapshotDeadlists = (byte)'k';
    public const byte ForkHidden = (byte)'w';
    public const byte Due = (byte)'t';
    public const byte Queues = (byte)'q';
    public const byte Counters = (byte)'s';
    public const byte Identities = (byte)'i';
    public const byte System = (byte)'y';

    public static ReadOnlySpan<byte> All => "bBcvndaxrmupghlokwtqsiy"u8;
}
