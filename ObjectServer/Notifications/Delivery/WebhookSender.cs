using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;

namespace ObjectStore.Server.Notifications;

/// <summary>POSTs events. Any status from 200 to 299 takes an event over; redirects are not followed, as they could lead anywhere.</summary>
internal sealed class WebhookSender : IEventSender
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _client;
    private readonly EventEndpoint _endpoint;
    private readonly AuthenticationHeaderValue? _authorization;

    /// <param name="gate">Null: the operator's, who may name any address.</param>
    public WebhookSender(EventEndpoint endpoint, TimeSpan timeout, EndpointGate? gate = null)
    {
        _endpoint = endpoint;
        _authorization = Authorization(endpoint);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = timeout,
            // So that a name that has moved is looked up again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
        };
        if (gate is not null) handler.ConnectCallback = (context, ct) => gate.ConnectAsync(endpoint, context.DnsEndPoint.Port, ct);
        // The operator's choice for one target, whose certificate nobody has signed.
        if (!endpoint.VerifyTls) handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
        _client = new HttpClient(handler) { Timeout = timeout };
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> json, string id, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint.Address) { Content = new ReadOnlyMemoryContent(json) };
        request.Content.Headers.ContentType = Json;
        request.Headers.Authorization = _authorization;
        request.Headers.UserAgent.ParseAdd("ObjectStore");
        request.Headers.TryAddWithoutValidation("X-ObjectStore-Event-Id", id);
        try
        {
            // The status is enough: what the body says is not read.
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (!response.IsSuccessStatusCode) throw new DeliveryException($"{_endpoint} answered {(int)response.StatusCode}.", isRefusal: IsOfEvent(response.StatusCode));
        }
        catch (HttpRequestException e)
        {
            throw new DeliveryException($"{_endpoint}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new DeliveryException($"{_endpoint} did not answer within {_client.Timeout.TotalSeconds} s.", e);
        }
    }

    /// <summary>Whether an answer is about what was sent. What is about the sender, the address or the moment is as true of the next event.</summary>
    private static bool IsOfEvent(HttpStatusCode status) => status is
        HttpStatusCode.BadRequest or HttpStatusCode.NotAcceptable or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity;

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static AuthenticationHeaderValue? Authorization(EventEndpoint endpoint)
    {
        if (endpoint.BearerToken is { } token) return new AuthenticationHeaderValue("Bearer", token.Reveal());
        if (endpoint.UserName is not { } user) return null;
        var pair = Encoding.UTF8.GetBytes($"{user}:{endpoint.Password?.Reveal()}");
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
    }
}
