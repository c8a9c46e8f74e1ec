namespace ObjectStore.Server.S3.Wire;

/// <summary>Names of storage classes on the wire. Which ones there are is for the object service to say.</summary>
internal static class StorageClasses
{
    public const string Standard = "STANDARD";

    /// <summary>Null where the request names none.</summary>
    public static string? Parse(string? header) => string.IsNullOrEmpty(header) ? null : header;
}
