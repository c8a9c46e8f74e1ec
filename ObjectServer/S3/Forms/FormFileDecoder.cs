using System.Buffers;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Forms;

/// <summary>
/// The content of a form's file: everything up to the delimiter, whatever may follow that. Its length is known at its end
/// only, and is held to the policy's range. Not thread-safe.
/// </summary>
internal sealed class FormFileDecoder(byte[] delimiter, long minBytes, long maxBytes) : IBodyDecoder
{
    private long _total;

    public bool IsOver { get; private set; }

    public int Decode(ref ReadOnlySequence<byte> input, Span<byte> destination)
    {
        if (IsOver) return 0;
        // With so much more than there is room for, what is held back is never all of it.
        var window = input.Slice(0, Math.Min(input.Length, destination.Length + delimiter.Length));
        var found = IndexOfDelimiter(window);
        var content = found >= 0 ? found : window.Length - HeldBack(window);
        var count = (int)Math.Min(content, destination.Length);
        input.Slice(0, count).CopyTo(destination);
        Count(count);
        if (found == count) End();
        input = input.Slice(IsOver ? count + delimiter.Length : count);
        return count;
    }

    public void CheckEnd()
    {
        if (!IsOver) throw new S3Exception(FormErrors.Malformed());
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void Count(int count)
    {
        _total += count;
        if (_total > maxBytes) throw new S3Exception(FormErrors.TooLarge(_total, maxBytes));
    }

    private void End()
    {
        IsOver = true;
        if (_total < minBytes) throw new S3Exception(FormErrors.TooSmall(_total, minBytes));
    }

    private long IndexOfDelimiter(ReadOnlySequence<byte> window)
    {
        if (window.IsSingleSegment) return window.FirstSpan.IndexOf(delimiter);
        var reader = new SequenceReader<byte>(window);
        return reader.TryReadTo(out ReadOnlySequence<byte> before, delimiter, advancePastDelimiter: false) ? before.Length : -1;
    }

    /// <summary>Bytes at the end that may be the beginning of the delimiter.</summary>
    private int HeldBack(ReadOnlySequence<byte> window)
    {
        var length = (int)Math.Min(window.Length, delimiter.Length - 1);
        Span<byte> tail = stackalloc byte[FormBoundary.MaxLength + 4];
        tail = tail[..length];
        window.Slice(window.Length - length).CopyTo(tail);
        while (!tail.IsEmpty && !delimiter.AsSpan().StartsWith(tail)) tail = tail[1..];
        return tail.Length;
    }
}
