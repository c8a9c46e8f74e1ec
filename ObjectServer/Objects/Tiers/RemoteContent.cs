using System.Buffers;
using System.IO.Pipelines;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Objects;

/// <summary>
/// A content whose bytes lie in another store. They are read in whole blocks, each of which must have the checksum that it had when it was sent,
/// before any of it is given on. What breaks is asked for again from the block that it broke in.
/// </summary>
internal sealed class RemoteContent(ITierStore store, ContentId id, ContentRecord record) : OpenContent
{
    private const int MaxAttempts = 3;

    private long LengthBytes => (long)record.Length;

    private int BlockBytes => (int)record.Remote.BlockBytes;

    public override int Depth => 0;

    protected internal override ValueTask<bool> UsesSchemeAsync(SchemeQuestion question, long offset, long length, CancellationToken ct) => new(false);

    public override async ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        if (length == 0) return;
        if (BlockBytes == 0) throw new TierException(isTierAway: false, $"Content {id} never arrived in {record.Remote.Tier}.");
        var end = offset + length;
        var readEnd = Math.Min(LengthBytes, ((end - 1) / BlockBytes + 1) * BlockBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        Stream? stream = null;
        try
        {
            for (var at = offset / BlockBytes * BlockBytes; at < end;)
            {
                var count = (int)Math.Min(BlockBytes, LengthBytes - at);
                stream = await ReadBlockAsync(stream, at, readEnd, buffer.AsMemory(0, count), ct);
                var from = (int)Math.Max(0, offset - at);
                var wanted = buffer.AsMemory(from, (int)Math.Min(count, end - at) - from);
                // Nobody reads on: as for other contents that is no fault.
                if (await destination.WriteAsync(wanted, ct) is { IsCompleted: true } or { IsCanceled: true }) return;
                at += count;
            }
        }
        finally
        {
            if (stream is not null) await stream.DisposeAsync();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>The stream behind the block, which may be another one.</returns>
    private async ValueTask<Stream> ReadBlockAsync(Stream? stream, long at, long readEnd, Memory<byte> block, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                stream ??= await store.OpenAsync(record.Remote, at, readEnd - at, ct);
                await stream.ReadExactlyAsync(block, ct);
                Verify(at, block.Span);
                return stream;
            }
            catch (Exception e) when (e is TierException or EndOfStreamException)
            {
                if (stream is not null) await stream.DisposeAsync();
                stream = null;
                if (attempt < MaxAttempts) continue;
                throw e as TierException ?? new TierException(isTierAway: false, $"Object {record.Remote.Key} in {record.Remote.Tier} is shorter than it was.", e);
            }
            catch
            {
                if (stream is not null) await stream.DisposeAsync();
                throw;
            }
        }
    }

    private void Verify(long at, ReadOnlySpan<byte> block)
    {
        if (Crc32C.Compute(block) != record.Remote.BlockCrcs[(int)(at / BlockBytes)])
            throw new TierException(isTierAway: false, $"Object {record.Remote.Key} in {record.Remote.Tier} has other bytes than were sent, behind {at}.");
    }
}
