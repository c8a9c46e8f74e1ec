namespace ObjectStore.Server.Iam;

/// <summary>Calls about the policies of users, groups and roles: the same calls three times.</summary>
internal static class HolderActions
{
    public static readonly IReadOnlyList<QueryAction> All =
        [.. Of(PolicyHolderKind.User), .. Of(PolicyHolderKind.Group), .. Of(PolicyHolderKind.Role), .. Boundaries(PolicyHolderKind.User), .. Boundaries(PolicyHolderKind.Role)];

    private static IEnumerable<QueryAction> Of(PolicyHolderKind kind)
    {
        string Resource(QueryCall call) => Resources.Holder(call, kind);

        yield return new QueryAction($"Put{kind}Policy", Resource, async (call, ct) => Answer.Of(
            await call.Identities.Attachments.PutInlineAsync(
                call.AccountId, HolderOf(call, kind), call.Request.Required("PolicyName"), call.Request.Required("PolicyDocument"), ct)));
        yield return QueryAction.Now($"Get{kind}Policy", Resource, call => GetInline(call, HolderOf(call, kind)));
        yield return new QueryAction($"Delete{kind}Policy", Resource, async (call, ct) => Answer.Of(
            await call.Identities.Attachments.DeleteInlineAsync(call.AccountId, HolderOf(call, kind), call.Request.Required("PolicyName"), ct)));
        yield return QueryAction.Now($"List{kind}Policies", Resource, call => ListInline(call, HolderOf(call, kind)));
        yield return new QueryAction($"Attach{kind}Policy", Resource, async (call, ct) => Answer.Of(
            await call.Identities.Attachments.AttachAsync(call.AccountId, HolderOf(call, kind), call.Request.Required("PolicyArn"), ct)));
        yield return new QueryAction($"Detach{kind}Policy", Resource, async (call, ct) => Answer.Of(
            await call.Identities.Attachments.DetachAsync(call.AccountId, HolderOf(call, kind), call.Request.Required("PolicyArn"), ct)));
        yield return QueryAction.Now($"ListAttached{kind}Policies", Resource, call => ListAttached(call, HolderOf(call, kind)));
    }

    private static IEnumerable<QueryAction> Boundaries(PolicyHolderKind kind)
    {
        string Resource(QueryCall call) => Resources.Holder(call, kind);

        yield return new QueryAction($"Put{kind}PermissionsBoundary", Resource, async (call, ct) => Answer.Of(
            await call.Identities.Attachments.SetBoundaryAsync(call.AccountId, HolderOf(call, kind), call.Request.Required("PermissionsBoundary"), ct)));
        yield return new QueryAction($"Delete{kind}PermissionsBoundary", Resource, async (call, ct) => Answer.Of(
            await call.Identities.Attachments.SetBoundaryAsync(call.AccountId, HolderOf(call, kind), null, ct)));
    }

    private static PolicyHolder HolderOf(QueryCall call, PolicyHolderKind kind) => new(kind, call.Request.Required($"{kind}Name"));

    private static Answer GetInline(QueryCall call, PolicyHolder holder)
    {
        var name = call.Request.Required("PolicyName");
        if (call.Identities.Attachments.Find(call.AccountId, holder) is not { } attachments) return Missing.Holder(holder);
        return attachments.Inline.TryGetValue(name, out var document)
            ? Answer.Of(writer => writer.Element($"{holder.Kind}Name", holder.Name).Element("PolicyName", name).Document("PolicyDocument", document))
            : Missing.Inline(holder, name);
    }

    private static Answer ListInline(QueryCall call, PolicyHolder holder)
    {
        if (call.Identities.Attachments.Find(call.AccountId, holder) is not { } attachments) return Missing.Holder(holder);
        var page = Paging.Of(call.Request, attachments.Inline.Keys, name => name, StringComparer.Ordinal);
        return Answer.Of(writer =>
        {
            writer.List("PolicyNames", page.Items);
            page.WriteTail(writer);
        });
    }

    private static Answer ListAttached(QueryCall call, PolicyHolder holder)
    {
        if (call.Identities.Attachments.Find(call.AccountId, holder) is not { } attachments) return Missing.Holder(holder);
        var prefix = call.Request["PathPrefix"] ?? "/";
        if (IdentityRules.PathPrefix(prefix) is { } refusal) return refusal;
        var policies = attachments.Managed.Select(call.Identities.Policies.FindByArn).OfType<ManagedPolicy>()
            .Where(policy => policy.Path.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(policy => policy.Arn, StringComparer.Ordinal);
        var page = Paging.Of(call.Request, policies, policy => policy.Arn, StringComparer.Ordinal);
        return Answer.Of(writer =>
        {
            writer.List("AttachedPolicies", page.Items, policy => writer.Element("PolicyName", policy.Name).Element("PolicyArn", policy.Arn));
            page.WriteTail(writer);
        });
    }
}
