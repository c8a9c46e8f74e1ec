namespace ObjectStore.Server.Notifications;

internal sealed class EventSenders(TimeSpan timeout, EndpointList allowed) : IEventSenders
{
    private readonly EndpointGate _gate = new(allowed);

    public IEventSender Open(EventTarget target)
    {
        var endpoint = target.Endpoint ?? throw new ArgumentException("The target has no endpoint.", nameof(target));
        // The operator's own are where the operator says.
        var gate = target.Kind == EventTargetKind.Topic ? _gate : null;
        return endpoint.Kind == EndpointKind.Amqp
            ? new AmqpSender(endpoint, endpoint.RoutingKey ?? target.Name, timeout, gate)
            : new WebhookSender(endpoint, timeout, gate);
    }
}
