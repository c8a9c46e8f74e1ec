using System.Security.Cryptography;
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
            if (algorithm != ChecksumAlgorithm.None && wanted.Contains(algorithm)) computed.Set(algorithm, Compute(algorithm, document));
        }
        return computed;
    }

    private static byte[] Compute(ChecksumAlgorithm algorithm, ReadOnlySpan<byte> document) => algorithm switch
    {
        ChecksumAlgorithm.Md5 => MD5.HashData(document),
        ChecksumAlgorithm.Sha1 => SHA1.HashData(document),
        ChecksumAlgorithm.Sha256 => SHA256.HashData(document),
        ChecksumAlgorithm.Sha512 => SHA512.HashData(document),
        _ => throw new Errors.S3Exception(Errors.S3ErrorCode.NotImplemented),
    };
}
