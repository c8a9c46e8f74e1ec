using System.Diagnostics;
using System.Globalization;
using System.Text;
using ObjectStore.Zstandard;

namespace ObjectStore.Bench.Micro.Compression;

/// <summary>What the size of a frame and the level cost and give, on one core: the files that are named, or log lines.</summary>
internal static class CompressionCommand
{
    private const int LengthBytes = 32 * 1024 * 1024;

    public static int Run(string[] files)
    {
        var plain = files.Length > 0 ? [.. files.SelectMany(File.ReadAllBytes)] : Lines();
        Console.WriteLine($"{plain.Length >> 20} MiB");
        Console.WriteLine($"{"level",5} {"frame KiB",10} {"stored/plain",13} {"compress MB/s",14} {"open MB/s",10} {"4 KiB of it, us",16}");
        using var contexts = new ZstdContexts();
        foreach (var level in new[] { 1, 3, 6 })
        {
            foreach (var frameKiB in new[] { 16, 32, 64, 128, 256, 512, 1024 }) Measure(contexts, plain, level, frameKiB * 1024);
        }
        return 0;
    }

    private static void Measure(ZstdContexts contexts, byte[] plain, int level, int frameBytes)
    {
        var compressor = contexts.RentCompressor(level);
        var decompressor = contexts.RentDecompressor();
        var frames = new List<(int Offset, int Length)>();
        var stored = new byte[plain.Length + (plain.Length / 8) + frameBytes];
        var opened = new byte[frameBytes];
        var (written, compressing, opening) = (0, double.MaxValue, double.MaxValue);
        for (var round = 0; round < 3; round++)
        {
            (written, var start) = (0, Stopwatch.GetTimestamp());
            frames.Clear();
            for (var at = 0; at < plain.Length; at += frameBytes)
            {
                var length = compressor.Compress(plain.AsSpan(at, Math.Min(frameBytes, plain.Length - at)), stored.AsSpan(written));
                frames.Add((written, length));
                written += length;
            }
            compressing = Math.Min(compressing, Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            for (var i = 0; i < frames.Count; i++)
                decompressor.Decompress(stored.AsSpan(frames[i].Offset, frames[i].Length), opened.AsSpan(0, Math.Min(frameBytes, plain.Length - (i * frameBytes))));
            opening = Math.Min(opening, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        contexts.Return(compressor);
        contexts.Return(decompressor);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{level,5} {frameBytes >> 10,10} {(double)written / plain.Length,13:0.000} {plain.Length / compressing / 1e6,14:0} {plain.Length / opening / 1e6,10:0} {opening / frames.Count * 1e6,16:0}"));
    }

    private static byte[] Lines()
    {
        var random = new Random(1);
        var text = new StringBuilder(LengthBytes + 1024);
        while (text.Length < LengthBytes)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{{\"time\":\"2026-01-01T{random.Next(24):00}:{random.Next(60):00}:{random.Next(60):00}Z\",\"request\":\"{random.NextInt64():x16}\",\"user\":{random.Next(5000)},\"path\":\"/photos/{random.Next(900)}/{random.Next(90_000)}.jpg\",\"status\":{(random.Next(20) == 0 ? 404 : 200)},\"ms\":{random.Next(400)}}}\n");
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
