using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using ObjectStore.Select.Output;

namespace ObjectStore.Select.Tests;

/// <summary>One message of the answer.</summary>
internal sealed record Message(Dictionary<string, string> Headers, byte[] Payload)
{
    public string Type => Headers.GetValueOrDefault(":event-type") ?? Headers[":message-type"];

    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>Runs queries over bytes in memory and takes the answers apart.</summary>
internal static class Harness
{
    // On a slow machine what comes with time would come amid what is expected.
    private static readonly TimeProvider Frozen = new FrozenTime();

    public static string Csv(string expression, string csv, CsvInput? input = null, CsvOutput? output = null, int chunkBytes = 4096) =>
        Records(new SelectRequest { Expression = expression, CsvInput = input ?? new CsvInput(), CsvOutput = output ?? new CsvOutput() }, Encoding.UTF8.GetBytes(csv), chunkBytes);

    public static string Json(string expression, string json, bool isLines = false, int chunkBytes = 4096) =>
        Records(new SelectRequest { Expression = expression, JsonInput = new JsonInput(isLines), JsonOutput = new JsonOutput() }, Encoding.UTF8.GetBytes(json), chunkBytes);

    public static string Records(SelectRequest request, byte[] content, int chunkBytes = 4096)
    {
        var messages = Run(request, content, chunkBytes);
        if (messages[^1].Type == "error") throw new InvalidOperationException(messages[^1].Headers[":error-code"]);
        messages[^1].Type.ShouldBe("End");
        messages[^2].Type.ShouldBe("Stats");
        return string.Concat(messages.Where(message => message.Type == "Records").Select(message => message.Text));
    }

    public static SelectErrorCode Error(string expression, string csv, CsvInput? input = null) =>
        Should.Throw<SelectException>(() => Csv(expression, csv, input)).Code;

    public static List<Message> Run(SelectRequest request, byte[] content, int chunkBytes = 4096, TimeProvider? time = null)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var query = new SelectQuery(request, chunkBytes);
        query.RunAsync(new Source(content, chunkBytes), pipe.Writer, new SelectTurns(1, 1), time ?? Frozen, CancellationToken.None).GetAwaiter().GetResult();
        pipe.Writer.Complete();
        using var all = new MemoryStream();
        pipe.Reader.CopyToAsync(all).GetAwaiter().GetResult();
        return Messages(all.ToArray());
    }

    public static List<Message> Messages(ReadOnlySpan<byte> stream)
    {
        var messages = new List<Message>();
        while (!stream.IsEmpty)
        {
            var total = BinaryPrimitives.ReadInt32BigEndian(stream);
            var headers = BinaryPrimitives.ReadInt32BigEndian(stream[4..]);
            BinaryPrimitives.ReadUInt32BigEndian(stream[8..]).ShouldBe(Crc32.Compute(stream[..8]));
            BinaryPrimitives.ReadUInt32BigEndian(stream[(total - 4)..]).ShouldBe(Crc32.Compute(stream[..(total - 4)]));
            messages.Add(new Message(Headers(stream.Slice(12, headers)), stream[(12 + headers)..(total - 4)].ToArray()));
            stream = stream[total..];
        }

        return messages;
    }

    private static Dictionary<string, string> Headers(ReadOnlySpan<byte> bytes)
    {
        var headers = new Dictionary<string, string>();
        while (!bytes.IsEmpty)
        {
            int name = bytes[0];
            bytes[1 + name].ShouldBe((byte)7);
            var value = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 + name)..]);
            headers.Add(Encoding.UTF8.GetString(bytes.Slice(1, name)), Encoding.UTF8.GetString(bytes.Slice(4 + name, value)));
            bytes = bytes[(4 + name + value)..];
        }

        return headers;
    }

    private sealed class FrozenTime : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gives at most so many bytes a read.</summary>
    internal sealed class Source(byte[] content, int chunkBytes) : ISelectSource
    {
        public long LengthBytes => content.Length;

        public Stream Open(long offset) => new Slow(content.AsMemory((int)offset).ToArray(), chunkBytes);

        private sealed class Slow(byte[] bytes, int chunkBytes) : MemoryStream(bytes)
        {
            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
                base.ReadAsync(buffer[..Math.Min(buffer.Length, chunkBytes)], cancellationToken);
        }
    }
}
