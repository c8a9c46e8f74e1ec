using System.Globalization;

namespace ObjectStore.Bench.Load;

internal enum LoadOperation { Put, Get, Mixed, List, Delete }

internal enum LoadEncryption { None, S3, C }

internal enum LoadPayload { Random, Text }

/// <summary>What is configured for a bucket before it is measured.</summary>
internal enum BucketSetup { Bare, Versioned, Events, Logging, Replication }

/// <summary>What takes turns: an endpoint, and how its bucket is set up.</summary>
internal sealed record Contender(Uri Endpoint, BucketSetup Setup, string Bucket, string Name);

/// <summary>What one run does. Closed loop: each of <see cref="Concurrency"/> connections has one request under way.</summary>
internal sealed record LoadOptions
{
    public required IReadOnlyList<Uri> Endpoints { get; init; }
    public required string AccessKey { get; init; }
    public required string SecretKey { get; init; }
    public string Region { get; init; } = "us-east-1";
    public string Bucket { get; init; } = "objectstore-bench";

    /// <summary>Each gets a bucket of its own at each endpoint; buckets other than bare ones are left behind.</summary>
    public IReadOnlyList<BucketSetup> Setups { get; init; } = [BucketSetup.Bare];

    /// <summary>Where the generator takes events over itself: with <see cref="BucketSetup.Events"/>.</summary>
    public int WebhookPort { get; init; } = 9090;

    public IReadOnlyList<Contender> Contenders =>
    [
        .. from endpoint in Endpoints
           from setup in Setups
           select new Contender(
               endpoint, setup, setup == BucketSetup.Bare ? Bucket : $"{Bucket}-{setup.ToString().ToLowerInvariant()}",
               Setups.Count == 1 ? endpoint.Authority : $"{endpoint.Authority} {setup.ToString().ToLowerInvariant()}"),
    ];
    public LoadOperation Operation { get; init; } = LoadOperation.Put;
    public long SizeBytes { get; init; } = 4096;
    public int Concurrency { get; init; } = 32;
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Objects put before a get, list or mixed run; 0 chooses by size.</summary>
    public int Objects { get; init; }

    /// <summary>Share of reads in a mixed run, in percent.</summary>
    public int ReadPercent { get; init; } = 70;

    /// <summary>Whether the body's SHA-256 is signed; else UNSIGNED-PAYLOAD.</summary>
    public bool SignPayload { get; init; }

    /// <summary>Whether every byte that a GET returns is compared with what was put.</summary>
    public bool Verify { get; init; }

    /// <summary>Server-side encryption that PUT asks for; with SSE-C also GET.</summary>
    public LoadEncryption Encryption { get; init; }

    /// <summary>Bytes that do not shrink, or log lines, of which Zstandard makes about a quarter.</summary>
    public LoadPayload Payload { get; init; }

    /// <summary>Bytes of the ranges that GET asks for, each at another place; 0: the whole object.</summary>
    public long RangeBytes { get; init; }

    /// <summary>Whether the bucket and its objects are left behind.</summary>
    public bool Keep { get; init; }

    public bool Json { get; init; }

    public int Seed { get; init; } = 1;

    public const string Usage = """
        usage: bench/run.sh load --endpoint URL [--vs URL]... --access-key K --secret-key S
                  [--op put|get|mixed|list|delete] [--size 4KiB] [--concurrency 32] [--duration 20s]
                  [--objects N] [--read-percent 70] [--sign-payload] [--verify] [--keep]
                  [--sse none|s3|c] [--payload random|text] [--range 64KiB] [--bucket NAME] [--region us-east-1] [--seed N] [--json]
                  [--setups bare,versioned,events,logging,replication] [--webhook-port 9090]
        With --vs the endpoints take turns in the order A B B A, so that both see the same machine; so do buckets with --setups.
        """;

    public static LoadOptions Parse(IReadOnlyList<string> args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var endpoints = new List<Uri>();
        string[] flags = ["--json", "--sign-payload", "--verify", "--keep"];
        string[] known = ["--access-key", "--secret-key", "--op", "--size", "--concurrency", "--duration", "--objects",
            "--read-percent", "--bucket", "--region", "--seed", "--sse", "--payload", "--range", "--setups", "--webhook-port"];
        for (var i = 0; i < args.Count; i++)
        {
            var name = args[i];
            if (flags.Contains(name)) { values[name] = "true"; continue; }
            if (i + 1 == args.Count) throw new FormatException($"{name} wants a value");
            var value = args[++i];
            if (name is "--endpoint" or "--vs") endpoints.Add(new Uri(value));
            else if (known.Contains(name)) values[name] = value;
            else throw new FormatException($"unknown option {name}");
        }
        if (endpoints.Count == 0) throw new FormatException("--endpoint is missing");
        string Value(string name, string? fallback) =>
            values.TryGetValue(name, out var given) ? given : fallback ?? throw new FormatException($"{name} is missing");
        int Number(string name, int fallback) => int.Parse(Value(name, fallback.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        return new LoadOptions
        {
            Endpoints = endpoints,
            AccessKey = Value("--access-key", null),
            SecretKey = Value("--secret-key", null),
            Operation = Enum.Parse<LoadOperation>(Value("--op", "put"), ignoreCase: true),
            SizeBytes = ParseSize(Value("--size", "4KiB")),
            Concurrency = Number("--concurrency", 32),
            Duration = ParseDuration(Value("--duration", "20s")),
            Objects = Number("--objects", 0),
            ReadPercent = Number("--read-percent", 70),
            Encryption = Enum.Parse<LoadEncryption>(Value("--sse", "none"), ignoreCase: true),
            Payload = Enum.Parse<LoadPayload>(Value("--payload", "random"), ignoreCase: true),
            RangeBytes = Math.Min(ParseSize(Value("--range", "0")), ParseSize(Value("--size", "4KiB"))),
            Bucket = Value("--bucket", "objectstore-bench"),
            Setups = [.. Value("--setups", "bare").Split(',').Select(setup => Enum.Parse<BucketSetup>(setup, ignoreCase: true))],
            WebhookPort = Number("--webhook-port", 9090),
            Region = Value("--region", "us-east-1"),
            Seed = Number("--seed", 1),
            SignPayload = values.ContainsKey("--sign-payload"),
            Verify = values.ContainsKey("--verify"),
            Keep = values.ContainsKey("--keep"),
            Json = values.ContainsKey("--json"),
        };
    }

    private static long ParseSize(string text)
    {
        (string Suffix, long Factor)[] units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("B", 1)];
        foreach (var (suffix, factor) in units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                return (long)(double.Parse(text[..^suffix.Length], CultureInfo.InvariantCulture) * factor);
        }
        return long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static TimeSpan ParseDuration(string text) => text switch
    {
        _ when text.EndsWith('s') => TimeSpan.FromSeconds(double.Parse(text[..^1], CultureInfo.InvariantCulture)),
        _ when text.EndsWith('m') => TimeSpan.FromMinutes(double.Parse(text[..^1], CultureInfo.InvariantCulture)),
        _ => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture)),
    };
}
