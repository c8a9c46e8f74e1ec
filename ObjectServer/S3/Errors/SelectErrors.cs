using ObjectStore.Select;

namespace ObjectStore.Server.S3.Errors;

/// <summary>Errors of queries, which have a table of their own, as errors of S3.</summary>
internal static class SelectErrors
{
    public static S3Error Of(SelectException fault)
    {
        var row = SelectErrorTable.Row(fault.Code);
        return new S3Error(S3ErrorCode.InvalidRequest, fault.Message) { Special = new S3ErrorRow(S3ErrorCode.InvalidRequest, row.Status, row.Text) { Name = row.Name } };
    }
}
