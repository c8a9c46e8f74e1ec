namespace ObjectStore.Select;

/// <summary>Ends a query: it is wrong, or the object is not what the request says it is. Never worth a retry.</summary>
public sealed class SelectException(SelectErrorCode code, string? message = null, Exception? inner = null)
    : Exception(message ?? SelectErrorTable.Row(code).Text, inner)
{
    public SelectErrorCode Code { get; } = code;
}
