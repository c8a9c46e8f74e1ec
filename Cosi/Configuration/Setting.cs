namespace ObjectStore.Cosi.Configuration;

/// <param name="Name">The option without its dashes; null for what is taken from the environment only.</param>
/// <param name="Variable">The environment variable. COSI_ENDPOINT is the specification's; its prefix is reserved for it.</param>
/// <param name="Argument">What stands behind the option in the help.</param>
internal sealed record Setting(string? Name, string Variable, string Argument, string Help)
{
    public static readonly Setting Endpoint = new("endpoint", "COSI_ENDPOINT", "unix:///PATH.sock", "the socket that the sidecar calls (default unix:///var/lib/cosi/cosi.sock)");
    public static readonly Setting DriverName = new("driver-name", "OBJECTSTORE_COSI_DRIVER_NAME", "NAME", "the driver's name in the classes (default objectstore.cosi.dev)");
    public static readonly Setting Server = new("server", "OBJECTSTORE_SERVER", "URL", "the ObjectStore server, such as https://objectstore:9000");
    public static readonly Setting AccessKeyFile = new("access-key-file", "OBJECTSTORE_ACCESS_KEY_FILE", "FILE", "a file with the access key, instead of OBJECTSTORE_ACCESS_KEY");
    public static readonly Setting SecretKeyFile = new("secret-key-file", "OBJECTSTORE_SECRET_KEY_FILE", "FILE", "a file with the secret key, instead of OBJECTSTORE_SECRET_KEY");
    public static readonly Setting CaFile = new("ca-file", "OBJECTSTORE_CA_FILE", "FILE", "certificates (PEM) that alone are trusted for the server");
    public static readonly Setting Region = new("region", "OBJECTSTORE_REGION", "REGION", "the server's region (default us-east-1)");
    public static readonly Setting S3Endpoint = new("s3-endpoint", "OBJECTSTORE_S3_ENDPOINT", "URL", "the endpoint that workloads are given (default: --server)");
    public static readonly Setting AddressingStyle = new("addressing-style", "OBJECTSTORE_COSI_ADDRESSING_STYLE", "path|virtual", "how workloads address buckets (default path)");
    public static readonly Setting OidcIssuer = new("oidc-issuer", "OBJECTSTORE_COSI_OIDC_ISSUER", "URL", "the issuer of the cluster's service account tokens (default: in a cluster, its own)");
    public static readonly Setting OidcAudience = new("oidc-audience", "OBJECTSTORE_COSI_OIDC_AUDIENCE", "TEXT", "what these tokens must be for (default sts.amazonaws.com)");
    public static readonly Setting PermissionsBoundary = new("permissions-boundary", "OBJECTSTORE_COSI_PERMISSIONS_BOUNDARY", "ARN", "the managed policy beyond which no access goes, whatever the driver gives it (default: none)");
    public static readonly Setting ClusterId = new("cluster-id", "OBJECTSTORE_COSI_CLUSTER_ID", "TEXT", "tells this cluster from others that use the server (default: a digest of its authority's certificate)");
    public static readonly Setting SweepInterval = new("sweep-interval", "OBJECTSTORE_COSI_SWEEP_INTERVAL", "SECONDS", "in a cluster: how often to look for accounts whose BucketAccess is gone (default 3600; 0 for never)");
    public static readonly Setting SweepAge = new("sweep-age", "OBJECTSTORE_COSI_SWEEP_AGE", "SECONDS", "how old such an account must be to be removed (default 3600)");
    public static readonly Setting RotateBefore = new("rotate-before", "OBJECTSTORE_COSI_ROTATE_BEFORE", "DURATION", "in a cluster: how long before its end a key is followed by another, which is written into its secrets, such as 24h (default 0, never)");
    public static readonly Setting MetricsAddress = new("metrics-address", "OBJECTSTORE_COSI_METRICS_ADDRESS", "IP:PORT", "serve /metrics and /healthz here (default: nowhere)");
    public static readonly Setting StopGrace = new("stop-grace", "OBJECTSTORE_COSI_STOP_GRACE", "SECONDS", "how long a stop waits for calls under way (default 20)");
    public static readonly Setting CallTimeout = new("call-timeout", "OBJECTSTORE_COSI_CALL_TIMEOUT", "SECONDS", "how long a call may take whose client names no deadline (default 300)");
    public static readonly Setting LogLevel = new("log-level", "OBJECTSTORE_COSI_LOG_LEVEL", "LEVEL", "debug, information, warning or error (default information)");
    public static readonly Setting LogFormat = new("log-format", "OBJECTSTORE_COSI_LOG_FORMAT", "text|json", "how log lines look (default text)");
    public static readonly Setting AccessKey = new(null, "OBJECTSTORE_ACCESS_KEY", "", "the access key that the driver works with");
    public static readonly Setting SecretKey = new(null, "OBJECTSTORE_SECRET_KEY", "", "its secret key");

    public static readonly IReadOnlyList<Setting> All =
    [
        Endpoint, DriverName, Server, AccessKeyFile, SecretKeyFile, CaFile, Region, S3Endpoint, AddressingStyle, OidcIssuer, OidcAudience, PermissionsBoundary,
        ClusterId, SweepInterval, SweepAge, RotateBefore, MetricsAddress, StopGrace, CallTimeout,
        LogLevel, LogFormat, AccessKey, SecretKey,
    ];
}
