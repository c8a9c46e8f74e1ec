namespace ObjectStore.Server.S3.Routing;

internal enum ResourceLevel
{
    Service,

    /// <summary>The calls of S3 Control that are built; they name an account in a header.</summary>
    Account,
    Bucket,
    Key,
}

internal enum RequestMethod
{
    Get,
    Head,
    Put,
    Post,
    Delete,
    Options,
}

/// <summary>One call of S3: what selects it on the wire and what a policy must allow for it.</summary>
/// <param name="Action">The IAM action; null where the call is made before anyone is authenticated (preflight).</param>
/// <param name="Version">The IAM action in its place when the request names a version.</param>
/// <param name="SameAs">A call that AWS keeps for old clients; on the wire it is the other one.</param>
/// <param name="Selectors">
/// What a request must carry, besides method and level: "name" a query parameter, "name=value" one with that value,
/// "@name" a header, "@multipart/form-data" a content type.
/// </param>
internal sealed record OperationRow(
    S3OperationName Name,
    RequestMethod Method,
    ResourceLevel Level,
    string? Action,
    string? Version = null,
    S3OperationName? SameAs = null,
    string[]? Selectors = null)
{
    /// <summary>The selectors as bits of <see cref="SelectorSet"/>.</summary>
    public ulong SelectorBits { get; } = SelectorSet.BitsOf(Selectors);
}
