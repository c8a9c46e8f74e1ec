using System.Globalization;
using System.Text;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>The attributes of topics: those of SNS that mean something here, and those by which Ceph's gateway takes endpoints.</summary>
internal static class TopicAttributes
{
    private const string DisplayName = "DisplayName";
    private const int MaxPolicyChars = 30_720;

    /// <summary>Changes one attribute; why it is refused, or null.</summary>
    /// <param name="allowed">What endpoints may be named.</param>
    public static QueryError? Set(ref EventTarget topic, string name, string value, EndpointList allowed)
    {
        switch (name)
        {
            case "Policy":
                if (value.Length > MaxPolicyChars) return Invalid(name, "it is too long");
                if (value.Length > 0 && PolicyDocument.Parse(Encoding.UTF8.GetBytes(value), PolicyType.Topic).Error is { } error) return Invalid(name, error.Message);
                topic = topic with { Policy = value.Length > 0 ? value : null };
                return null;
            case DisplayName:
                if (value.Length > 100) return Invalid(name, "it is too long");
                topic = topic with { Attributes = value.Length > 0 ? topic.Attributes.SetItem(name, value) : topic.Attributes.Remove(name) };
                return null;
            case "push-endpoint":
                return SetEndpoint(ref topic, value, allowed);
            case "amqp-exchange" when value.Length <= 255:
                topic = topic with { Attributes = Kept(topic, name, value) };
                break;
            case "verify-ssl" when bool.TryParse(value, out _):
                topic = topic with { Attributes = Kept(topic, name, value) };
                break;
            // Events always wait in the store until the broker, and a queue of it, have taken them over.
            case "persistent" when value is "true":
            case "amqp-ack-level" when value is "broker" or "routable":
                return null;
            default:
                return Invalid(name, "it is not known here, or cannot have this value");
        }
        topic = topic with { Endpoint = WithAttributes(topic, topic.Endpoint) };
        return null;
    }

    /// <summary>All attributes as they are told; no secrets.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(EventTarget topic)
    {
        yield return new("TopicArn", topic.Arn);
        yield return new("Owner", topic.AccountId);
        yield return new("Policy", topic.Policy ?? DefaultPolicy(topic));
        yield return new("SubscriptionsConfirmed", topic.Endpoint is null ? "0" : "1");
        yield return new("SubscriptionsPending", "0");
        yield return new("SubscriptionsDeleted", "0");
        if (topic.Endpoint is { } endpoint) yield return new("push-endpoint", endpoint.Address.AbsoluteUri);
        if (!topic.Attributes.ContainsKey(DisplayName)) yield return new(DisplayName, "");
        foreach (var attribute in topic.Attributes) yield return attribute;
    }

    /// <summary>Whether <paramref name="topic"/> has what <paramref name="wanted"/> asks for.</summary>
    public static bool Includes(EventTarget topic, EventTarget wanted) =>
        (wanted.Endpoint is null || (topic.Endpoint is { } endpoint && IsSame(endpoint, wanted.Endpoint)))
        && (wanted.Policy is null || wanted.Policy == topic.Policy)
        && wanted.Attributes.All(attribute => topic.Attributes.TryGetValue(attribute.Key, out var value) && value == attribute.Value);

    private static bool IsSame(EventEndpoint one, EventEndpoint other) =>
        one with { Password = null } == other with { Password = null } && one.Password?.Reveal() == other.Password?.Reveal();

    private static QueryError? SetEndpoint(ref EventTarget topic, string value, EndpointList allowed)
    {
        if (value.Length == 0)
        {
            topic = topic with { Endpoint = null };
            return null;
        }
        if (!EventEndpoint.TryParse(value, out var endpoint, out var problem)) return Invalid("push-endpoint", problem!);
        if (!allowed.Allows(endpoint.Address)) return Invalid("push-endpoint", "the operator's setting event-endpoints does not allow it");
        topic = topic with { Endpoint = WithAttributes(topic, endpoint) };
        return null;
    }

    private static EventEndpoint? WithAttributes(EventTarget topic, EventEndpoint? endpoint) => endpoint is null ? null : endpoint with
    {
        Exchange = topic.Attributes.GetValueOrDefault("amqp-exchange", ""),
        VerifyTls = !topic.Attributes.TryGetValue("verify-ssl", out var text) || bool.Parse(text),
    };

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Kept(EventTarget topic, string name, string value) =>
        value.Length > 0 ? topic.Attributes.SetItem(name, value) : topic.Attributes.Remove(name);

    private static string DefaultPolicy(EventTarget topic) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"{{topic.AccountId}}"},"Action":"sns:*","Resource":"{{topic.Arn}}"}]}""");

    private static QueryError Invalid(string name, string why) => new("InvalidParameter", 400, $"Invalid parameter: {name} Reason: {why}");
}
