namespace ObjectStore.Server.Configuration;

/// <summary>One setting, wherever it comes from: option --NAME, environment OBJECTSTORE_NAME, key "NAME" of the file.</summary>
/// <param name="Argument">How help shows the value.</param>
/// <param name="IsList">Takes several values.</param>
/// <param name="IsSwitch">True when it is named without a value.</param>
/// <param name="IsSecret">Not on the command line, where every user of the machine sees it.</param>
internal sealed record Setting(string Name, string Argument, string Help, bool IsList = false, bool IsSwitch = false, bool IsSecret = false)
{
    public string Environment { get; } = "OBJECTSTORE_" + Name.ToUpperInvariant().Replace('-', '_');
}

/// <summary>The one table of settings; help, command line, environment and file all follow it.</summary>
internal static class Settings
{
    public static readonly Setting Address = new("address", "HOST:PORT", "where to listen (127.0.0.1:9000)");
    public static readonly Setting Drives = new("drives", "PATTERN...", $"directories of the drives ({DriveDefaults.Pattern})", IsList: true);
    public static readonly Setting Parity = new(
        "parity", "M", "drives of a stripe that may be lost (1 drive: 0, 2-3: 1, 4-8: 2, 9-11: 3, more: 4); chosen when a store is made");
    public static readonly Setting Region = new("region", "NAME", "region that clients sign for (us-east-1)");
    public static readonly Setting WebsiteDomain = new("website-domain", "NAME...", "serve buckets as websites at the hosts BUCKET.NAME", IsList: true);
    public static readonly Setting Domain = new("domain", "NAME...", "also take buckets from the host, as BUCKET.NAME", IsList: true);
    public static readonly Setting TlsCertificate = new("tls-certificate", "FILE", "PEM certificate and chain; reloaded when it changes");
    public static readonly Setting TlsKey = new("tls-key", "FILE", "PEM key of the certificate; reloaded when it changes");
    public static readonly Setting SignatureV2 = new(
        "signature-v2", "[true|false]", "also take requests and forms that are signed by AWS Signature Version 2 (false)", IsSwitch: true);
    public static readonly Setting InsecureOidc = new(
        "insecure-oidc", "[true|false]", "for tests: take OpenID Connect providers over http://, and any audience where one has no client ids (false)", IsSwitch: true);
    public static readonly Setting Dialect = new(
        "s3-dialect", "aws|ceph", "answer as AWS documents it or, where the two differ, as Ceph's gateway does, for clients and policies that come from there (aws)");
    public static readonly Setting OperatorArnsWithoutAccount = new(
        "operator-arns-without-account", "[true|false]", "leave the account out of ARNs of the operator's account, as Ceph does for users without one; part of --s3-dialect ceph (false)", IsSwitch: true);
    public static readonly Setting ErasureKernel = new("erasure-kernel", "NAME", "codec kernel instead of the processor's best");
    public static readonly Setting IoMode = new("io-mode", "direct|buffered", "how drives are written, instead of what is best for each");
    public static readonly Setting DriveDeadline = new(
        "drive-deadline", "SECONDS", "how long a write waits for a drive that is later than the others, 1 to 30 (1); what it lacks then is healed");
    public static readonly Setting AllowUnprovenMetadata = new(
        "allow-unproven-metadata", "[true|false]", "open although newer metadata may be on absent drives, which are lost for good (false)", IsSwitch: true);
    public static readonly Setting KmsKeyFile = new(
        "kms-key-file", "FILE", "keys of server-side encryption (SSE-S3, SSE-KMS); made when missing. Keep a copy: without it nothing encrypted can be read");
    public static readonly Setting VaultAddress = new(
        "vault-address", "URL", "HashiCorp Vault, or OpenBao, whose transit engine holds the keys of server-side encryption; with it --kms-key-file is only for what was written under its keys");
    public static readonly Setting VaultKey = new("vault-key", "NAME", "Vault's key of SSE-S3, and of SSE-KMS where none is named (objectstore)");
    public static readonly Setting VaultMount = new("vault-mount", "PATH", "where the transit engine is mounted (transit)");
    public static readonly Setting VaultNamespace = new("vault-namespace", "NAME", "Vault's namespace (none)");
    public static readonly Setting VaultTokenFile = new("vault-token-file", "FILE", "holds the token for Vault, which is renewed; read anew when it changes");
    public static readonly Setting VaultRoleId = new("vault-role-id", "ID", "role of AppRole to log in to Vault as, instead of a token");
    public static readonly Setting VaultSecretIdFile = new("vault-secret-id-file", "FILE", "holds the secret id of that role");
    public static readonly Setting VaultCaFile = new("vault-ca-file", "FILE", "PEM certificates to trust of Vault, instead of the system's");
    public static readonly Setting VaultTimeout = new("vault-timeout", "SECONDS", "how long a call of Vault may take, 1 to 60 (5)");
    public static readonly Setting VaultCacheSize = new("vault-cache-size", "NUMBER", "most data keys of objects that are kept open in memory (10000); 0 asks Vault for each read");
    public static readonly Setting VaultCacheTime = new("vault-cache-time", "SECONDS", "how long they are, 1 to 86400 (300)");
    public static readonly Setting AllowSseCWithoutTls = new(
        "allow-sse-c-without-tls", "[true|false]", "take keys of customers over plain HTTP, where everybody on the way can read them (false)", IsSwitch: true);
    public static readonly Setting DefaultObjectOwnership = new(
        "default-object-ownership", "OWNERSHIP",
        "of new buckets: BucketOwnerEnforced (no ACLs), BucketOwnerPreferred or ObjectWriter (BucketOwnerEnforced)");
    public static readonly Setting DefaultPublicAccessBlock = new("default-public-access-block", "on|off", "whether new buckets block public access (on)");
    public static readonly Setting StorageClasses = new(
        "storage-class", "NAME=K+M...",
        "further storage classes, or other schemes for those of AWS: NAME=2+1 stores in stripes of 2 shards of data and 1 of parity (REDUCED_REDUNDANCY has half the parity)", IsList: true);
    public static readonly Setting Compression = new(
        "compression", "off|LEVEL", "whether new buckets compress what is written to them, with Zstandard at level 1 to 12 (off); each can be set by `admin bucket compression`");
    public static readonly Setting AllowClassesWithoutParity = new(
        "allow-classes-without-parity", "[true|false]", "take storage classes of no parity (NAME=K+0): one drive that fails loses every object of theirs (false)", IsSwitch: true);
    public static readonly Setting LifecycleDay = new(
        "lifecycle-day", "SECONDS", "for tests: a day of lifecycle rules and of storage class analyses lasts so long, 1 to 86400, and nothing is rounded to midnight (calendar days)");
    public static readonly Setting EventEndpoints = new(
        "event-endpoints", "ENDPOINT...", "where topics of accounts may send events: SCHEME://HOST[:PORT], the host with *. in front for all below it, or * for everywhere (nowhere)", IsList: true);
    public static readonly Setting EventRetention = new("event-retention", "HOURS", "how long events wait for a target that does not take them, before they are dropped (168)");
    public static readonly Setting EventBacklog = new("event-backlog", "NUMBER", "most events that wait for one target; then the oldest are dropped (1000000)");
    public static readonly Setting LogLevel = new("log-level", "LEVEL", "trace, debug (with an access log), information, warning, error (information)");
    public static readonly Setting Config = new("config", "FILE", "JSON file with these settings as keys; options and environment go before it");
    public static readonly Setting RootUser = new("root-user", "NAME", "access key of the root account, at least 3 characters", IsSecret: true);
    public static readonly Setting RootPassword = new("root-password", "SECRET", "its secret key, at least 8 characters", IsSecret: true);

    public static readonly IReadOnlyList<Setting> All =
    [
        Address, Drives, Parity, Region, Domain, WebsiteDomain, TlsCertificate, TlsKey, SignatureV2, InsecureOidc, Dialect, OperatorArnsWithoutAccount, ErasureKernel, IoMode,
        DriveDeadline, AllowUnprovenMetadata, DefaultObjectOwnership, DefaultPublicAccessBlock,
        KmsKeyFile, VaultAddress, VaultKey, VaultMount, VaultNamespace, VaultTokenFile, VaultRoleId, VaultSecretIdFile, VaultCaFile, VaultTimeout, VaultCacheSize, VaultCacheTime, AllowSseCWithoutTls, StorageClasses, AllowClassesWithoutParity, Compression, LifecycleDay, EventEndpoints, EventRetention, EventBacklog, LogLevel, Config, RootUser, RootPassword,
    ];
}
