using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Tests.Kv;

public abstract partial class KeyValueStoreContract
{
    [Fact]
    public async Task A_row_that_was_read_and_changed_is_a_conflict()
    {
        await PutAsync("cA", "1");
        await ConflictAsync(t => t.GetAsync(Key("cA")).AsTask(), () => PutAsync("cA", "2"));
        await ConflictAsync(t => t.GetAsync(Key("cA")).AsTask(), () => WriteAsync(t => t.Delete(Key("cA"))));
    }

    [Fact]
    public async Task A_miss_that_is_no_longer_one_is_a_conflict() =>
        await ConflictAsync(t => t.GetAsync(Key("cA")).AsTask(), () => PutAsync("cA", "2"));

    [Fact]
    public async Task A_row_that_a_range_delete_took_is_a_conflict()
    {
        await PutAsync("cB", "1");
        await ConflictAsync(t => t.GetAsync(Key("cB")).AsTask(), () => WriteAsync(t => t.DeleteRange(Range("cA", "cC"))));
        await PutAsync("cB", "1");
        await ConflictAsync(t => CollectAsync(t.Scan(Range("c", "d"))), () => WriteAsync(t => t.DeleteRange(Range("cA", "cC"))));
    }

    [Fact]
    public async Task Changes_elsewhere_and_blind_writes_do_not_conflict()
    {
        await PutAsync("cA", "1");
        await NoConflictAsync(t => t.GetAsync(Key("cA")).AsTask(), () => PutAsync("cAA", "2", "c", "2", "dA", "2"));
        await NoConflictAsync(_ => Task.CompletedTask, () => PutAsync("yResult", "other"));
        (await GetAsync("yResult")).ShouldBe("mine");
    }

    [Fact]
    public async Task Own_writes_that_are_read_back_do_not_conflict() => await NoConflictAsync(
        async t =>
        {
            t.Put(Key("cA"), Key("mine"));
            await t.GetAsync(Key("cA"));
        },
        () => PutAsync("cA", "theirs"));

    [Fact]
    public async Task Phantoms_in_a_scanned_range_conflict_in_both_directions()
    {
        await PutAsync("cB", "1", "cD", "1");
        foreach (var reverse in (bool[])[false, true])
        {
            foreach (var key in (string[])["cA", "cC", "cE"])
            {
                await ConflictAsync(t => CollectAsync(t.Scan(Range("cA", "cF"), reverse)), () => PutAsync(key, "new"));
                await ConflictAsync(t => CollectAsync(t.Scan(Range("cA", "cF"), reverse)), () => WriteAsync(t => t.Delete(Key(key))));
            }
            await NoConflictAsync(t => CollectAsync(t.Scan(Range("cA", "cF"), reverse)), () => PutAsync("cF", "new", "c", "new"));
        }
    }

    [Fact]
    public async Task An_empty_range_that_was_scanned_conflicts_with_an_insert() =>
        await ConflictAsync(t => CollectAsync(t.Scan(Range("cA", "cF"))), () => PutAsync("cC", "new"));

    [Fact]
    public async Task Only_the_part_that_a_cursor_has_covered_conflicts()
    {
        await CheckAsync(reverse: false, 2, conflict: false, "cE", "cF", "cG");
        foreach (var key in (string[])["cAA", "cB", "cC", "cD"]) await CheckAsync(reverse: false, 2, conflict: true, key);
        await CheckAsync(reverse: true, 2, conflict: false, "cC", "cB", "cA");
        foreach (var key in (string[])["cZ", "cF", "cE", "cD"]) await CheckAsync(reverse: true, 2, conflict: true, key);

        async Task CheckAsync(bool reverse, int steps, bool conflict, params string[] changed)
        {
            await WriteAsync(t => t.DeleteRange(Range("c", "d")));
            await PutAsync("cB", "1", "cD", "1", "cF", "1");
            var commits = await CommitsAsync(t => StepsAsync(t, reverse, steps), () => PutAsync([.. changed.SelectMany(key => new[] { key, "new" })]));
            commits.ShouldBe(!conflict, $"{string.Join(' ', changed)}, reverse {reverse}");
        }
    }

    [Fact]
    public async Task What_a_seek_has_passed_is_not_covered()
    {
        await PutAsync("cB", "1", "cF", "1");
        await NoConflictAsync(
            async t =>
            {
                using var cursor = t.Scan(Range("cA", "d"));
                await cursor.MoveNextAsync();
                await cursor.SeekAsync(Key("cE"));
            },
            () => PutAsync("cC", "new", "cD", "new", "cFF", "new"));
        await ConflictAsync(
            async t =>
            {
                using var cursor = t.Scan(Range("cA", "d"));
                await cursor.SeekAsync(Key("cE"));
            },
            () => PutAsync("cEE", "new"));
        await ConflictAsync(
            async t =>
            {
                using var cursor = t.Scan(Range("cA", "d"), reverse: true);
                await cursor.SeekAsync(Key("cE"));
            },
            () => PutAsync("cDD", "new"));
    }

