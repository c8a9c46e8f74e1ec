namespace ObjectStore.Server.Notifications;

/// <summary>Hands events to one endpoint. Used by several at once.</summary>
internal interface IEventSender : IAsyncDisposable
{
    /// <summary>Returns when the other side has taken the event over.</summary>
    /// <param name="id">The same for each attempt at one event.</param>
    /// <exception cref="DeliveryException">It did not, or it is not known. Trying again may help.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> json, string id, CancellationToken ct);
}

/// <summary>An event was not taken over. The message is for the operator, and holds no secrets.</summary>
/// <param name="isRefusal">The other side is there and does not want this event, which says nothing of others.</param>
internal sealed class DeliveryException(string message, Exception? inner = null, bool isRefusal = false) : Exception(message, inner)
{
    public bool IsRefusal => isRefusal;
}

/// <summary>Makes senders for endpoints.</summary>
internal interface IEventSenders
{
    /// <param name="target">One that has an endpoint.</param>
    IEventSender Open(EventTarget target);
}
