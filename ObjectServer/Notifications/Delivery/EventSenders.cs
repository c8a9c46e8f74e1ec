namespace ObjectStore.Server.Notifications;

internal sealed class EventSenders(TimeSpan timeout) : IEventSenders
{
    public IEventSender Open(EventEndpoint endpoint, string targetName) => endpoint.Kind == EndpointKind.Amqp
        ? new AmqpSender(endpoint, endpoint.RoutingKey ?? targetName, timeout)
        : new WebhookSender(endpoint, timeout);
}
