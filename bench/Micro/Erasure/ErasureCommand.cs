using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ObjectStore.Bench.Micro.Erasure;

/// <summary>`bench/run.sh erasure`: the codec beside ISA-L and memcpy on one core.</summary>
internal static class ErasureCommand
{
    // "4+2" is to be read by people too.
    private static readonly JsonSerializerOptions PlainText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(string[] arguments)
    {
        ErasureOptions options;
        try
        {
            options = ErasureOptions.Parse(arguments);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        if (!Isal.IsAvailable)
            Console.Error.WriteLine("libisal2 is not installed: no comparison with ISA-L.");
        foreach (var scheme in options.Schemes)
        {
            using var benchmark = new SchemeBenchmark(scheme, options);
            var result = benchmark.Run();
            if (options.Json)
                WriteJson(result);
            else
                WriteTable(result, options);
        }

        return 0;
    }

    private static void WriteJson(SchemeResult result)
    {
        var best = result.Kernels.MaxBy(kernel => kernel.EncodeGbps)!;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            scheme = result.Scheme.ToString(),
            kernel = best.Name,
            encode_gbps = Math.Round(best.EncodeGbps, 2),
            reconstruct_gbps = Math.Round(best.ReconstructGbps, 2),
            isal_gbps = result.IsalGbps is { } isal ? Math.Round(isal, 2) : (double?)null,
            memcpy_gbps = Math.Round(result.MemcpyGbps, 2),
        }, PlainText));
    }

    private static void WriteTable(SchemeResult result, ErasureOptions options)
    {
        Console.WriteLine(Line($"{result.Scheme}, blocks of {options.BlockSizeBytes} bytes, one core, GB of data per second (median of {options.Rounds})"));
        Console.WriteLine("  kernel       encode  reconstruct  encode/isal");
        foreach (var kernel in result.Kernels)
        {
            var ratio = result.IsalGbps is { } isal ? (kernel.EncodeGbps / isal).ToString("F2", CultureInfo.InvariantCulture) : "-";
            Console.WriteLine(Line($"  {kernel.Name,-10} {kernel.EncodeGbps,8:F2} {kernel.ReconstructGbps,12:F2} {ratio,12}"));
        }

        if (result.IsalGbps is { } rate)
            Console.WriteLine(Line($"  {"isa-l",-10} {rate,8:F2}"));
        Console.WriteLine(Line($"  {"memcpy",-10} {result.MemcpyGbps,8:F2}"));
        Console.WriteLine();
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
