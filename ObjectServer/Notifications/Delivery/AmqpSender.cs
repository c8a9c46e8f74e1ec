using System.Collections.Concurrent;
using System.Net.Security;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Publishes persistent messages and waits for the broker's confirmation of each. They are mandatory: an event that the exchange routes to
/// no queue comes back, and is tried again, rather than lost. One connection, and a channel for each message that is under way, as channels
/// are for one user at a time; made when they are needed and after each fault.
/// </summary>
internal sealed class AmqpSender : IEventSender
{
    private static readonly CreateChannelOptions Confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private readonly EventEndpoint _endpoint;
    private readonly string _routingKey;
    private readonly TimeSpan _timeout;
    private readonly ConnectionFactory _factory;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly ConcurrentBag<IChannel> _idle = [];
    private IConnection? _connection;

    private readonly EndpointGate? _gate;

    /// <param name="gate">Null: the operator's, who may name any address.</param>
    public AmqpSender(EventEndpoint endpoint, string routingKey, TimeSpan timeout, EndpointGate? gate = null)
    {
        (_endpoint, _routingKey, _timeout, _gate) = (endpoint, routingKey, timeout, gate);
        _factory = new ConnectionFactory
        {
            Uri = endpoint.Address,
            ClientProvidedName = "ObjectStore",
            // A new connection is made by the next attempt; what was not confirmed is published again by it.
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = timeout,
            ContinuationTimeout = timeout,
        };
        if (endpoint.UserName is { } user) _factory.UserName = user;
        if (endpoint.Password is { } password) _factory.Password = password.Reveal();
        if (!endpoint.VerifyTls && _factory.Ssl.Enabled)
            _factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable;
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> json, string id, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_timeout);
        try
        {
            var channel = await RentAsync(limit.Token);
            var properties = new BasicProperties { Persistent = true, ContentType = "application/json", MessageId = id };
            // With tracking of confirmations this returns when the broker has confirmed, and throws when it refuses or returns the message.
            try
            {
                await channel.BasicPublishAsync(_endpoint.Exchange, _routingKey, mandatory: true, properties, json, limit.Token);
            }
            finally
            {
                _idle.Add(channel);
            }
        }
        catch (PublishException e)
        {
            throw new DeliveryException(e.IsReturn ? $"{_endpoint}: no queue takes messages with routing key \"{_routingKey}\"." : $"{_endpoint} refused the message.", e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            await CloseAsync();
            throw new DeliveryException($"{_endpoint} did not confirm within {_timeout.TotalSeconds} s.", e);
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            await CloseAsync();
            throw new DeliveryException($"{_endpoint}: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _opening.Dispose();
    }

    private async ValueTask<IChannel> RentAsync(CancellationToken ct)
    {
        while (_idle.TryTake(out var known))
        {
            if (known.IsOpen) return known;
            known.Dispose();
        }
        await _opening.WaitAsync(ct);
        try
        {
            if (_connection is not { IsOpen: true })
            {
                await DropAsync();
                _connection = await ConnectAsync(ct);
            }
            return await _connection.CreateChannelAsync(Confirmed, ct);
        }
        finally
        {
            _opening.Release();
        }
    }

    private async ValueTask<IConnection> ConnectAsync(CancellationToken ct)
    {
        if (_gate is null) return await _factory.CreateConnectionAsync(ct);
        // The addresses that were judged, and the name for the certificate.
        var addresses = await _gate.FindAsync(_endpoint, ct);
        return await _factory.CreateConnectionAsync(addresses.Select(address => new AmqpTcpEndpoint(address.ToString(), _factory.Port, _factory.Ssl)), ct);
    }

    private async ValueTask CloseAsync()
    {
        await _opening.WaitAsync(CancellationToken.None);
        try
        {
            await DropAsync();
        }
        finally
        {
            _opening.Release();
        }
    }

    private async ValueTask DropAsync()
    {
        if (_connection is not { } old) return;
        _connection = null;
        try
        {
            await old.CloseAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (IsOfConnection(e) || e is OperationCanceledException)
        {
            // It was broken already; what it held is published again on the next.
            return;
        }
        finally
        {
            // Its channels end with it; those that are idle go when they are taken next.
            old.Dispose();
        }
    }

    private static bool IsOfConnection(Exception e) => e is RabbitMQClientException or IOException or System.Net.Sockets.SocketException or TimeoutException
        or ObjectDisposedException or System.Threading.Channels.ChannelClosedException or System.Security.Authentication.AuthenticationException;
}
