namespace ObjectStore.Server.S3.Operations;

/// <summary>What all operations of an object store begin with: a request that asks for what is not built is refused, never half obeyed.</summary>
internal abstract class S3Operation : IS3Operation
{
    public ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct)
    {
        RequestGuard.Check(context);
        return RunAsync(context, ct);
    }

    protected abstract ValueTask RunAsync(S3RequestContext context, CancellationToken ct);
}
