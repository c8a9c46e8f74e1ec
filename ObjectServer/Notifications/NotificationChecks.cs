using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Notifications;

/// <summary>What is wrong with the targets of a bucket's rules.</summary>
/// <param name="IsDenied">The target exists and does not let this caller publish.</param>
internal sealed record TargetProblem(string Arn, string Message, bool IsDenied);

/// <summary>Judges the targets that a bucket is about to name, and sends each of them a test event.</summary>
internal sealed class NotificationChecks(EventTargets targets, IEventSenders senders, IIdentities identities)
{
    /// <summary>Where no target can be made.</summary>
    public static NotificationChecks WithoutTargets(ObjectEngine engine, IIdentities identities) =>
        new(new EventTargets(engine.Store, engine.Time), new EventSenders(TimeSpan.FromSeconds(1), EndpointList.None), identities);

    /// <summary>The first target that does not exist, is of another kind, or may not be used; null if all is well.</summary>
    public TargetProblem? Check(IReadOnlyCollection<NotificationRuleRecord> rules, Principal principal, IConditionContext conditions)
    {
        foreach (var rule in rules)
        {
            var target = targets.Find(rule.TargetArn);
            if (target is null || (uint)target.Kind != rule.TargetKind)
            {
                var what = rule.TargetKind == (uint)EventTargetKind.Topic ? "topic" : "queue";
                return new TargetProblem(rule.TargetArn, $"The destination {what} does not exist", IsDenied: false);
            }
            if (!target.MayPublish(principal, identities.PoliciesOf(principal), conditions))
                return new TargetProblem(rule.TargetArn, "Permissions on the destination do not allow it to be published to", IsDenied: true);
        }
        return null;
    }

    /// <summary>Sends s3:TestEvent to every endpoint once, side by side. The first that does not take it; null if all do.</summary>
    public async ValueTask<TargetProblem?> TestAsync(
        IReadOnlyCollection<NotificationRuleRecord> rules, string bucket, ChangeOrigin origin, CancellationToken ct)
    {
        var document = EventDocument.WriteTest(bucket, origin.RequestId, origin.HostId, targets.Now);
        var arns = rules.Select(rule => rule.TargetArn).Distinct(StringComparer.Ordinal);
        var problems = await Task.WhenAll(arns.Select(arn => TestAsync(arn, document, origin, ct)));
        return problems.FirstOrDefault(problem => problem is not null);
    }

    private async Task<TargetProblem?> TestAsync(string arn, ReadOnlyMemory<byte> document, ChangeOrigin origin, CancellationToken ct)
    {
        if (targets.Find(arn) is not { Endpoint: not null } target) return null;
        try
        {
            await using var sender = senders.Open(await targets.OpenAsync(target, ct));
            await sender.SendAsync(document, origin.RequestId, ct);
            return null;
        }
        catch (Exception e) when (e is DeliveryException or KeyManagerException)
        {
            // Why is for the operator's eyes: who configures a bucket must not learn what the server can reach.
            return new TargetProblem(arn, "The destination did not take a test event", IsDenied: false);
        }
    }
}
