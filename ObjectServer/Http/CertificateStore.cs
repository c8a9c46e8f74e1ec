using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Http;

/// <summary>
/// The TLS certificate in use. The files are read again and again, and a change takes effect for new connections; files
/// that cannot be read, or do not fit together yet, leave the one before in use.
/// </summary>
/// <remarks>Contents are compared, not times: a mounted secret is replaced by switching a link.</remarks>
internal sealed class CertificateStore : IDisposable
{
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private readonly TlsFiles _files;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _reloading = new();
    private byte[] _contentHash = [];
    private volatile SslStreamCertificateContext? _current;

    /// <exception cref="CryptographicException">The files do not hold a certificate and its key.</exception>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public CertificateStore(TlsFiles files, TimeProvider time, ILogger<CertificateStore> logger)
    {
        _files = files;
        _logger = logger;
        Load();
        _timer = time.CreateTimer(_ => Reload(), null, CheckInterval, CheckInterval);
    }

    public SslStreamCertificateContext Current => _current!;

    public void Dispose() => _timer.Dispose();

    /// <summary>Looks at the files now.</summary>
    public void Reload()
    {
        try
        {
            lock (_reloading) Load();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            ServerLog.CertificateReloadFailed(_logger, exception);
        }
    }

    private void Load()
    {
        var certificatePem = File.ReadAllText(_files.CertificatePath);
        var keyPem = File.ReadAllText(_files.KeyPath);
        var hash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(certificatePem + "\0" + keyPem));
        if (hash.AsSpan().SequenceEqual(_contentHash)) return;

        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        // offline: never fetch missing certificates of the chain from the network while a client waits.
        _current = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        _contentHash = hash;
        ServerLog.CertificateLoaded(_logger, certificate.Subject, certificate.NotAfter.ToUniversalTime());
    }
}
