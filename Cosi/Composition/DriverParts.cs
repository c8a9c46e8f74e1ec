using Microsoft.Extensions.Logging;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Composition;

/// <summary>The composition root: what the driver is made of, behind its rpcs.</summary>
internal sealed class DriverParts : IDisposable
{
    private readonly Connection _connection;

    private DriverParts(Connection connection, IBucketProvisioner buckets, IAccessProvisioner access, OrphanSweep? sweep, KeyRotation rotation, KeyRenewal? renewal) =>
        (_connection, Buckets, Access, Sweep, Rotation, Renewal) = (connection, buckets, access, sweep, rotation, renewal);

    public IBucketProvisioner Buckets { get; }

    public IAccessProvisioner Access { get; }

    /// <summary>Null outside a cluster.</summary>
    public OrphanSweep? Sweep { get; }

    public KeyRotation Rotation { get; }

    /// <summary>Null where it is not asked for, and outside a cluster.</summary>
    public KeyRenewal? Renewal { get; }

    /// <param name="kubernetes">Null outside a cluster.</param>
    /// <param name="clusterId">What the cluster is known by if the options do not say it; with <paramref name="kubernetes"/>.</param>
    /// <exception cref="IOException">The file of authorities cannot be used.</exception>
    public static DriverParts Create(
        DriverOptions options, KubernetesClient? kubernetes, string? clusterId, IStepObserver steps, IIncidentObserver incidents, ILogger logger,
        TimeProvider time, Random random)
    {
        var connection = Connect(options, time, random);
        var cluster = kubernetes is null ? null : new BucketAccesses(kubernetes, options.ClusterId ?? clusterId!);
        var credentials = new Credentials(options.AccessKey, options.SecretKey.Reveal());
        var (s3, iam, admin) = (new S3Client(connection, credentials), new IamClient(connection, credentials), new AdminClient(connection, credentials));
        var keys = new AccountKeys(admin);
        var remover = new AccessRemover(iam, options.DriverName, steps, incidents);
        var access = new AccessProvisioner(
            iam, keys, s3, new AccessResolver(iam, options.OidcIssuer, options.OidcAudience, cluster), remover, options.DriverName, cluster?.Id, steps, incidents)
        {
            PermissionsBoundary = options.PermissionsBoundary,
        };
        var sweep = cluster is null ? null : new OrphanSweep(iam, remover, cluster, options.DriverName, options.SweepAge, incidents, time);
        var rotation = new KeyRotation(iam, keys, options.DriverName, cluster, kubernetes is null ? null : new AccessSecrets(kubernetes), steps, time);
        var renewal = cluster is null || options.RotateBefore is not { } before ? null : new KeyRenewal(iam, rotation, cluster, options.DriverName, before, incidents, logger, time);
        return new DriverParts(connection, new BucketProvisioner(s3, admin, options, steps, logger), access, sweep, rotation, renewal);
    }

    public void Dispose() => _connection.Dispose();

    private static Connection Connect(DriverOptions options, TimeProvider time, Random random)
    {
        try
        {
            var server = new ConnectionOptions { Endpoint = options.Server, Region = options.Region };
            if (options.CaFile is not null) server = server with { Authorities = ConnectionOptions.ReadAuthorities(options.CaFile) };
            return new Connection(server, time, random);
        }
        catch (FormatException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
