using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.S3.Errors;

/// <summary>An answer that is an error.</summary>
/// <param name="Message">Text in place of the table's.</param>
/// <param name="Fields">Further elements of the error's XML, such as BucketName or ArgumentName, in order.</param>
internal sealed record S3Error(S3ErrorCode Code, string? Message = null, params (string Name, string? Value)[] Fields)
{
    /// <summary>What it is on the wire where that is none of the one table's: errors of queries, which have their own.</summary>
    public S3ErrorRow? Special { get; init; }

    /// <summary>The region to sign for, of a request that was signed for another.</summary>
    public string? ExpectedRegion { get; init; }

    /// <summary>What Ceph's gateway says in its place, where that is another error.</summary>
    public S3ErrorCode? InCeph { get; init; }

    public S3Error In(S3Dialect dialect) => dialect.CephErrors && InCeph is { } code ? this with { Code = code, InCeph = null } : this;

    public S3ErrorRow Row => Special ?? S3ErrorTable.Row(Code);

    public static implicit operator S3Error(S3ErrorCode code) => new(code);
}

/// <summary>Ends an operation with an S3 error; for expected ones on a hot path prefer <see cref="S3RequestContext.SendErrorAsync(S3Error, CancellationToken)"/>.</summary>
internal sealed class S3Exception(S3Error error, Exception? inner = null) : Exception(error.Message ?? error.Code.ToString(), inner)
{
    public S3Exception(S3ErrorCode code, string? message = null) : this(new S3Error(code, message))
    {
    }

    public S3Error Error { get; } = error;
}
