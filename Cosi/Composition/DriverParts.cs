using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Composition;

/// <summary>The composition root: what the driver is made of, behind its rpcs.</summary>
internal sealed class DriverParts : IDisposable
{
    private readonly Connection _connection;

    private DriverParts(Connection connection, IBucketProvisioner buckets, IAccessProvisioner access) => (_connection, Buckets, Access) = (connection, buckets, access);

    public IBucketProvisioner Buckets { get; }

    public IAccessProvisioner Access { get; }

    /// <exception cref="IOException">The file of authorities cannot be used.</exception>
    public static DriverParts Create(DriverOptions options, IStepObserver steps, TimeProvider time, Random random)
    {
        var connection = Connect(options, time, random);
        var credentials = new Credentials(options.AccessKey, options.SecretKey.Reveal());
        var buckets = new BucketProvisioner(new S3Client(connection, credentials), new AdminClient(connection, credentials), options, steps);
        return new DriverParts(connection, buckets, new NotServed());
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
