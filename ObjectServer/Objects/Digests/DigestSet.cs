namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// All digests of one body, computed in one pass over the memory it was read into. MD5 of a piece goes on while the
/// caller fills the next. Dispose it.
/// </summary>
internal sealed class DigestSet : IDisposable
{
    private readonly IMd5Stream _md5;
    private readonly (ChecksumAlgorithm Algorithm, IRunningChecksum Checksum)[] _checksums;
    private ValueTask _pending;
    private long _lengthBytes;

    public DigestSet(IMd5Stream md5, (ChecksumAlgorithm, IRunningChecksum)[] checksums)
    {
        _md5 = md5;
        _checksums = checksums;
    }

    /// <summary>Takes a piece, when the one before it is done. Its memory must stay as it is until <see cref="SettleAsync"/>, or the next call of this, has completed.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        // First, while the piece is still in the processor's cache and MD5 perhaps at work on the one before.
        foreach (var (_, checksum) in _checksums) checksum.Append(data.Span);
        await SettleAsync();
        _lengthBytes += data.Length;
#pragma warning disable CA2012 // It is awaited once, by SettleAsync; a Task would be an allocation a piece.
        _pending = _md5.UpdateAsync(data, ct);
#pragma warning restore CA2012
    }

    /// <summary>When it completes, also with an exception, no memory is in use any more.</summary>
    public ValueTask SettleAsync()
    {
        var pending = _pending;
        _pending = default;
        return pending;
    }

    public async ValueTask<ComputedDigests> FinishAsync()
    {
        await SettleAsync();
        var digests = new ComputedDigests { LengthBytes = _lengthBytes };
        var md5 = new byte[Md5Stream.DigestBytes];
        _md5.Finish(md5);
        digests.Set(ChecksumAlgorithm.Md5, md5);
        foreach (var (algorithm, checksum) in _checksums) digests.Set(algorithm, checksum.Finish());
        return digests;
    }

    public void Dispose()
    {
        foreach (var (_, checksum) in _checksums) checksum.Dispose();
    }
}
