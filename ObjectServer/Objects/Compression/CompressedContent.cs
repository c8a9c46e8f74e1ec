using System.IO.Pipelines;
using ObjectStore.Metadata.Schema;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Objects;

/// <summary>A content that is compressed in frames, opened as it is read: a range costs the frames that it touches. Offsets are the client's.</summary>
/// <param name="stored">The frames, opened if they are sealed.</param>
/// <param name="storedBytes">Of them.</param>
internal sealed class CompressedContent(OpenContent stored, long storedBytes, CompressionRecord record, ContentId id, ZstdContexts contexts) : OpenContent
{
    // Made when something is read: who asks only for the scheme may have opened what is sealed without its key.
    private FrameIndex? _index;

    public override int Depth => stored.Depth;

    // What is compressed lies in blobs, which are asked whole.
    protected internal override ValueTask<bool> UsesSchemeAsync(SchemeQuestion question, long offset, long length, CancellationToken ct) =>
        stored.UsesSchemeAsync(question, 0, storedBytes, ct);

    public override async ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        if (length == 0) return;
        var index = _index ??= new FrameIndex(stored, storedBytes, record, id);
        var end = offset + length;
        var lastFrame = (end - 1) / index.FrameBytes;
        using var decoder = new FrameDecoder(contexts, index, (long)record.Length, destination);
        for (var frame = offset / index.FrameBytes; frame <= lastFrame && !decoder.IsAbandoned;)
        {
            var last = Math.Min(lastFrame, index.LastOfGroup(frame));
            var (from, to) = await index.FindAsync(frame, last, ct);
            var begin = frame * index.FrameBytes;
            var skip = (int)Math.Max(0, offset - begin);
            decoder.Begin(frame, skip, Math.Min(end, (last + 1) * index.FrameBytes) - begin - skip, to - from);
            await stored.ReadAsync(from, to - from, decoder, ct);
            if (!decoder.IsAbandoned) decoder.ExpectEnd();
            frame = last + 1;
        }
    }
}
