using System.Collections.Frozen;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>
/// The calls of SNS about topics, which here are targets of notifications: one endpoint each, given as attributes in the way of Ceph's
/// gateway (push-endpoint and so on), and no subscriptions. Source: SNS API reference; Ceph, "Bucket notifications".
/// </summary>
internal sealed class TopicActions
{
    private const int PageSize = 100;
    private const int MaxNameChars = 256;

    private readonly EventTargets _targets;
    private readonly EndpointList _allowedEndpoints;
    private readonly string _region;
    private readonly FrozenDictionary<string, QueryAction> _actions;

    public TopicActions(EventTargets targets, EndpointList allowedEndpoints, string region)
    {
        (_targets, _allowedEndpoints, _region) = (targets, allowedEndpoints, region);
        _actions = new QueryAction[]
        {
            new("CreateTopic", call => ArnOf(call, call.Request.Required("Name")), CreateAsync),
            QueryAction.Now("ListTopics", call => ArnOf(call, "*"), List),
            QueryAction.Now("GetTopic", ArnOf, Get),
            QueryAction.Now("GetTopicAttributes", ArnOf, GetAttributes),
            new("SetTopicAttributes", ArnOf, SetAttributesAsync),
            new("DeleteTopic", ArnOf, DeleteAsync),
        }.ToFrozenDictionary(action => action.Name, StringComparer.Ordinal);
    }

    public bool Has(string action) => _actions.ContainsKey(action);

    /// <summary>Asks the caller's policies and the topic's, and runs the call.</summary>
    public async ValueTask<Answer> RunAsync(QueryCall call, CancellationToken ct)
    {
        var action = _actions[call.Request.Action!];
        var resource = action.Resource(call);
        return IsAllowed(call, "sns:" + action.Name, resource) ? await action.RunAsync(call, ct) : Denied(call, "sns:" + action.Name, resource);
    }

    private bool IsAllowed(QueryCall call, string action, string arn)
    {
        // A topic that does not exist belongs to whom its ARN names.
        var target = _targets.Find(arn) is { Kind: EventTargetKind.Topic } found ? found : null;
        var owner = target?.AccountId ?? (AccountIn(arn) == call.ArnAccount ? call.AccountId : AccountIn(arn));
        var policy = target?.Policy is { } text ? PolicyDocument.Parse(System.Text.Encoding.UTF8.GetBytes(text), PolicyType.Topic).Document : null;
        var request = new PolicyRequest(call.Principal.ForPolicies, action, arn, owner, new QueryConditions(call, arn));
        return PolicyEvaluator.Evaluate(request, call.Identities.PoliciesOf(call.Principal), new ResourcePolicies(policy)).IsAllowed;
    }

    private static QueryError Denied(QueryCall call, string action, string resource) =>
        new("AuthorizationError", 403, $"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {resource}");

    private async ValueTask<Answer> CreateAsync(QueryCall call, CancellationToken ct)
    {
        var name = call.Request.Required("Name");
        if (name.Length > MaxNameChars || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')) return Invalid("Topic Name");
        if (call.Request.Tags().Count > 0) return QueryErrors.NotImplemented("Tagging of topics");
        var arn = ArnOf(call, name);
        var wanted = new EventTarget { Kind = EventTargetKind.Topic, Arn = arn, AccountId = call.AccountId, Name = name, CreatedAt = call.Time };
        foreach (var (attribute, value) in Attributes(call.Request))
        {
            if (TopicAttributes.Set(ref wanted, attribute, value, _allowedEndpoints) is { } refused) return refused;
        }
        var differs = false;
        var (made, _) = await _targets.ChangeAsync(arn, existing =>
        {
            differs = existing is not null && !TopicAttributes.Includes(existing, wanted);
            return existing ?? wanted;
        }, ct);
        if (!made) return new QueryError("TopicLimitExceeded", 403, $"An account may have {EventTargets.MaxPerAccount} topics, the store {EventTargets.MaxTargets} targets.");
        if (differs) return Invalid("Attributes Reason: Topic already exists with different attributes");
        return Answer.Of(writer => writer.Element("TopicArn", arn));
    }

    private Answer List(QueryCall call)
    {
        var after = call.Request["NextToken"] ?? "";
        var page = _targets.All
            .Where(target => target.Kind == EventTargetKind.Topic && target.AccountId == call.AccountId && string.CompareOrdinal(target.Arn, after) > 0)
            .Take(PageSize + 1).Select(target => target.Arn).ToList();
        var isTruncated = page.Count > PageSize;
        if (isTruncated) page.RemoveAt(PageSize);
        return Answer.Of(writer => writer.List("Topics", page, arn => writer.Element("TopicArn", arn)).Element("NextToken", isTruncated ? page[^1] : null));
    }

    private Answer Get(QueryCall call) => FindTopic(call) is not { } topic ? NotFound : Answer.Of(writer =>
    {
        writer.Open("Topic").Element("User", topic.AccountId).Element("Name", topic.Name).Open("EndPoint")
            .Element("EndpointAddress", topic.Endpoint?.Address.AbsoluteUri).Element("EndpointTopic", topic.Name).Close()
            .Element("TopicArn", topic.Arn).Close();
    });

    private Answer GetAttributes(QueryCall call) => FindTopic(call) is not { } topic ? NotFound : Answer.Of(writer =>
    {
        writer.Open("Attributes");
        foreach (var (name, value) in TopicAttributes.Of(topic)) writer.Open("entry").Element("key", name).Element("value", value).Close();
        writer.Close();
    });

    private async ValueTask<Answer> SetAttributesAsync(QueryCall call, CancellationToken ct)
    {
        var (name, value) = (call.Request.Required("AttributeName"), call.Request["AttributeValue"] ?? "");
        var answer = Answer.Empty;
        await _targets.ChangeAsync(ArnOf(call), existing =>
        {
            if (existing is not { Kind: EventTargetKind.Topic } topic)
            {
                answer = NotFound;
                return existing;
            }
            if (TopicAttributes.Set(ref topic, name, value, _allowedEndpoints) is not { } refused) return topic;
            answer = refused;
            return existing;
        }, ct);
        return answer;
    }

    private async ValueTask<Answer> DeleteAsync(QueryCall call, CancellationToken ct)
    {
        await _targets.ChangeAsync(ArnOf(call), existing => existing is { Kind: EventTargetKind.Topic } ? null : existing, ct);
        return Answer.Empty;
    }

    private EventTarget? FindTopic(QueryCall call) => _targets.Find(ArnOf(call)) is { Kind: EventTargetKind.Topic } topic ? topic : null;

    private static string ArnOf(QueryCall call) => call.Request.Required("TopicArn");

    private string ArnOf(QueryCall call, string name) => $"arn:aws:sns:{_region}:{call.ArnAccount}:{name}";

    private static string AccountIn(string arn) => arn.Split(':') is [_, _, _, _, var account, ..] ? account : "";

    private static List<KeyValuePair<string, string>> Attributes(QueryRequest request)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        while (true)
        {
            var prefix = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Attributes.entry.{attributes.Count + 1}.");
            if (request[prefix + "key"] is not { } name) return attributes;
            attributes.Add(new(name, request[prefix + "value"] ?? ""));
        }
    }

    private static readonly QueryError NotFound = new("NotFound", 404, "Topic does not exist");

    private static QueryError Invalid(string what) => new("InvalidParameter", 400, "Invalid parameter: " + what);
}
