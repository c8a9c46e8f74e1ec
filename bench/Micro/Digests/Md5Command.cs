using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Bench.Micro.Digests;

/// <summary>
/// `bench/run.sh md5`: the MD5 service beside IncrementalHash, with 1 to 32 streams that each hand in block after block. Rates are of
/// all streams together; beside them stands what a second of processor time gave, which is what an upload pays.
/// </summary>
internal static class Md5Command
{
    private const int BlockBytes = 256 * 1024;
    private const int Rounds = 5;

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync()
    {
        using var service = new Md5Service();
        Console.WriteLine(Line($"MD5, blocks of {BlockBytes} bytes, {Environment.ProcessorCount} processors, {Md5Lanes.Count} lanes, MB per second (median of {Rounds})"));
        Console.WriteLine("  streams   service    .NET   service/CPU s   .NET/CPU s");
        foreach (var streams in (int[])[1, 2, 3, 4, 8, 16, 32])
        {
            var ours = new List<Rates>();
            var theirs = new List<Rates>();
            for (var round = -1; round < Rounds; round++)
            {
                var (a, b) = (await Measure(streams, () => UseService(service)), await Measure(streams, UseFramework));
                if (round < 0)
                    continue;
                ours.Add(a);
                theirs.Add(b);
            }

            Console.WriteLine(Line(
                $"  {streams,7} {Median(ours, x => x.Wall),9:F0} {Median(theirs, x => x.Wall),7:F0} {Median(ours, x => x.Processor),15:F0} {Median(theirs, x => x.Processor),12:F0}"));
        }

        return 0;
    }

    private static async Task<Rates> Measure(int streams, Func<Func<ReadOnlyMemory<byte>, ValueTask>> create)
    {
        var processorBefore = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var blocks = await Task.WhenAll(Enumerable.Range(0, streams).Select(i => Task.Run(() => Upload(create(), i, start))));
        var elapsed = Stopwatch.GetElapsedTime(start);
        var processor = Environment.CpuUsage.TotalTime - processorBefore;
        var megabytes = (double)blocks.Sum() * BlockBytes / 1e6;
        return new Rates(megabytes / elapsed.TotalSeconds, megabytes / processor.TotalSeconds);
    }

    private static async Task<long> Upload(Func<ReadOnlyMemory<byte>, ValueTask> update, int seed, long start)
    {
        var block = new byte[BlockBytes];
        new Random(seed).NextBytes(block);
        long blocks = 0;
        for (; Stopwatch.GetElapsedTime(start) < Round; blocks++)
            await update(block);
        return blocks;
    }

    private static Func<ReadOnlyMemory<byte>, ValueTask> UseService(Md5Service service)
    {
        var stream = service.CreateStream();
        return data => stream.UpdateAsync(data, CancellationToken.None);
    }

    private static Func<ReadOnlyMemory<byte>, ValueTask> UseFramework()
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        return async data =>
        {
            hash.AppendData(data.Span);
            await Task.Yield();
        };
    }

    private static double Median(List<Rates> rates, Func<Rates, double> of) => rates.Select(of).Order().ElementAt(rates.Count / 2);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Rates(double Wall, double Processor);
}
