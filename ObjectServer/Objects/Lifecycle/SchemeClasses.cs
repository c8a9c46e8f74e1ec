namespace ObjectStore.Server.Objects;

/// <summary>The order in which AWS lets objects go down through its storage classes. Source: S3 User Guide, "Transitioning objects".</summary>
internal sealed class SchemeClasses : IStorageClassOrder
{
    public const string Standard = "STANDARD";

    private static readonly string[] Order = [Standard, "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

    public static SchemeClasses Default { get; } = new();

    public bool IsBelow(string from, string to)
    {
        var (above, below) = (Array.IndexOf(Order, from.Length == 0 ? Order[0] : from), Array.IndexOf(Order, to));
        return above >= 0 && below >= 0 ? above < below : from != to;
    }
}
