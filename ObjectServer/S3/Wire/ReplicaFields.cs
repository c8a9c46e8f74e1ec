using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Operations;

namespace ObjectStore.Server.S3.Wire;

/// <summary>Headers of replication between stores of this kind: docs/formats/replication.md.</summary>
internal static class ReplicaFields
{
    public const string Prefix = "x-objectstore-replica";

    /// <summary>In answers: the version of the protocol, by which a store of this kind is known.</summary>
    public const string Protocol = "x-objectstore-replica";
    public const string ProtocolVersion = "1";

    /// <summary>In answers: "Enabled" for a bucket that keeps versions.</summary>
    public const string Versioning = "x-objectstore-replica-versioning";

    /// <summary>In answers: whether the bucket has object lock.</summary>
    public const string ObjectLock = "x-objectstore-replica-object-lock";

    /// <summary>Of a delete marker: 32 hexadecimal digits.</summary>
    public const string VersionIdHeader = "x-objectstore-replica-version-id";

    /// <summary>Of a delete marker: 100 ns since 1970.</summary>
    public const string ModifiedHeader = "x-objectstore-replica-modified";

    public const string MediaType = "application/x-protobuf";

    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static VersionRecord ReadMarker(IHeaderDictionary headers)
    {
        var id = headers[VersionIdHeader].ToString();
        if (!VersionId.TryParse(id, out var version)) throw new S3Exception(Invalid.Argument(VersionIdHeader, id, "Invalid version id specified"));
        var modified = headers[ModifiedHeader].ToString();
        if (!ulong.TryParse(modified, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)) throw new S3Exception(Invalid.Argument(ModifiedHeader, modified, "Invalid time specified"));
        return new VersionRecord { Sequence = version.Sequence, Nonce = version.Nonce, ModifiedTicks = ticks, Flags = (uint)VersionFlags.DeleteMarker };
    }

    public static (string, string)[] OfMarker(VersionRecord marker) =>
    [
        (VersionIdHeader, new VersionId(marker.Sequence, marker.Nonce).ToString()),
        (ModifiedHeader, marker.ModifiedTicks.ToString(CultureInfo.InvariantCulture)),
    ];
}
