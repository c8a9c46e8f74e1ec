using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Tests.Kv;

/// <summary>Random transactions, one after the other against a sorted map, and at once against the rules of serialisability.</summary>
public abstract partial class KeyValueStoreContract
{
    private const int HistoryKeys = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sequential_random_operations_agree_with_a_sorted_map(int seed)
    {
        var random = new Random(seed);
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var round = 0; round < 60; round++)
        {
            var next = new SortedDictionary<string, string>(model, StringComparer.Ordinal);
            using var transaction = Store.Begin();
            for (var i = random.Next(12); i >= 0; i--) await StepAsync(transaction, next, random, seed, round);
            if (random.Next(4) == 0) continue;
            await transaction.CommitAsync();
            model = next;
            (await RowsAsync("c", "f")).ShouldBe(model.Select(row => $"{row.Key}={row.Value}"), $"seed {seed}, round {round}");
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Random_concurrent_histories_are_serialisable(int seed)
    {
        var committed = new List<Observed>();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed * 100 + worker);
            for (var i = 0; i < 60; i++)
            {
                if (await ObserveAsync(random, $"w{worker}.{i}") is not { } observed) continue;
                lock (committed) committed.Add(observed);
            }
        })));
        committed.Count.ShouldBeGreaterThan(20, $"seed {seed}");
        CheckSerialisable(committed, seed);
        var total = committed.Sum(o => o.Added);
        (await CounterAsync("sTotal") ?? 0).ShouldBe(total, $"seed {seed}");
    }

    private static async Task StepAsync(IKvTransaction transaction, SortedDictionary<string, string> model, Random random, int seed, int round)
    {
        var key = RandomKey(random);
        switch (random.Next(6))
        {
            case 0 or 1:
                var value = $"{round}.{random.Next(1000)}";
                transaction.Put(Key(key), Key(value));
                model[key] = value;
                break;
            case 2:
                transaction.Delete(Key(key));
                model.Remove(key);
                break;
            case 3 when random.Next(3) == 0:
                var end = RandomKey(random);
                transaction.DeleteRange(Range(key, end));
                foreach (var gone in model.Keys.Where(k => InRange(k, key, end)).ToList()) model.Remove(gone);
                break;
            case 4:
                var found = await transaction.GetAsync(Key(key));
                (found is { } bytes ? Text(bytes.Span) : null).ShouldBe(model.GetValueOrDefault(key), $"seed {seed}, round {round}, key {key}");
                break;
            default:
                var to = RandomKey(random);
                var reverse = random.Next(2) == 0;
                var expected = model.Where(row => InRange(row.Key, key, to)).Select(row => $"{row.Key}={row.Value}");
                (await CollectAsync(transaction.Scan(Range(key, to), reverse))).ShouldBe(reverse ? expected.Reverse() : expected, $"seed {seed}, round {round}, {key} to {to}");
                break;
        }
    }

    private static bool InRange(string key, string from, string to) =>
        string.CompareOrdinal(key, from) >= 0 && string.CompareOrdinal(key, to) < 0;

    // Three tables, of which one may be stored apart, and keys that are prefixes of others.
    private static string RandomKey(Random random) => $"{"cde"[random.Next(3)]}{new string((char)('a' + random.Next(3)), random.Next(3))}{random.Next(3)}";

    /// <summary>A committed transaction: the versions that it read, and the keys of which it wrote the version that has its name.</summary>
    private sealed record Observed(string Name, Dictionary<string, string> Reads, HashSet<string> Writes, long Added);

    private async Task<Observed?> ObserveAsync(Random random, string name)
    {
        using var transaction = Store.Begin();
        var observed = new Observed(name, [], [], random.Next(-3, 10));
        if (random.Next(2) == 0) await ScanVersionsAsync(transaction, observed.Reads, random.Next(HistoryKeys - 3), random.Next(2) == 0);
        for (var i = random.Next(1, 4); i > 0; i--) await ReadVersionAsync(transaction, observed, random.Next(HistoryKeys));
        if (random.Next(3) == 0) await Task.Yield();
        for (var i = random.Next(1, 3); i > 0; i--)
        {
            // Read before written, so that the versions of a key are known to follow one another.
            var key = random.Next(HistoryKeys);
            await ReadVersionAsync(transaction, observed, key);
            observed.Writes.Add($"cK{key:d2}");
        }
        foreach (var key in observed.Writes) transaction.Put(Key(key), Key(name));
        transaction.Add(Key("sTotal"), observed.Added);
        return await TryCommitAsync(transaction) ? observed : null;
    }

    private static async Task ReadVersionAsync(IKvTransaction transaction, Observed observed, int number)
    {
        var key = $"cK{number:d2}";
        var version = await transaction.GetAsync(Key(key)) is { } value ? Text(value.Span) : Initial;
        if (observed.Reads.TryGetValue(key, out var earlier)) version.ShouldBe(earlier, "reads of one transaction differ");
        observed.Reads[key] = version;
    }

    private static async Task ScanVersionsAsync(IKvTransaction transaction, Dictionary<string, string> reads, int first, bool reverse)
    {
        const int length = 4;
        for (var i = first; i < first + length; i++) reads[$"cK{i:d2}"] = Initial;
        foreach (var row in await CollectAsync(transaction.Scan(Range($"cK{first:d2}", $"cK{first + length:d2}"), reverse)))
        {
            var parts = row.Split('=');
            reads[parts[0]] = parts[1];
        }
    }

    private const string Initial = "initial";

    // Who wrote a version comes before who read it, and who read it before who replaced it: without a cycle there is an order.
    private static void CheckSerialisable(List<Observed> committed, int seed)
    {
        var replacedBy = new Dictionary<(string Key, string Version), string>();
        foreach (var observed in committed)
        {
            foreach (var key in observed.Writes)
                replacedBy.TryAdd((key, observed.Reads[key]), observed.Name).ShouldBeTrue($"seed {seed}: a version of {key} was replaced twice");
        }
        var before = committed.ToDictionary(o => o.Name, _ => new HashSet<string>());
        foreach (var observed in committed)
        {
            foreach (var (key, version) in observed.Reads)
            {
                if (version != Initial) before[observed.Name].Add(version);
                if (replacedBy.TryGetValue((key, version), out var next) && next != observed.Name) before[next].Add(observed.Name);
            }
        }
        while (before.Count > 0)
        {
            var free = before.Where(node => !node.Value.Overlaps(before.Keys)).Select(node => node.Key).ToList();
            free.ShouldNotBeEmpty($"seed {seed}: a cycle among {string.Join(", ", before.Keys)}");
            free.ForEach(name => before.Remove(name));
        }
    }

    [Fact]
    public async Task Write_skew_does_not_happen()
    {
        await PutAsync("cX", "1", "cY", "1");
        for (var round = 0; round < 30; round++)
        {
            await PutAsync("cX", "1", "cY", "1");
            await Task.WhenAll(new[] { "cX", "cY" }.Select(mine => Task.Run(async () =>
            {
                using var transaction = Store.Begin();
                var x = await transaction.GetAsync(Key("cX"));
                var y = await transaction.GetAsync(Key("cY"));
                if (Text(x!.Value.Span) == "0" || Text(y!.Value.Span) == "0") return;
                transaction.Put(Key(mine), Key("0"));
                await TryCommitAsync(transaction);
            })));
            var left = await RowsAsync("cX", "cZ");
            left.ShouldContain(row => row.EndsWith('1'), $"round {round}: both rows are 0");
        }
    }
}
