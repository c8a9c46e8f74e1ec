using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Errors about what a request says, in AWS's form.</summary>
internal static class Invalid
{
    public static S3Error Argument(string name, string? value, string? message) =>
        new(S3ErrorCode.InvalidArgument, message, ("ArgumentName", name), ("ArgumentValue", value));
}
