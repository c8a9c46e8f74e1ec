using System.Buffers.Binary;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// The checksum of an object from its parts': the checksum of their checksums (composite), or for CRCs the one that the
/// whole would have (full object). Source: AWS, "Checking object integrity", full object and composite checksum types.
/// </summary>
internal sealed class PartChecksums
{
    private readonly ChecksumAlgorithm _algorithm;
    private readonly IRunningChecksum? _composite;
    private readonly CrcCombiner? _combiner;
    private ulong _crc;
    private bool _begun;

    private PartChecksums(ChecksumAlgorithm algorithm, ChecksumType type)
    {
        _algorithm = algorithm;
        if (type == ChecksumType.Composite) _composite = DigestFactory.BeginChecksum(algorithm);
        else _combiner = CrcCombiner.For(algorithm);
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
        _crc = _begun ? _combiner!.Combine(_crc, crc, partLengthBytes) : crc;
        _begun = true;
    }

    /// <summary>Call once.</summary>
    public ObjectChecksum Finish(int partCount)
    {
        if (_composite is not null)
        {
            using (_composite) return new ObjectChecksum(_algorithm, ChecksumType.Composite, _composite.Finish(), partCount);
        }
        var value = new byte[_algorithm == ChecksumAlgorithm.Crc64Nvme ? 8 : 4];
        if (value.Length == 8) BinaryPrimitives.WriteUInt64BigEndian(value, _crc);
        else BinaryPrimitives.WriteUInt32BigEndian(value, (uint)_crc);
        return new ObjectChecksum(_algorithm, ChecksumType.FullObject, value);
    }
}
