using System.Collections.Frozen;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// The storage classes whose objects can be read at once are kept as a label that is given back; all are stored alike, with the
/// pool's redundancy. Those that need a restore before a read are refused. docs/SEMANTICS.md says so.
/// </summary>
internal static class StorageClasses
{
    public const string Standard = "STANDARD";

    private static readonly FrozenSet<string> Labels =
        FrozenSet.Create("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR");

    /// <summary>Null for the default class.</summary>
    /// <exception cref="S3Exception">InvalidStorageClass.</exception>
    public static string? Parse(string? header) => header switch
    {
        null or "" or Standard => null,
        _ when Labels.Contains(header) => header,
        _ => throw new S3Exception(new S3Error(S3ErrorCode.InvalidStorageClass, null, ("StorageClassRequested", header))),
    };
}
