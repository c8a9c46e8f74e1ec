using System.Globalization;
using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;

namespace ObjectStore.Bench.Micro.Erasure;

internal sealed record ErasureOptions
{
    public bool Json { get; init; }

    /// <summary>Bytes of every shard of a call: the store encodes blocks of 64 KiB.</summary>
    public int BlockSizeBytes { get; init; } = ShardLayout.BlockSizeBytes;

    /// <summary>Bytes between the end of a shard and the start of the next.</summary>
    public int StrideGapBytes { get; init; }

    public int Rounds { get; init; } = 15;

    public TimeSpan Round { get; init; } = TimeSpan.FromMilliseconds(8);

    /// <summary>Only this kernel, or null for all.</summary>
    public string? Kernel { get; init; }

    public IReadOnlyList<Scheme> Schemes { get; init; } = [new(4, 2), new(8, 3), new(10, 4), new(12, 4)];

    /// <exception cref="FormatException">An option is unknown or has no proper value.</exception>
    public static ErasureOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ErasureOptions();
        while (!arguments.IsEmpty)
        {
            var name = arguments[0];
            if (name == "--json")
            {
                options = options with { Json = true };
                arguments = arguments[1..];
                continue;
            }

            if (arguments.Length < 2)
                throw new FormatException($"{name} wants a value, or is unknown.");
            options = options.With(name, arguments[1]);
            arguments = arguments[2..];
        }

        return options;
    }

    private ErasureOptions With(string name, string value) => name switch
    {
        "--block-size" => this with { BlockSizeBytes = Number(value, 1) },
        "--stride-gap" => this with { StrideGapBytes = Number(value, 0) },
        "--rounds" => this with { Rounds = Number(value, 1) },
        "--round-ms" => this with { Round = TimeSpan.FromMilliseconds(Number(value, 1)) },
        "--kernel" => this with { Kernel = value },
        "--scheme" => this with { Schemes = [SchemeOf(value)] },
        _ => throw new FormatException($"Unknown option {name}."),
    };

    private static int Number(string value, int min) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min
            ? number
            : throw new FormatException($"'{value}' is not a number of at least {min}.");

    private static Scheme SchemeOf(string value) =>
        value.Split('+') is [var k, var m] ? new Scheme(Number(k, 1), Number(m, 0)) : throw new FormatException($"'{value}' is not a scheme such as 4+2.");
}
