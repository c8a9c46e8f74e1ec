using System.Security.Cryptography;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>Makes the digests of bodies.</summary>
internal sealed class DigestFactory(Md5Service md5)
{
    /// <summary>MD5, and what the set names.</summary>
    public DigestSet Begin(ChecksumSet set)
    {
        var checksums = new List<(ChecksumAlgorithm, IRunningChecksum)>();
        for (var algorithm = ChecksumAlgorithm.Crc32; algorithm <= ChecksumAlgorithm.XxHash128; algorithm++)
        {
            // MD5 is there anyway.
            if (algorithm != ChecksumAlgorithm.Md5 && set.Contains(algorithm)) checksums.Add((algorithm, BeginChecksum(algorithm)));
        }
        return new DigestSet(md5.CreateStream(), [.. checksums]);
    }

    /// <exception cref="ArgumentOutOfRangeException">No algorithm.</exception>
    public static IRunningChecksum BeginChecksum(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc32 => new RunningCrc32(),
        ChecksumAlgorithm.Crc32C => new RunningCrc32C(),
        ChecksumAlgorithm.Crc64Nvme => new RunningCrc64Nvme(),
        ChecksumAlgorithm.Sha1 => new RunningHash(HashAlgorithmName.SHA1),
        ChecksumAlgorithm.Sha256 => new RunningHash(HashAlgorithmName.SHA256),
        ChecksumAlgorithm.Sha512 => new RunningHash(HashAlgorithmName.SHA512),
        ChecksumAlgorithm.Md5 => new RunningHash(HashAlgorithmName.MD5),
        ChecksumAlgorithm.XxHash64 => new RunningXxHash64(),
        ChecksumAlgorithm.XxHash3 => new RunningXxHash3(8),
        ChecksumAlgorithm.XxHash128 => new RunningXxHash3(16),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };
}
