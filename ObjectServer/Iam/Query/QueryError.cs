namespace ObjectStore.Server.Iam;

/// <summary>An error of the query protocol.</summary>
/// <param name="Status">The HTTP status; from 500 on it is the receiver's fault, below it the sender's.</param>
internal sealed record QueryError(string Code, int Status, string Message)
{
    public string Type => Status >= 500 ? "Receiver" : "Sender";
}

/// <summary>A call that is refused for its parameters, where a value would be awkward.</summary>
internal sealed class QueryException(QueryError error) : Exception(error.Message)
{
    public QueryError Error { get; } = error;
}
