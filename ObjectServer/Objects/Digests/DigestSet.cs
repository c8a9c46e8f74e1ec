namespace ObjectStore.Server.Objects.Digests;

/// <summary>All digests of one body, computed in one pass over the memory it was read into. Dispose it.</summary>
internal sealed class DigestSet : IDisposable
{
    private readonly IMd5 _md5;
    private readonly (ChecksumAlgorithm Algorithm, IRunningChecksum Checksum)[] _checksums;
    private long _lengthBytes;

    public DigestSet(IMd5 md5, (ChecksumAlgorithm, IRunningChecksum)[] checksums)
    {
        _md5 = md5;
        _checksums = checksums;
    }

    public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        _lengthBytes += data.Length;
        foreach (var (_, checksum) in _checksums) checksum.Append(data.Span);
        return _md5.AppendAsync(data, ct);
    }

    public async ValueTask<ComputedDigests> FinishAsync(CancellationToken ct)
    {
        var digests = new ComputedDigests { LengthBytes = _lengthBytes };
        var md5 = new byte[IMd5.SizeBytes];
        await _md5.FinishAsync(md5, ct);
        digests.Set(ChecksumAlgorithm.Md5, md5);
        foreach (var (algorithm, checksum) in _checksums) digests.Set(algorithm, checksum.Finish());
        return digests;
    }

    public void Dispose()
    {
        _md5.Dispose();
        foreach (var (_, checksum) in _checksums) checksum.Dispose();
    }
}
