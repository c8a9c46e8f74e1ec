using System.Net;
using Microsoft.Extensions.Logging;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Configuration;

/// <summary>How workloads address buckets.</summary>
internal enum AddressingStyle
{
    /// <summary>https://endpoint/bucket/key</summary>
    Path,

    /// <summary>https://bucket.endpoint/key</summary>
    Virtual,
}

/// <summary>The driver's settings, checked. Immutable.</summary>
internal sealed record DriverOptions
{
    /// <summary>Source: what AWS's own tools project tokens for.</summary>
    public const string DefaultOidcAudience = "sts.amazonaws.com";

    /// <summary>Lower-case RFC 1035 labels, at most 63 characters: the sidecar's and the API's rule for names of drivers.</summary>
    public required string DriverName { get; init; }

    /// <summary>The unix socket that the sidecar calls.</summary>
    public required GrpcAddress Endpoint { get; init; }

    /// <summary>The ObjectStore server: scheme, host and port.</summary>
    public required Uri Server { get; init; }

    public required string AccessKey { get; init; }

    public required Secret SecretKey { get; init; }

    /// <summary>PEM of the authorities that alone are trusted for the server; null for the system's.</summary>
    public string? CaFile { get; init; }

    public required string Region { get; init; }

    /// <summary>The endpoint that workloads are told, without a slash at its end; the server's own by default.</summary>
    public required string S3Endpoint { get; init; }

    public required AddressingStyle AddressingStyle { get; init; }

    /// <summary>The issuer of the cluster's service account tokens; null for that of the driver's own token, and outside a cluster none.</summary>
    public string? OidcIssuer { get; init; }

    /// <summary>What tokens must be for.</summary>
    public string OidcAudience { get; init; } = DefaultOidcAudience;

    /// <summary>
    /// ARN of the permissions boundary of all users and roles that the driver makes; null for none. With a policy that lets the driver make no others, its keys
    /// are worth no more than that boundary, though it writes policies.
    /// </summary>
    public string? PermissionsBoundary { get; init; }

    /// <summary>Tells the cluster from others that use the server; null for what the pod's files say.</summary>
    public string? ClusterId { get; init; }

    /// <summary>How often accounts are looked for whose BucketAccess is gone; null for never. Only in a cluster.</summary>
    public TimeSpan? SweepInterval { get; init; }

    /// <summary>How old such an account must be.</summary>
    public TimeSpan SweepAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long before their end keys are followed by others, which the driver writes into their secrets; null for never. Only in a cluster.</summary>
    public TimeSpan? RotateBefore { get; init; }

    /// <summary>Where /metrics and /healthz are served; null for nowhere.</summary>
    public IPEndPoint? MetricsAddress { get; init; }

    /// <summary>How long a stop waits for calls under way.</summary>
    public required TimeSpan StopGrace { get; init; }

    /// <summary>How long a call may take whose client names no deadline.</summary>
    public required TimeSpan CallTimeout { get; init; }

    public required LogLevel LogLevel { get; init; }

    /// <summary>One JSON object a line instead of text.</summary>
    public required bool JsonLogs { get; init; }

    /// <summary>Without the secret, which has no text.</summary>
    public string Describe() =>
        $"driver {DriverName} on {Endpoint}, server {Server.GetLeftPart(UriPartial.Authority)} as {AccessKey}, workloads use {S3Endpoint} ({AddressingStyle.ToString().ToLowerInvariant()}) in {Region}";
}
