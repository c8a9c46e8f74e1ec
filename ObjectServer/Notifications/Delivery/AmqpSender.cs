using System.Net.Security;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Publishes persistent messages and waits for the broker's confirmation of each. They are mandatory: an event that the exchange routes to
/// no queue comes back, and is tried again, rather than lost. One connection and channel, made when they are needed and after each fault.
/// </summary>
internal sealed class AmqpSender : IEventSender
{
    private readonly EventEndpoint _endpoint;
    private readonly string _routingKey;
    private readonly TimeSpan _timeout;
    private readonly ConnectionFactory _factory;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private (IConnection Connection, IChannel Channel)? _open;

    public AmqpSender(EventEndpoint endpoint, string routingKey, TimeSpan timeout)
    {
        (_endpoint, _routingKey, _timeout) = (endpoint, routingKey, timeout);
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
            var channel = await OpenAsync(limit.Token);
            var properties = new BasicProperties { Persistent = true, ContentType = "application/json", MessageId = id };
            // With tracking of confirmations this returns when the broker has confirmed, and throws when it refuses or returns the message.
            await channel.BasicPublishAsync(_endpoint.Exchange, _routingKey, mandatory: true, properties, json, limit.Token);
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
        catch (Exception e) when (e is RabbitMQClientException or IOException or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException)
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

    private async ValueTask<IChannel> OpenAsync(CancellationToken ct)
    {
        await _opening.WaitAsync(ct);
        try
        {
            if (_open is { Channel.IsOpen: true } known) return known.Channel;
            await DropAsync();
            var connection = await _factory.CreateConnectionAsync(ct);
            try
            {
                var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
                var channel = await connection.CreateChannelAsync(options, ct);
                _open = (connection, channel);
                return channel;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
        finally
        {
            _opening.Release();
        }
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
        if (_open is not { } old) return;
        _open = null;
        try
        {
            await old.Connection.CloseAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // It was broken already; what it held is published again on the next.
            return;
        }
        finally
        {
            old.Channel.Dispose();
            old.Connection.Dispose();
        }
    }
}
