namespace ObjectStore.Storage.Drives;

/// <summary>Names below a drive's directory. Drawn in docs/formats/storage.md, "Drive directory"; keep in step.</summary>
internal static class DriveLayout
{
    public const string Log = "log";
    public const string Bulk = "bulk";
    public const string Index = "index";

    /// <summary>If present, the index is thrown away at the next open.</summary>
    public const string RebuildMarker = "index.rebuild";

    /// <summary>Present while the drive is closed, if nothing was left to free when it was.</summary>
    public const string CleanMarker = "clean";

    public const string Membership = "membership";
    public const string Seen = "seen";

    public static IReadOnlyList<string> Directories { get; } = [Log, Bulk, Index];
}
