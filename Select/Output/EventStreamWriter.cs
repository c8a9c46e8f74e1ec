using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace ObjectStore.Select.Output;

/// <summary>
/// Messages of the answer: total length, length of the headers, CRC of both, headers, payload, CRC of all; big-endian.
/// A header is the length of its name in a byte, the name, 7 (a string), the length of the value in two bytes, the value.
/// Source: S3 API reference, "Appendix: SelectObjectContent Response".
/// </summary>
internal sealed class EventStreamWriter(PipeWriter output)
{
    /// <summary>Longest payload of one Records message.</summary>
    public const int MaxPayloadBytes = 128 * 1024;

    private const int MaxErrorChars = 1024;

    private static readonly byte[] RecordsHeaders = Headers((":message-type", "event"), (":event-type", "Records"), (":content-type", "application/octet-stream"));
    private static readonly byte[] ProgressHeaders = Headers((":message-type", "event"), (":event-type", "Progress"), (":content-type", "text/xml"));
    private static readonly byte[] StatsHeaders = Headers((":message-type", "event"), (":event-type", "Stats"), (":content-type", "text/xml"));
    private static readonly byte[] ContinueHeaders = Headers((":message-type", "event"), (":event-type", "Cont"));
    private static readonly byte[] EndHeaders = Headers((":message-type", "event"), (":event-type", "End"));

    /// <summary>Whether something has been sent, so that the answer's status is fixed.</summary>
    public bool HasBegun { get; private set; }

    public void WriteRecords(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            var length = Math.Min(payload.Length, MaxPayloadBytes);
            Write(RecordsHeaders, payload[..length]);
            payload = payload[length..];
        }
    }

    public void WriteContinue() => Write(ContinueHeaders, []);

    public void WriteProgress(long scanned, long processed, long returned) => Write(ProgressHeaders, Details("Progress", scanned, processed, returned));

    public void WriteStats(long scanned, long processed, long returned) => Write(StatsHeaders, Details("Stats", scanned, processed, returned));

    public void WriteEnd() => Write(EndHeaders, []);

    public void WriteError(string code, string message)
    {
        // It may repeat names of the expression, which may be longer than a header can be.
        if (message.Length > MaxErrorChars) message = message[..MaxErrorChars];
        Write(Headers((":message-type", "error"), (":error-code", code), (":error-message", message)), []);
    }

    /// <summary>Sends what is written.</summary>
    /// <returns>False when nobody takes it any more.</returns>
    public async ValueTask<bool> FlushAsync(CancellationToken ct) => !(await output.FlushAsync(ct).ConfigureAwait(false)).IsCompleted;

    private void Write(byte[] headers, ReadOnlySpan<byte> payload)
    {
        HasBegun = true;
        var length = 12 + headers.Length + payload.Length + 4;
        var message = output.GetSpan(length)[..length];
        BinaryPrimitives.WriteInt32BigEndian(message, length);
        BinaryPrimitives.WriteInt32BigEndian(message[4..], headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], Crc32.Compute(message[..8]));
        headers.CopyTo(message[12..]);
        payload.CopyTo(message[(12 + headers.Length)..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[^4..], Crc32.Compute(message[..^4]));
        output.Advance(length);
    }

    private static byte[] Details(string root, long scanned, long processed, long returned) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root}><BytesScanned>{scanned}</BytesScanned><BytesProcessed>{processed}</BytesProcessed><BytesReturned>{returned}</BytesReturned></{root}>"));

    private static byte[] Headers(params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var bytes = new List<byte>();
        foreach (var (name, value) in headers)
        {
            var (key, text) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
            bytes.Add((byte)key.Length);
            bytes.AddRange(key);
            bytes.Add(7);
            bytes.Add((byte)(text.Length >> 8));
            bytes.Add((byte)text.Length);
            bytes.AddRange(text);
        }

        return [.. bytes];
    }
}
