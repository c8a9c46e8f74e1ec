using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ObjectStore.Server.Cli.Wire;

/// <summary>An answer with its whole body.</summary>
internal sealed record WireAnswer(int Status, byte[] Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}

/// <summary>Sends signed requests to one server.</summary>
internal sealed class Connection : IDisposable
{
    /// <summary>Longest answer that is taken; the longest that a server gives is a page of a thousand versions.</summary>
    public const int MaxAnswerBytes = 64 << 20;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(100);

    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private readonly string _region;
    private readonly TimeProvider _time;

    /// <param name="endpoint">Scheme, host and port; paths are the protocol's.</param>
    /// <param name="authorities">Certificates that alone are trusted; empty for those of the system.</param>
    public Connection(Uri endpoint, string region, X509Certificate2Collection authorities, TimeProvider time)
    {
        (_endpoint, _region, _time) = (endpoint, region, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // A proxy is elsewhere, where 127.0.0.1 is another machine.
            UseProxy = !endpoint.IsLoopback,
            ConnectTimeout = ConnectLimit,
            UseCookies = false,
        };
        if (authorities.Count > 0) handler.SslOptions.CertificateChainPolicy = TrustOnly(authorities);
        _http = new HttpClient(handler) { Timeout = AnswerLimit, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <exception cref="CliException">The server cannot be reached.</exception>
    public async Task<WireAnswer> SendAsync(WireRequest wire, Credentials credentials, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(wire.Method, new Uri(_endpoint, wire.PathAndQuery));
        if (wire.Body.Length > 0 || wire.Method == HttpMethod.Post || wire.Method == HttpMethod.Put)
        {
            request.Content = new ByteArrayContent(wire.Body);
            if (wire.ContentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", wire.ContentType);
        }
        foreach (var (name, value) in wire.Headers) request.Headers.TryAddWithoutValidation(name, value);
        RequestSigner.Sign(request, wire.Body, credentials, _region, wire.Service, _time.GetUtcNow());
        try
        {
            using var response = await _http.SendAsync(request, ct);
            return new WireAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(ct));
        }
        catch (HttpRequestException exception)
        {
            throw CliException.Unreachable($"{_endpoint.GetLeftPart(UriPartial.Authority)} cannot be reached: {ReasonOf(exception)}", exception);
        }
        catch (TaskCanceledException exception) when (!ct.IsCancellationRequested)
        {
            throw CliException.Unreachable($"{_endpoint.GetLeftPart(UriPartial.Authority)} did not answer in {AnswerLimit.TotalSeconds:0} s.", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static string ReasonOf(HttpRequestException exception) => exception.GetBaseException() switch
    {
        SocketException socket => socket.Message,
        AuthenticationException tls => $"its certificate is not accepted ({tls.Message}). Name the authority with --ca-file.",
        var other => other.Message,
    };
}

/// <param name="PathAndQuery">Percent-encoded, from the first slash.</param>
/// <param name="Service">What it is signed for.</param>
internal sealed record WireRequest(HttpMethod Method, string PathAndQuery, string Service)
{
    public byte[] Body { get; init; } = [];

    public string? ContentType { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];
}
