using ObjectStore.Erasure.Codec;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.Configuration;

/// <summary>All that the server is told, validated: made once at start by <see cref="OptionsReader"/> and never changed.</summary>
internal sealed record ServerOptions
{
    public required ListenAddress Address { get; init; }

    /// <summary>Directories, absolute, each once, in the order given.</summary>
    public required IReadOnlyList<string> Drives { get; init; }

    /// <summary>How many drives of a stripe may be lost.</summary>
    public required int Parity { get; init; }

    public required string Region { get; init; }

    /// <summary>Names below which a bucket may stand in the host; empty for path style only.</summary>
    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary>Names below which a bucket stands in the host of its website; empty for none.</summary>
    public IReadOnlyList<string> WebsiteDomains { get; init; } = [];

    /// <summary>Null for plain HTTP.</summary>
    public required TlsFiles? Tls { get; init; }

    public required string RootUser { get; init; }

    public required Secret RootPassword { get; init; }

    public required bool HasDefaultCredentials { get; init; }

    /// <summary>Also take what AWS Signature Version 2 signs, whose signatures cover less than those of version 4.</summary>
    public bool SignatureV2 { get; init; }

    /// <summary>Whether OpenID Connect providers may be http://, and take any audience without client ids. For tests only.</summary>
    public bool InsecureOidc { get; init; }

    /// <summary>Whose answers are given where AWS and Ceph differ.</summary>
    public S3Dialect Dialect { get; init; } = S3Dialect.Aws;

    /// <summary>Whether ARNs of the operator's account name no account, also in the dialect of AWS.</summary>
    public bool OperatorArnsWithoutAccount { get; init; }

    /// <summary>Name of the codec's kernel; null lets the processor decide.</summary>
    public required string? ErasureKernel { get; init; }

    /// <summary>"direct" or "buffered"; null lets each drive decide.</summary>
    public required string? IoMode { get; init; }

    /// <summary>How long a write waits for a drive, of data or of metadata, that is later than the others.</summary>
    public TimeSpan DriveDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The operator's word that absent drives are lost for good, and with them what only they know. For one start; not to be left on.
    /// </summary>
    public bool AllowUnprovenMetadata { get; init; }

    /// <summary>The file of the keys for server-side encryption; null for none.</summary>
    public string? KmsKeyFile { get; init; }

    /// <summary>The Vault that holds the keys for server-side encryption; null for none.</summary>
    public VaultOptions? Vault { get; init; }

    /// <summary>Take keys of customers (SSE-C) over plain HTTP.</summary>
    public bool AllowCustomerKeysWithoutTls { get; init; }

    /// <summary>Object ownership of new buckets whose maker names none.</summary>
    public ObjectOwnership DefaultObjectOwnership { get; init; } = ObjectOwnership.BucketOwnerEnforced;

    /// <summary>What is blocked of public access to new buckets.</summary>
    public PublicAccessBlock DefaultPublicAccessBlock { get; init; } = PublicAccessBlock.All;

    /// <summary>Storage classes with a scheme of their own.</summary>
    public IReadOnlyDictionary<string, Scheme> StorageClasses { get; init; } = new Dictionary<string, Scheme>();

    /// <summary>What buckets that are made from now on compress; null: nothing.</summary>
    public BucketCompression? NewBucketCompression { get; init; }

    /// <summary>How long a day of lifecycle rules lasts; null for those of the calendar. For tests only.</summary>
    public TimeSpan? LifecycleDay { get; init; }

    /// <summary>Bounds of notifications, and what endpoints accounts may name.</summary>
    public NotificationOptions Notifications { get; init; } = new();

    public required LogLevel LogLevel { get; init; }

    /// <summary>How long requests in flight may go on after a SIGTERM.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The scheme that new blobs get: as wide as the drives allow, up to <see cref="DriveDefaults.MaxWidth"/>.</summary>
    public Scheme Scheme
    {
        get
        {
            var width = Math.Min(Drives.Count, DriveDefaults.MaxWidth);
            return new Scheme(width - Parity, Parity);
        }
    }

    /// <summary>For the log: no secrets.</summary>
    public override string ToString() =>
        $"address {Address}, {Drives.Count} drives, scheme {Scheme.DataShards}+{Scheme.ParityShards}, region {Region}"
        + (Dialect == S3Dialect.Aws ? "" : $", dialect {Dialect.Name}")
        + (Tls is null ? "" : ", TLS")
        + (Domains.Count == 0 ? "" : $", domains {string.Join(' ', Domains)}");
}

/// <summary>PEM files; the certificate's may hold the chain behind it.</summary>
internal sealed record TlsFiles(string CertificatePath, string KeyPath);

/// <summary>What is chosen where nothing is said.</summary>
internal static class DriveDefaults
{
    public const string Pattern = "./data/drive{1...6}";

    /// <summary>Shards of one stripe at most: beyond it a stripe costs more seeks than it saves space.</summary>
    public const int MaxWidth = 16;

    /// <summary>
    /// One drive has no parity, two or three have one, up to eight two, up to eleven three, more four: about a quarter of
    /// the space of a wide store, and two drives lost of the default six.
    /// </summary>
    public static int ParityOf(int drives) => drives switch
    {
        <= 1 => 0,
        <= 3 => 1,
        <= 8 => 2,
        <= 11 => 3,
        _ => 4,
    };
}
