using System.IO.Pipelines;
using System.Text;

namespace ObjectStore.Select.Tests;

/// <summary>Queries side by side share the machine.</summary>
public sealed class TurnTests
{
    private const int Chunk = 64;

    private static readonly SelectRequest Count = new() { Expression = "SELECT COUNT(*) FROM S3Object", CsvInput = new CsvInput(), CsvOutput = new CsvOutput() };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_more_queries_scan_at_a_time_than_there_are_turns(int running)
    {
        var (turns, scans) = (new SelectTurns(running, 32), new Scans());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => RunAsync(turns, scans, n, chunks: 20, new Pipe(new PipeOptions(pauseWriterThreshold: 0))))));
        scans.Most.ShouldBeLessThanOrEqualTo(running);
        scans.Order.Count.ShouldBeGreaterThanOrEqualTo(8 * 20);
        turns.Waiting.ShouldBe(0);
    }

    /// <summary>A small query that comes behind a large one ends long before it.</summary>
    [Fact]
    public async Task Queries_scan_a_chunk_in_turn()
    {
        var (turns, scans) = (new SelectTurns(1, 32), new Scans());
        // Both wait, then go on in turn.
        await turns.TakeAsync(default);
        var large = Task.Run(() => RunAsync(turns, scans, 1, chunks: 50, new Pipe(new PipeOptions(pauseWriterThreshold: 0))));
        await WaitForAsync(turns, 1);
        var small = Task.Run(() => RunAsync(turns, scans, 2, chunks: 5, new Pipe(new PipeOptions(pauseWriterThreshold: 0))));
        await WaitForAsync(turns, 2);
        turns.Return();
        await Task.WhenAll(large, small);
        var order = scans.Order.ToList();
        var last = order.LastIndexOf(2);
        order.Take(last).Count(n => n == 1).ShouldBeLessThanOrEqualTo(order.Count(n => n == 2) + 1, string.Join(' ', order));
    }

    [Fact]
    public async Task A_client_that_takes_nothing_holds_up_nobody()
    {
        var (turns, scans) = (new SelectTurns(1, 32), new Scans());
        var all = new SelectRequest { Expression = "SELECT * FROM S3Object", CsvInput = new CsvInput(), CsvOutput = new CsvOutput() };
        using var stop = new CancellationTokenSource();
        var stuck = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var slow = Task.Run(() => RunAsync(turns, scans, 1, chunks: 3000, stuck, all, stop.Token));
        (await stuck.Reader.ReadAsync()).Buffer.Length.ShouldBeGreaterThan(0);
        await RunAsync(turns, scans, 2, chunks: 5, new Pipe(new PipeOptions(pauseWriterThreshold: 0))).WaitAsync(TimeSpan.FromSeconds(60));
        slow.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(slow);
    }

    [Fact]
    public async Task A_query_that_is_given_up_while_it_waits_leaves_its_place()
    {
        var turns = new SelectTurns(1, 32);
        await turns.TakeAsync(default);
        using var stop = new CancellationTokenSource();
        var waiting = RunAsync(turns, new Scans(), 1, chunks: 1, new Pipe(), ct: stop.Token);
        turns.Waiting.ShouldBe(1);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        turns.Waiting.ShouldBe(0);
        turns.Return();
        await turns.TakeAsync(default);
    }

    [Fact]
    public void There_are_no_more_queries_than_there_may_be()
    {
        var turns = new SelectTurns(1, 2);
        (turns.TryEnter(), turns.TryEnter(), turns.TryEnter()).ShouldBe((true, true, false));
        turns.Leave();
        turns.TryEnter().ShouldBeTrue();
    }

    private static async Task WaitForAsync(SelectTurns turns, int waiting)
    {
        while (turns.Waiting < waiting) await Task.Delay(1);
    }

    private static async Task RunAsync(SelectTurns turns, Scans scans, int name, int chunks, Pipe pipe, SelectRequest? request = null, CancellationToken ct = default)
    {
        var content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', Chunk - 1) + "\n", chunks)));
        await new SelectQuery(request ?? Count, Chunk).RunAsync(new Source(content, scans, name), pipe.Writer, turns, TimeProvider.System, ct);
    }

    /// <summary>Who read when, and how many at the same time.</summary>
    private sealed class Scans
    {
        private readonly Lock _lock = new();
        private int _now;

        public List<int> Order { get; } = [];

        public int Most { get; private set; }

        public void Enter(int name)
        {
            lock (_lock)
            {
                Order.Add(name);
                Most = Math.Max(Most, ++_now);
            }
        }

        public void Leave()
        {
            lock (_lock) _now--;
        }
    }

    private sealed class Source(byte[] content, Scans scans, int name) : ISelectSource
    {
        public long LengthBytes => content.Length;

        public Stream Open(long offset) => new Counted(content, scans, name);

        private sealed class Counted(byte[] bytes, Scans scans, int name) : MemoryStream(bytes)
        {
            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                scans.Enter(name);
                await Task.Yield();
                scans.Leave();
                return await base.ReadAsync(buffer[..Math.Min(buffer.Length, Chunk)], cancellationToken);
            }
        }
    }
}
