using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Iam;

/// <summary>
/// Fetches over HTTPS: without redirects, proxies of the environment or cookies, of a bounded size and time. Whoever may make a provider decides where the server
/// connects to, but is never shown what it gets.
/// </summary>
internal sealed class ProviderDocuments : IProviderDocuments, IDisposable
{
    private const int MaxDocumentBytes = 256 * 1024;

    private const X509ChainStatusFlags OfUnknownAuthority =
        X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly HttpRequestOptionsKey<OidcProvider> ProviderKey = new("provider");

    private readonly bool _allowHttp;
    private readonly ILogger _logger;
    private readonly HttpClient _client;

    /// <param name="allowHttp">Whether addresses may be http://.</param>
    public ProviderDocuments(bool allowHttp, ILogger<ProviderDocuments> logger)
    {
        _allowHttp = allowHttp;
        _logger = logger;
        _client = new HttpClient(new HttpClientHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ServerCertificateCustomValidationCallback = IsTrusted,
        })
        {
            Timeout = Limit,
            MaxResponseContentBufferSize = MaxDocumentBytes,
        };
    }

    public async ValueTask<ReadOnlyMemory<byte>?> FetchAsync(OidcProvider provider, Uri address, CancellationToken ct)
    {
        if (address.Scheme != Uri.UriSchemeHttps && !(_allowHttp && address.Scheme == Uri.UriSchemeHttp)) return null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            // A connection that was trusted by one provider's thumbprint must not serve another's.
            request.Headers.ConnectionClose = true;
            request.Options.Set(ProviderKey, provider);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
            if (response.IsSuccessStatusCode) return await response.Content.ReadAsByteArrayAsync(ct);
            ServerLog.ProviderUnreachable(_logger, provider.Arn, address.AbsoluteUri, $"status {(int)response.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            ServerLog.ProviderUnreachable(_logger, provider.Arn, address.AbsoluteUri, e.Message);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            ServerLog.ProviderUnreachable(_logger, provider.Arn, address.AbsoluteUri, e.Message);
        }
        return null;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>A certificate that an authority vouches for, or whose chain holds one of the provider's thumbprints; always of the right name.</summary>
    private static bool IsTrusted(HttpRequestMessage request, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || chain is null || !request.Options.TryGetValue(ProviderKey, out var provider)) return false;
        return IsPinned(chain, provider.Thumbprints);
    }

    /// <summary>
    /// Whether a thumbprint is in the chain, and nothing else is wrong with that than that its end is not known: a certificate that only says to be
    /// issued by a pinned one, without its signature, would be anybody's.
    /// </summary>
    internal static bool IsPinned(X509Chain chain, IReadOnlyCollection<string> thumbprints) =>
        Array.TrueForAll(chain.ChainStatus, status => (status.Status & ~OfUnknownAuthority) == 0)
        && chain.ChainElements.Any(element => thumbprints.Contains(element.Certificate.GetCertHashString(HashAlgorithmName.SHA1), StringComparer.OrdinalIgnoreCase));
}
