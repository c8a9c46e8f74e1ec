using System.Collections.Immutable;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Notifications;

/// <summary>Values are stored.</summary>
internal enum EventTargetKind
{
    /// <summary>Made by an account, over the calls of SNS.</summary>
    Topic = 1,

    /// <summary>Set up by the operator, over the admin API.</summary>
    Queue = 2,
}

/// <summary>Who can be told of changes. Immutable.</summary>
internal sealed record EventTarget
{
    public const string Everybody = "*";

    public required EventTargetKind Kind { get; init; }

    /// <summary>arn:aws:sns:REGION:ACCOUNT:NAME or arn:aws:sqs:REGION:ACCOUNT:NAME. The name of its queue of changes.</summary>
    public required string Arn { get; init; }

    /// <summary>Twelve digits.</summary>
    public required string AccountId { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null: what is published goes nowhere, as with a topic of SNS that nobody subscribes to.</summary>
    public EventEndpoint? Endpoint { get; init; }

    /// <summary>Of a topic, as it was set; null without one.</summary>
    public string? Policy { get; init; }

    /// <summary>Of a queue: the accounts whose buckets may name it; "*" is everybody.</summary>
    public ImmutableArray<string> Accounts { get; init; } = [];

    /// <summary>Of a topic: what is only told back.</summary>
    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether <paramref name="principal"/> may have a bucket publish here, by what the target itself says.</summary>
    public bool MayPublish(Principal principal, PrincipalPolicies policies, IConditionContext context)
    {
        if (principal.IsAnonymous) return false;
        if (principal.AccountId == AccountId) return true;
        if (Kind == EventTargetKind.Queue) return Accounts.Contains(Everybody) || Accounts.Contains(principal.AccountId);
        if (Policy is null || PolicyDocument.Parse(System.Text.Encoding.UTF8.GetBytes(Policy), PolicyType.Topic).Document is not { } policy) return false;
        var request = new PolicyRequest(principal.ForPolicies, "sns:Publish", Arn, AccountId, context);
        return PolicyEvaluator.Evaluate(request, policies, new ResourcePolicies(policy)).IsAllowed;
    }
}
