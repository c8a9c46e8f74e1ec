using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.S3.Checksums;

/// <summary>Digests of a small document that is in memory. Object bodies are digested by the object service while they stream.</summary>
internal static class DocumentDigests
{
    public static ComputedDigests Compute(ChecksumSet wanted, ReadOnlySpan<byte> document)
    {
        var computed = new ComputedDigests { LengthBytes = document.Length };
        foreach (var algorithm in Enum.GetValues<ChecksumAlgorithm>())
        {
            if (algorithm == ChecksumAlgorithm.None || !wanted.Contains(algorithm)) continue;
            using var checksum = DigestFactory.BeginChecksum(algorithm);
            checksum.Append(document);
            computed.Set(algorithm, checksum.Finish());
        }
        return computed;
    }
}
