namespace ObjectStore.Server.Iam;

/// <summary>Runs a call that is allowed.</summary>
internal delegate ValueTask<Answer> RunQuery(QueryCall call, CancellationToken ct);

/// <summary>One call of IAM or STS.</summary>
/// <param name="Resource">What the call is about, as policies name it.</param>
internal sealed record QueryAction(string Name, Func<QueryCall, string> Resource, RunQuery RunAsync)
{
    /// <summary>What the call would make of it: to move something, one has to be allowed both there and here. Null if it stays where it is.</summary>
    public Func<QueryCall, string?>? Target { get; init; }

    /// <summary>A call whose answer is known at once.</summary>
    public static QueryAction Now(string name, Func<QueryCall, string> resource, Func<QueryCall, Answer> run) =>
        new(name, resource, (call, _) => ValueTask.FromResult(run(call)));
}
