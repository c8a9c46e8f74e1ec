using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Renames in the object service: rows, counters and contents stay sound, whatever is renamed onto what.</summary>
public sealed class RenameTests
{
    [Fact]
    public async Task Random_renames_leave_sound_rows_and_a_model_agrees()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var bench = await ObjectBench.CreateAsync();
        var model = new Dictionary<string, byte[]>();
        for (var step = 0; step < 250; step++)
        {
            var (from, to) = ($"key-{random.Next(6)}", $"key-{random.Next(6)}");
            switch (random.Next(6))
            {
                case 0 or 1:
                    // Inlined, and not.
                    model[from] = ObjectBench.Bytes(random.Next(3) * 60, step);
                    await bench.PutAsync(from, model[from]);
                    break;
                case 2:
                    await bench.DeleteAsync(from);
                    model.Remove(from);
                    break;
                case 3 when model.ContainsKey(from) && from != to:
                    (await bench.CopyAsync(from, to)).IsOk.ShouldBeTrue();
                    model[to] = model[from];
                    break;
                case 4 when random.Next(4) == 0:
                    model[from] = [1, 2, 3, 4];
                    await bench.PutPartsAsync(from, [1, 2], [3, 4]);
                    break;
                default:
                    if (from == to) break;
                    var renamed = await RenameAsync(bench, from, to);
                    renamed.Fault.ShouldBe(model.ContainsKey(from) ? ObjectFault.None : ObjectFault.NoSuchKey, $"seed {seed}, step {step}");
                    if (model.Remove(from, out var body)) model[to] = body;
                    break;
            }
        }

        await bench.ShouldBeSoundAsync($"seed {seed}");
        for (var n = 0; n < 6; n++)
        {
            var got = await bench.TryGetAsync($"key-{n}");
            got.IsOk.ShouldBe(model.ContainsKey($"key-{n}"), $"seed {seed}");
            if (got.IsOk) got.Value.ShouldBe(model[$"key-{n}"], $"seed {seed}");
        }

        foreach (var key in model.Keys) await bench.DeleteAsync(key);
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty($"seed {seed}");
    }

    [Fact]
    public async Task A_full_bucket_renames()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("a", new byte[60]);
        (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(60, 1), default)).IsOk.ShouldBeTrue();
        (await RenameAsync(bench, "a", "b")).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_time_of_an_object_stays_and_its_copy_does_not_take_the_token()
    {
        var bench = await ObjectBench.CreateAsync();
        var written = await bench.PutAsync("a", "x");
        bench.Time.Advance(TimeSpan.FromDays(3));
        (await RenameAsync(bench, "a", "b", "token")).Value.LastModified.ShouldBe(written.LastModified);
        await bench.CopyAsync("b", "c");
        await bench.PutAsync("a", "y");
        (await RenameAsync(bench, "a", "c", "token")).IsOk.ShouldBeTrue();
        (await bench.GetAsync("c")).ShouldBe("y"u8.ToArray());
    }

    private static async Task<Result<WriteResult>> RenameAsync(ObjectBench bench, string from, string to, string? token = null) =>
        await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = ObjectBench.Bucket, SourceKey = from, Key = to, ClientToken = token }, default);
}
