using System.Globalization;
using System.Text.Json;

namespace ObjectStore.Bench.Load;

internal static class Report
{
    public static void Write(LoadOptions options, IReadOnlyList<ContenderResult> results)
    {
        if (options.Json) foreach (var result in results) Console.WriteLine(JsonSerializer.Serialize(Row(options, result)));
        else WriteTable(options, results);
    }

    private static Dictionary<string, object?> Row(LoadOptions options, ContenderResult result) => new(StringComparer.Ordinal)
    {
        ["endpoint"] = result.Contender.Endpoint.ToString(),
        ["setup"] = result.Contender.Setup.ToString().ToLowerInvariant(),
        ["op"] = options.Operation.ToString().ToLowerInvariant(),
        ["size_bytes"] = options.SizeBytes,
        ["concurrency"] = options.Concurrency,
        ["seconds"] = Math.Round(result.Seconds, 3),
        ["requests"] = result.Latency.Count,
        ["errors"] = result.Errors,
        ["first_error"] = result.FirstError,
        ["requests_per_second"] = Math.Round(result.Latency.Count / result.Seconds, 1),
        ["mib_per_second"] = Math.Round(result.Bytes / result.Seconds / (1 << 20), 1),
        ["keys_per_second"] = Math.Round(result.Keys / result.Seconds, 1),
        ["mean_ms"] = Math.Round(result.Latency.MeanUs / 1000, 3),
        ["p50_ms"] = Ms(result, 0.5),
        ["p90_ms"] = Ms(result, 0.9),
        ["p99_ms"] = Ms(result, 0.99),
        ["p999_ms"] = Ms(result, 0.999),
        ["max_ms"] = Math.Round(result.Latency.MaxUs / 1000.0, 3),
    };

    private static double Ms(ContenderResult result, double share) => Math.Round(result.Latency.PercentileUs(share) / 1000, 3);

    private static void WriteTable(LoadOptions options, IReadOnlyList<ContenderResult> results)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{options.Operation.ToString().ToLowerInvariant()} of {options.SizeBytes:N0} bytes, {options.Concurrency} connections, payload {(options.SignPayload ? "signed" : "unsigned")}"));
        Console.WriteLine("endpoint                          req/s      MiB/s     keys/s     p50 ms     p90 ms     p99 ms     max ms  errors");
        foreach (var r in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{r.Contender.Name,-28}{r.Latency.Count / r.Seconds,11:N1}{r.Bytes / r.Seconds / (1 << 20),11:N1}{r.Keys / r.Seconds,11:N0}{Ms(r, .5),11:N2}{Ms(r, .9),11:N2}{Ms(r, .99),11:N2}{r.Latency.MaxUs / 1000.0,11:N2}{r.Errors,8}"));
            if (r.FirstError is not null) Console.WriteLine($"  first error: {r.FirstError}");
        }
        for (var i = 1; i < results.Count; i++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{results[0].Contender.Name} / {results[i].Contender.Name}: {results[0].Latency.Count / results[0].Seconds / (results[i].Latency.Count / results[i].Seconds):N2} times the requests"));
        }
    }
}