    [Fact]
    public async Task A_cursor_that_was_not_moved_covers_nothing()
    {
        await NoConflictAsync(
            t =>
            {
                t.Scan(Range("c", "d")).Dispose();
                return Task.CompletedTask;
            },
            () => PutAsync("cA", "new"));
    }

    [Fact]
    public async Task A_row_behind_own_writes_is_still_covered_by_a_scan()
    {
        await PutAsync("cB", "1");
        await ConflictAsync(
            async t =>
            {
                t.Delete(Key("cB"));
                await CollectAsync(t.Scan(Range("c", "d")));
            },
            () => PutAsync("cC", "new"));
    }

    [Fact]
    public async Task Of_many_conditional_creations_exactly_one_wins()
    {
        for (var round = 0; round < 20; round++)
        {
            var key = Key($"cK{round}");
            var winners = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            {
                using var transaction = Store.Begin();
                if (await transaction.GetAsync(key) is not null) return 0;
                transaction.Put(key, Key($"{i}"));
                return await TryCommitAsync(transaction) ? 1 : 0;
            })));
            winners.Sum().ShouldBe(1);
        }
    }

    [Fact]
    public async Task Adds_are_summed_and_a_missing_counter_counts_as_zero()
    {
        await WriteAsync(t =>
        {
            t.Add(Key("sA"), 5);
            t.Add(Key("sA"), -7);
            t.Add(Key("sB"), 0);
        });
        (await CounterAsync("sA")).ShouldBe(-2);
        (await CounterAsync("sB")).ShouldBe(0);
    }

    [Fact]
    public async Task Concurrent_adds_do_not_conflict_and_none_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await WriteAsync(t =>
                {
                    t.Add(Key("sA"), 3);
                    t.AddBounded(Key("sB"), 1, 1_000);
                });
            }
        })));
        (await CounterAsync("sA")).ShouldBe(1200);
        (await CounterAsync("sB")).ShouldBe(400);
    }

    [Fact]
    public async Task A_transaction_sees_its_own_adds()
    {
        await WriteAsync(t => t.Add(Key("sB"), 10));
        using var transaction = Store.Begin();
        transaction.Add(Key("sA"), 1);
        transaction.Add(Key("sB"), 2);
        transaction.AddBounded(Key("sB"), 3, 100);
        BinaryPrimitives.ReadInt64LittleEndian((await transaction.GetAsync(Key("sA")))!.Value.Span).ShouldBe(1);
        BinaryPrimitives.ReadInt64LittleEndian((await transaction.GetAsync(Key("sB")))!.Value.Span).ShouldBe(15);
        foreach (var reverse in (bool[])[false, true])
        {
            using var cursor = transaction.Scan(Range("s", "t"), reverse);
            var rows = new Dictionary<string, long>();
            while (await cursor.MoveNextAsync()) rows.Add(Text(cursor.Key), BinaryPrimitives.ReadInt64LittleEndian(cursor.Value));
            rows.ShouldBe(new Dictionary<string, long> { ["sA"] = 1, ["sB"] = 15 }, ignoreOrder: true);
        }
        await transaction.CommitAsync();
        (await CounterAsync("sB")).ShouldBe(15);
    }

    [Fact]
    public async Task A_transaction_that_reads_a_counter_conflicts_with_an_add_to_it()
    {
        await WriteAsync(t => t.Add(Key("sA"), 1));
        await ConflictAsync(t => t.GetAsync(Key("sA")).AsTask(), () => WriteAsync(t => t.Add(Key("sA"), 1)));
        await ConflictAsync(
            async t =>
            {
                t.Add(Key("sA"), 1);
                await t.GetAsync(Key("sA"));
            },
            () => WriteAsync(t => t.Add(Key("sA"), 1)));
        await NoConflictAsync(
            t =>
            {
                t.Add(Key("sA"), 1);
                return Task.CompletedTask;
            },
            () => WriteAsync(t => t.Add(Key("sA"), 1)));
        (await CounterAsync("sA")).ShouldBe(5);
    }

    [Fact]
    public async Task A_bounded_add_fails_above_its_maximum_and_writes_nothing()
    {
        await WriteAsync(t => t.AddBounded(Key("sA"), 10, 10));
        (await FaultAsync(t =>
        {
            t.Put(Key("cA"), Key("1"));
            t.AddBounded(Key("sA"), 1, 10);
        })).ShouldBe(KvFault.BoundExceeded);
        (await GetAsync("cA")).ShouldBeNull();
        (await CounterAsync("sA")).ShouldBe(10);
        await WriteAsync(t => t.AddBounded(Key("sA"), -5, 2));
        (await CounterAsync("sA")).ShouldBe(5);
        (await FaultAsync(t => t.AddBounded(Key("sA"), long.MaxValue, long.MaxValue))).ShouldBe(KvFault.BoundExceeded);
    }

    [Fact]
    public async Task Racing_bounded_adds_never_pass_the_maximum()
    {
        var accepted = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(async () =>
        {
            using var transaction = Store.Begin();
            transaction.AddBounded(Key("sA"), 3, 50);
            try
            {
                await transaction.CommitAsync();
                return 1;
            }
            catch (KvException exception) when (exception.Fault == KvFault.BoundExceeded)
            {
                return 0;
            }
        })));
        accepted.Sum().ShouldBe(16);
        (await CounterAsync("sA")).ShouldBe(48);
    }

    [Fact]
    public async Task A_deleted_counter_begins_at_zero_again()
    {
        await WriteAsync(t => t.Add(Key("sA"), 5));
        await WriteAsync(t =>
        {
            t.Delete(Key("sA"));
            t.Add(Key("sA"), 2);
        });
        (await CounterAsync("sA")).ShouldBe(2);
        await WriteAsync(t =>
        {
            t.Add(Key("sA"), 2);
            t.DeleteRange(Range("s", "t"));
        });
        (await CounterAsync("sA")).ShouldBeNull();
    }

    [Fact]
    public async Task A_counter_in_a_range_that_was_deleted_before_many_others_begins_at_zero_again()
    {
        await WriteAsync(t => t.Add(Key("sA"), 10));
        await WriteAsync(t => t.DeleteRange(Range("s", "t")));
        await WriteAsync(t =>
        {
            for (var i = 0; i < 1_100; i++) t.DeleteRange(Range($"x{i:d4}", $"x{i:d4}z"));
        });
        await WriteAsync(t => t.Add(Key("sA"), 1));
        (await CounterAsync("sA")).ShouldBe(1);
    }

    [Fact]
    public async Task An_aborted_transaction_can_be_run_again()
    {
        await PutAsync("cA", "0");
        var retries = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                while (!await IncrementAsync()) Interlocked.Increment(ref retries);
            }
        })));
        (await GetAsync("cA")).ShouldBe("100");
    }

    private async Task<bool> IncrementAsync()
    {
        using var transaction = Store.Begin();
        var value = int.Parse(Text((await transaction.GetAsync(Key("cA")))!.Value.Span), System.Globalization.CultureInfo.InvariantCulture);
        transaction.Put(Key("cA"), Key($"{value + 1}"));
        return await TryCommitAsync(transaction);
    }

    private static async Task StepsAsync(IKvTransaction transaction, bool reverse, int steps)
    {
        using var cursor = transaction.Scan(Range("cA", "d"), reverse);
        for (var i = 0; i < steps; i++) (await cursor.MoveNextAsync()).ShouldBeTrue();
    }

    private async Task ConflictAsync(Func<IKvTransaction, Task> read, Func<Task> change) =>
        (await CommitsAsync(read, change)).ShouldBeFalse();

    private async Task NoConflictAsync(Func<IKvTransaction, Task> read, Func<Task> change) =>
        (await CommitsAsync(read, change)).ShouldBeTrue();

    private async Task<bool> CommitsAsync(Func<IKvTransaction, Task> read, Func<Task> change)
    {
        using var transaction = Store.Begin();
        await read(transaction);
        await change();
        transaction.Put(Key("yResult"), Key("mine"));
        return await TryCommitAsync(transaction);
    }

    protected static async Task<bool> TryCommitAsync(IKvTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync();
            return true;
        }
        catch (KvException exception) when (exception.Fault == KvFault.Conflict)
        {
            exception.IsTransient.ShouldBeTrue();
            return false;
        }
    }

    protected async Task WriteAsync(Action<IKvTransaction> write)
    {
        using var transaction = Store.Begin();
        write(transaction);
        await transaction.CommitAsync();
    }

    private async Task<KvFault?> FaultAsync(Action<IKvTransaction> write)
    {
        try
        {
            await WriteAsync(write);
            return null;
        }
        catch (KvException exception)
        {
            return exception.Fault;
        }
    }
}
