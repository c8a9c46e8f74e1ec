using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Remotes;

/// <summary>Connected clients of remotes, one for each, made anew when the remote has changed. For any number of threads.</summary>
internal sealed class RemoteClients(RemoteRegistry remotes, SecretSealer sealer, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The client of the remote as it is now: ask for it each time, rather than to keep it.</summary>
    /// <returns>Null if there is no such remote.</returns>
    /// <exception cref="KeyManagerException">Its secret cannot be opened, now or ever.</exception>
    public async ValueTask<S3Client?> FindAsync(string name, CancellationToken ct)
    {
        if (remotes.Find(name) is not { } remote)
        {
            _entries.TryRemove(name, out _);
            return null;
        }
        if (_entries.TryGetValue(name, out var known) && ReferenceEquals(known.Remote, remote)) return known.Client;
        var entry = await ConnectAsync(remote, ct);
        // The one before is not disposed of: somebody may be sending with it. Its idle connections close by themselves.
        _entries[name] = entry;
        return entry.Client;
    }

    /// <summary>A client that is not kept, to try a remote out. Dispose the connection.</summary>
    /// <exception cref="FormatException">The certificates cannot be read.</exception>
    public (Connection Connection, S3Client Client) Connect(Remote remote, string secret)
    {
        var connection = new Connection(new ConnectionOptions
        {
            Endpoint = remote.Endpoint,
            Region = remote.Region,
            VirtualHosts = remote.VirtualHosts,
            Authorities = ReadAuthorities(remote.Authorities),
        }, time, new Random());
        return (connection, new S3Client(connection, new Credentials(remote.AccessKey, secret)));
    }

    /// <summary>The certificates of a PEM text; none for an empty one.</summary>
    /// <exception cref="FormatException">It holds none, or cannot be read.</exception>
    public static X509Certificate2Collection ReadAuthorities(string pem)
    {
        var authorities = new X509Certificate2Collection();
        if (pem.Length == 0) return authorities;
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw new FormatException($"The certificates cannot be read: {exception.Message}", exception);
        }
        return authorities.Count > 0 ? authorities : throw new FormatException("The text holds no certificate.");
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values) entry.Connection.Dispose();
    }

    private async ValueTask<Entry> ConnectAsync(Remote remote, CancellationToken ct)
    {
        var secret = await sealer.OpenAsync(remote.Secret, remote.Binding, ct);
        var (connection, client) = Connect(remote, secret);
        return new Entry(remote, connection, client);
    }

    private sealed record Entry(Remote Remote, Connection Connection, S3Client Client);
}
