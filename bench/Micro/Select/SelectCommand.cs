using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using ObjectStore.Select;

namespace ObjectStore.Bench.Micro.Select;

/// <summary>Queries over 64 MiB in memory, beside a search of the same bytes for line ends, which is the least that a query can do.</summary>
internal static class SelectCommand
{
    private const int LengthBytes = 64 * 1024 * 1024;

    private static readonly (string Name, string Expression, bool IsJson)[] Queries =
    [
        ("csv count", "SELECT COUNT(*) FROM S3Object", false),
        ("csv filter on one number", "SELECT _2 FROM S3Object WHERE CAST(_1 AS INT) = 77", false),
        ("csv filter on the fifth text", "SELECT _2 FROM S3Object WHERE _5 LIKE '%needle%'", false),
        ("csv sum", "SELECT SUM(CAST(_3 AS INT)) FROM S3Object", false),
        ("csv everything as it is", "SELECT * FROM S3Object", false),
        ("csv two columns", "SELECT _2, _4 FROM S3Object", false),
        ("json lines filter on one number", "SELECT s.name FROM S3Object s WHERE s.id = 77", true),
        ("json lines everything", "SELECT * FROM S3Object", true),
    ];

    public static async Task<int> RunAsync()
    {
        var csv = Fill((text, n) => text.Append(CultureInfo.InvariantCulture, $"{n},name-{n % 97},{n % 1000},{n % 31}.50,some words of text that are longer\n"));
        var json = Fill((text, n) => text.Append(CultureInfo.InvariantCulture, $"{{\"id\":{n},\"name\":\"name-{n % 97}\",\"n\":{n % 1000},\"text\":\"some words of text that are longer\"}}\n"));
        Console.WriteLine($"{"query",-34} {"MiB/s",8} {"of the scan",12} {"bytes allocated a record",26}");
        foreach (var (name, expression, isJson) in Queries)
        {
            var content = isJson ? json : csv;
            var records = content.AsSpan().Count((byte)'\n');
            var scan = await BestAsync(() => Scan(content));
            var (seconds, allocated) = (double.MaxValue, 0L);
            for (var round = 0; round < 4; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                await QueryAsync(expression, content, isJson);
                seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-34} {content.Length / 1048576.0 / seconds,8:0} {scan / seconds,12:0.00} {(double)allocated / records,26:0.00}"));
        }

        return 0;
    }

    private static byte[] Fill(Action<StringBuilder, int> append)
    {
        var text = new StringBuilder(LengthBytes + 1024);
        for (var n = 0; text.Length < LengthBytes; n++) append(text, n);
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static async Task<double> BestAsync(Func<Task> action)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 4; round++)
        {
            var start = Stopwatch.GetTimestamp();
            await action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    // Through the same stream and buffer size as a query.
    private static async Task Scan(byte[] content)
    {
        await using var stream = new MemoryStream(content);
        var buffer = new byte[256 * 1024];
        var lines = 0L;
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0)
        {
            var rest = buffer.AsSpan(0, count);
            for (var at = rest.IndexOf((byte)'\n'); at >= 0; at = rest.IndexOf((byte)'\n'))
            {
                lines++;
                rest = rest[(at + 1)..];
            }
        }

        if (lines == 0) throw new InvalidOperationException("There are no lines.");
    }

    private static async Task QueryAsync(string expression, byte[] content, bool isJson)
    {
        var query = new SelectQuery(new SelectRequest
        {
            Expression = expression,
            CsvInput = isJson ? null : new CsvInput(),
            JsonInput = isJson ? new JsonInput(true) : null,
            CsvOutput = isJson ? null : new CsvOutput(),
            JsonOutput = isJson ? new JsonOutput() : null,
        });
        var output = PipeWriter.Create(Stream.Null);
        await query.RunAsync(new Source(content), output, new SelectTurns(1, 1), TimeProvider.System, CancellationToken.None);
        await output.CompleteAsync();
    }

    private sealed class Source(byte[] content) : ISelectSource
    {
        public long LengthBytes => content.Length;

        public Stream Open(long offset) => new MemoryStream(content, (int)offset, content.Length - (int)offset);
    }
}
