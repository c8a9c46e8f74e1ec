using System.IO.Pipelines;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record ReadRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public string? VersionId { get; init; }
    public ReadConditions Conditions { get; init; }
}

/// <summary>One part of an object that was uploaded in parts (a whole object counts as its part 1).</summary>
internal sealed record PartInfo(int PartNumber, long OffsetBytes, long LengthBytes, string ETag, ObjectChecksum? Checksum, DateTimeOffset LastModified);

/// <param name="NextMarker">The last part number given, when more follow; else null.</param>
internal sealed record PartPage(IReadOnlyList<PartInfo> Parts, int TotalParts, int? NextMarker);

internal sealed class ObjectReader
{
    /// <summary>The version's facts without touching its content.</summary>
    public ValueTask<Result<ObjectInfo>> StatAsync(ReadRequest request, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>A handle on the version as one snapshot has it, safe from the garbage collector until it is disposed.</summary>
    public ValueTask<Result<ObjectHandle>> OpenAsync(ReadRequest request, CancellationToken ct) => throw new NotImplementedException();
}

/// <summary>An open version. Dispose it.</summary>
internal sealed class ObjectHandle : IDisposable
{
    public ObjectInfo Info { get; } = null!;

    /// <summary>Writes bytes [offset, offset + length), verified, and flushes as it goes.</summary>
    /// <exception cref="Erasure.Stripes.BlobStoreException">Unreadable: what was written is right but short; break the connection.</exception>
    public ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Where part <paramref name="partNumber"/> lies; <see cref="ObjectFault.InvalidPartNumber"/> if there is none.</summary>
    public ValueTask<Result<PartInfo>> GetPartAsync(int partNumber, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Parts behind <paramref name="afterPartNumber"/>, for GetObjectAttributes. Empty for an object that was not uploaded in parts.</summary>
    public ValueTask<PartPage> ListPartsAsync(int afterPartNumber, int maxParts, CancellationToken ct) => throw new NotImplementedException();

    public void Dispose() { }
}
