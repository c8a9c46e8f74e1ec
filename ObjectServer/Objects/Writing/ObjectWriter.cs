namespace ObjectStore.Server.Objects;

/// <summary>Writes whole objects: body to durable blobs (or into the row, when small), then one transaction.</summary>
internal sealed class ObjectWriter
{
    /// <summary>Durable and visible when it succeeds; nothing of it is visible otherwise, except after <see cref="ObjectFault.UnknownOutcome"/>.</summary>
    public ValueTask<Result<WriteResult>> PutAsync(PutRequest request, IContentSource source, CancellationToken ct) => throw new NotImplementedException();
}
