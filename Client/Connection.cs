using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ObjectStore.Client;

/// <summary>Sends signed requests to one server. For any number of threads.</summary>
public sealed partial class Connection : IDisposable
{
    /// <summary>A name may come to mean another address, as a service's does when its pods move.</summary>
    private static readonly TimeSpan AddressLifetime = TimeSpan.FromMinutes(1);

    // A key may have segments that are dots, which must not be resolved.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpClient _http;
    private readonly HttpClient _streaming;
    private readonly ConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;

    public Connection(ConnectionOptions options, TimeProvider time, Random random)
    {
        (_options, _time, _random) = (options, time, random);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // A proxy is elsewhere, where 127.0.0.1 is another machine.
            UseProxy = !options.Endpoint.IsLoopback,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = AddressLifetime,
            UseCookies = false,
            // What clients gave as metadata need not be ASCII.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        };
        if (options.Authorities.Count > 0) handler.SslOptions.CertificateChainPolicy = TrustOnly(options.Authorities);
        _http = new HttpClient(handler) { Timeout = options.AnswerTimeout, MaxResponseContentBufferSize = options.MaxAnswerBytes };
        _streaming = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The server's answer, also where that is an error; after further attempts, where one failed for now and repeating is safe.</summary>
    /// <param name="credentials">Null for a request that is not signed.</param>
    /// <exception cref="ClientException">No answer came.</exception>
    public async Task<WireAnswer> SendAsync(WireRequest wire, Credentials? credentials, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isLast = attempt >= _options.MaxAttempts;
            try
            {
                var answer = await SendOnceAsync(wire, credentials, ct);
                if (isLast || !MayRepeat(wire, answer.Status)) return answer;
            }
            catch (ClientException failure) when (!isLast && failure.IsTransient && (wire.IsRepeatable || !failure.IsOutcomeUnknown))
            {
                // The next attempt answers, or says why not.
            }
            await Task.Delay(PauseAfter(attempt), _time, ct);
        }
    }

    /// <summary>How the server is reached.</summary>
    public ConnectionOptions Options => _options;

    public void Dispose()
    {
        _streaming.Dispose();
        _http.Dispose();
    }

    // What a server answers with 503 or 429 it has not begun.
    private static bool MayRepeat(WireRequest wire, int status) => status is 429 or 503 || (status is 500 or 502 or 504 && wire.IsRepeatable);

    private TimeSpan PauseAfter(int attempt)
    {
        var pause = Math.Min(_options.FirstPause.TotalMilliseconds * Math.Pow(2, attempt - 1), _options.LongestPause.TotalMilliseconds);
        lock (_random) return TimeSpan.FromMilliseconds(pause * (0.5 + (_random.NextDouble() / 2)));
    }

    private async Task<WireAnswer> SendOnceAsync(WireRequest wire, Credentials? credentials, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(wire.Method, AddressOf(wire));
        if (wire.Body.Length > 0 || wire.Method == HttpMethod.Post || wire.Method == HttpMethod.Put)
        {
            request.Content = new ByteArrayContent(wire.Body);
            if (wire.ContentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", wire.ContentType);
        }
        foreach (var (name, value) in wire.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (credentials is not null) RequestSigner.Sign(request, wire.Body, credentials, _options.Region, wire.Service, _time.GetUtcNow());
        try
        {
            using var response = await _http.SendAsync(request, ct);
            var id = response.Headers.TryGetValues("x-amz-request-id", out var ids) ? ids.First() : null;
            return new WireAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(ct), id);
        }
        catch (HttpRequestException exception)
        {
            throw Explain(exception);
        }
        catch (TaskCanceledException exception) when (!ct.IsCancellationRequested)
        {
            throw ClientException.TimedOut($"{Server} did not answer in {_options.AnswerTimeout.TotalSeconds:0} s.", exception);
        }
    }

    internal Uri AddressOf(WireRequest wire) => new(
        wire.Host is null ? Server + wire.PathAndQuery : $"{_options.Endpoint.Scheme}://{wire.Host}.{_options.Endpoint.Authority}{wire.PathAndQuery}", AsWritten);

    private string Server => _options.Endpoint.GetLeftPart(UriPartial.Authority);

    private ClientException Explain(HttpRequestException exception)
    {
        if (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
            return ClientException.Foreign($"{Server} answers with more than {_options.MaxAnswerBytes} bytes.", exception);
        var wasSent = exception.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
        return ClientException.Unreachable($"{Server} cannot be reached: {ReasonOf(exception)}", wasSent, exception);
    }

    private static string ReasonOf(HttpRequestException exception) => exception.GetBaseException() switch
    {
        SocketException socket => socket.Message,
        AuthenticationException tls => $"its certificate is not accepted ({tls.Message}). Name the authority with --ca-file.",
        var other => other.Message,
    };

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
