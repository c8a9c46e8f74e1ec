using System.Buffers.Binary;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// The checksum of an object from its parts': the checksum of their checksums (composite), or for CRCs the one that the
/// whole would have (full object). Source: AWS, "Checking object integrity", full object and composite checksum types.
/// </summary>
internal sealed class PartChecksums
{
    private readonly ChecksumAlgorithm _algorithm;
    private readonly IRunningChecksum? _composite;
    private ulong _crc;

    private PartChecksums(ChecksumAlgorithm algorithm, ChecksumType type)
    {
        _algorithm = algorithm;
        if (type == ChecksumType.Composite) _composite = DigestFactory.BeginChecksum(algorithm);
    }

    /// <summary>Null when the upload has no checksums.</summary>
    public static PartChecksums? Begin(ChecksumAlgorithm algorithm, ChecksumType type) =>
        algorithm == ChecksumAlgorithm.None ? null : new PartChecksums(algorithm, type);

    public void Append(ReadOnlySpan<byte> checksum, long partLengthBytes)
    {
        if (_composite is not null)
        {
            _composite.Append(checksum);
            return;
        }
        var crc = checksum.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(checksum) : BinaryPrimitives.ReadUInt32BigEndian(checksum);
        // The CRC of nothing is 0, so the first part needs no case of its own.
        _crc = _algorithm switch
        {
            ChecksumAlgorithm.Crc32 => Crc32.Combine((uint)_crc, (uint)crc, partLengthBytes),
            ChecksumAlgorithm.Crc32C => Crc32C.Combine((uint)_crc, (uint)crc, partLengthBytes),
            ChecksumAlgorithm.Crc64Nvme => Crc64Nvme.Combine(_crc, crc, partLengthBytes),
            _ => throw new InvalidOperationException($"{_algorithm} of a whole does not follow from its parts."),
        };
    }

    /// <summary>Call once.</summary>
    public ObjectChecksum Finish(int partCount)
    {
        if (_composite is not null)
        {
            using (_composite) return new ObjectChecksum(_algorithm, ChecksumType.Composite, _composite.Finish(), partCount);
        }
        var value = _algorithm == ChecksumAlgorithm.Crc64Nvme ? CrcBytes.Of(_crc) : CrcBytes.Of((uint)_crc);
        return new ObjectChecksum(_algorithm, ChecksumType.FullObject, value);
    }
}
