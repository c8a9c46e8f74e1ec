using ObjectStore.Server.S3;

namespace ObjectStore.Server.Admin;

/// <summary>Works on a call that is allowed.</summary>
internal delegate ValueTask<AdminAnswer> AdminHandler(AdminContext context, CancellationToken ct);

/// <summary>A call of the admin API.</summary>
/// <param name="Template">Behind /-/admin/v1/; "*" stands for a variable.</param>
/// <param name="Resource">The ARN that it is about, of the variables in the path.</param>
/// <param name="Parameters">What may stand in the query.</param>
internal sealed record AdminCall(
    string Method, string Template, AdminAction Action, Func<IReadOnlyList<string>, string> Resource, AdminHandler Handler, params string[] Parameters)
{
    public string[] Segments { get; } = Template.Split('/');

    /// <summary>
    /// Whether it would give power over the operator's own account, where "*" of the path names that: only its root may do that,
    /// or whoever may create keys could become the root.
    /// </summary>
    public bool IsReservedOnOwnAccount { get; init; }

    /// <summary>
    /// What of IAM the caller must be allowed, too, where "*" of the path names the operator's own account: action and resource, of the variables in the
    /// path. So a policy about the admin API alone gives no power over others of that account. Null for nothing.
    /// </summary>
    public Func<IReadOnlyList<string>, (string Action, string Resource)>? AlsoOnOwnAccount { get; init; }

    /// <summary>Whether it has a document as its body; else a body is refused.</summary>
    public bool HasBody { get; init; }

    /// <summary>The values of the variables, or null if that is not its path.</summary>
    public string[]? Match(ReadOnlySpan<string> path)
    {
        if (path.Length != Segments.Length) return null;
        var values = new List<string>(2);
        for (var i = 0; i < path.Length; i++)
        {
            if (Segments[i] == "*") values.Add(path[i]);
            else if (Segments[i] != path[i]) return null;
        }
        return [.. values];
    }
}

/// <summary>A request that has found its call.</summary>
internal sealed record AdminRoute(AdminCall Call, string[] Values, S3Query Query)
{
    public string Resource => Call.Resource(Values);
}
