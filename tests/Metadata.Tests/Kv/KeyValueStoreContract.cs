using System.Buffers.Binary;
using System.Text;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Tests.Kv;

/// <summary>What every backend of <see cref="IKeyValueStore"/> must do. Derive from it, and the suite runs on the backend.</summary>
public abstract partial class KeyValueStoreContract : IAsyncLifetime
{
    protected IKeyValueStore Store { get; private set; } = null!;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await CleanUpAsync();
    }

    protected abstract Task<IKeyValueStore> OpenAsync();

    protected virtual Task CleanUpAsync() => Task.CompletedTask;

    [Fact]
    public async Task Committed_rows_are_read_back()
    {
        await PutAsync("cA", "1");
        (await GetAsync("cA")).ShouldBe("1");
        (await GetAsync("cB")).ShouldBeNull();
    }

    [Fact]
    public async Task Uncommitted_writes_are_not_seen_by_others_and_vanish_on_dispose()
    {
        using (var transaction = Store.Begin())
        {
            transaction.Put(Key("cA"), Key("1"));
            (await GetAsync("cA")).ShouldBeNull();
        }
        (await GetAsync("cA")).ShouldBeNull();
    }

    [Fact]
    public async Task Empty_values_and_keys_of_one_byte_are_rows()
    {
        await PutAsync("c", "");
        (await GetAsync("c")).ShouldBe("");
        (await RowsAsync("a", "y")).ShouldBe(["c="]);
    }

    [Fact]
    public async Task Keys_sort_as_unsigned_bytes_across_tables_in_both_directions()
    {
        byte[][] keys = [[(byte)'b', 0x00], [(byte)'b', 0xFF], [(byte)'c'], [(byte)'c', 0x7F], [(byte)'c', 0x80], [(byte)'d', 0x01], [(byte)'s', 0x01], [(byte)'y', 0xFF]];
        using (var transaction = Store.Begin())
        {
            foreach (var key in keys.Reverse()) transaction.Put(key, key);
            await transaction.CommitAsync();
        }
        using var snapshot = Store.Snapshot();
        (await KeysAsync(snapshot.Scan(new KeyRange(new byte[] { (byte)'a' }, default)), firstTable: 'a', lastTable: 'y', skip: 1)).ShouldBe(keys.Select(Convert.ToHexString));
        (await KeysAsync(snapshot.Scan(new KeyRange(new byte[] { (byte)'a' }, default), reverse: true), firstTable: 'a', lastTable: 'y', skip: 1)).ShouldBe(keys.Reverse().Select(Convert.ToHexString));
    }

    [Fact]
    public async Task A_range_excludes_its_end_and_includes_its_start()
    {
        await PutAsync("cA", "1", "cB", "2", "cC", "3");
        (await RowsAsync("cA", "cC")).ShouldBe(["cA=1", "cB=2"]);
        (await RowsAsync("cA", "cC", reverse: true)).ShouldBe(["cB=2", "cA=1"]);
        (await RowsAsync("cB", "cB")).ShouldBeEmpty();
        (await RowsAsync("cC", "cA")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Values_of_all_lengths_come_back_whole()
    {
        foreach (var length in (int[])[0, 1, 255, 4096, 16 * 1024, KvLimits.MaxValueBytes])
        {
            var value = new byte[length];
            new Random(length).NextBytes(value);
            foreach (var table in "cd")
            {
                using var transaction = Store.Begin();
                transaction.Put(Key(table + "K"), value);
                await transaction.CommitAsync();
                using var snapshot = Store.Snapshot();
                (await snapshot.GetAsync(Key(table + "K")))!.Value.ToArray().ShouldBe(value);
            }
        }
    }

    [Fact]
    public async Task The_memory_that_was_passed_in_may_be_reused_at_once()
    {
        var key = Key("cA").ToArray();
        var value = Key("1").ToArray();
        using var transaction = Store.Begin();
        transaction.Put(key, value);
        key[1] = (byte)'X';
        value[0] = (byte)'X';
        await transaction.CommitAsync();
        (await GetAsync("cA")).ShouldBe("1");
    }

    [Fact]
    public async Task A_snapshot_is_stable()
    {
        await PutAsync("cA", "1", "cB", "1", "dA", "1", "sA", "1");
        using var snapshot = Store.Snapshot();
        using var open = snapshot.Scan(Range("c", "t"));
        (await open.MoveNextAsync()).ShouldBeTrue();
        await PutAsync("cA", "2", "cAA", "2", "dA", "2", "cC", "2");
        using (var transaction = Store.Begin())
        {
            transaction.DeleteRange(Range("cB", "cC"));
            transaction.Delete(Key("sA"));
            await transaction.CommitAsync();
        }
        Text((await snapshot.GetAsync(Key("cA")))!.Value.Span).ShouldBe("1");
        (await snapshot.GetAsync(Key("cC"))).ShouldBeNull();
        (await CollectAsync(snapshot.Scan(Range("c", "t")))).ShouldBe(["cA=1", "cB=1", "dA=1", "sA=1"]);
        (await CollectAsync(open)).ShouldBe(["cB=1", "dA=1", "sA=1"]);
        (await RowsAsync("c", "t")).ShouldBe(["cA=2", "cAA=2", "cC=2", "dA=2"]);
    }

    [Fact]
    public async Task A_commit_spans_tables_and_is_seen_whole_or_not_at_all()
    {
        var stop = false;
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++) await PutAsync("bA", $"{i}", "cA", $"{i}", "dA", $"{i}", "sA", $"{i}");
            Volatile.Write(ref stop, true);
        });
        while (!Volatile.Read(ref stop))
        {
            using var snapshot = Store.Snapshot();
            var rows = await CollectAsync(snapshot.Scan(Range("b", "t")));
            rows.Select(row => row.Split('=')[1]).Distinct().Count().ShouldBeLessThanOrEqualTo(1, string.Join(' ', rows));
        }
        await writer;
    }

    [Fact]
    public async Task Seek_goes_to_the_nearest_row_within_the_range()
    {
        await PutAsync("cB", "1", "cD", "2", "cF", "3", "cH", "4");
        using var snapshot = Store.Snapshot();
        using var cursor = snapshot.Scan(Range("cB", "cH"));
        (await cursor.SeekAsync(Key("cC"))).ShouldBeTrue();
        Text(cursor.Key).ShouldBe("cD");
        (await cursor.MoveNextAsync()).ShouldBeTrue();
        Text(cursor.Key).ShouldBe("cF");
        (await cursor.SeekAsync(Key("cA"))).ShouldBeTrue();
        Text(cursor.Key).ShouldBe("cB");
        (await cursor.SeekAsync(Key("cG"))).ShouldBeFalse();
        (await cursor.MoveNextAsync()).ShouldBeFalse();
        (await cursor.SeekAsync(Key("cF"))).ShouldBeTrue();
        Text(cursor.Value).ShouldBe("3");

        using var reverse = snapshot.Scan(Range("cC", "cH"), reverse: true);
        (await reverse.SeekAsync(Key("cE"))).ShouldBeTrue();
        Text(reverse.Key).ShouldBe("cD");
        (await reverse.MoveNextAsync()).ShouldBeFalse();
        (await reverse.SeekAsync(Key("cZ"))).ShouldBeTrue();
        Text(reverse.Key).ShouldBe("cF");
        (await reverse.SeekAsync(Key("cF"))).ShouldBeTrue();
        Text(reverse.Key).ShouldBe("cF");
        (await reverse.SeekAsync(Key("cB"))).ShouldBeFalse();
    }

    [Fact]
    public async Task A_transaction_reads_its_own_writes()
    {
        await PutAsync("cA", "1", "cB", "1", "cC", "1", "cD", "1");
        using var transaction = Store.Begin();
        transaction.Put(Key("cA"), Key("2"));
        transaction.Delete(Key("cB"));
        transaction.Put(Key("cBB"), Key("2"));
        transaction.DeleteRange(Range("cC", "cE"));
        transaction.Put(Key("cCC"), Key("2"));

        Text((await transaction.GetAsync(Key("cA")))!.Value.Span).ShouldBe("2");
        (await transaction.GetAsync(Key("cB"))).ShouldBeNull();
        (await transaction.GetAsync(Key("cD"))).ShouldBeNull();
        string[] expected = ["cA=2", "cBB=2", "cCC=2"];
        (await CollectAsync(transaction.Scan(Range("c", "d")))).ShouldBe(expected);
        (await CollectAsync(transaction.Scan(Range("c", "d"), reverse: true))).ShouldBe(expected.Reverse());
        await transaction.CommitAsync();
        (await RowsAsync("c", "d")).ShouldBe(expected);
    }

    [Fact]
    public async Task Seeks_see_own_writes_in_both_directions()
    {
        await PutAsync("cB", "1", "cF", "1");
        using var transaction = Store.Begin();
        transaction.Put(Key("cD"), Key("2"));
        transaction.Delete(Key("cF"));
        transaction.Put(Key("cH"), Key("2"));
        using var cursor = transaction.Scan(Range("c", "d"));
        (await cursor.SeekAsync(Key("cC"))).ShouldBeTrue();
        Text(cursor.Key).ShouldBe("cD");
        (await cursor.SeekAsync(Key("cE"))).ShouldBeTrue();
        Text(cursor.Key).ShouldBe("cH");
        using var reverse = transaction.Scan(Range("c", "d"), reverse: true);
        (await reverse.SeekAsync(Key("cG"))).ShouldBeTrue();
        Text(reverse.Key).ShouldBe("cD");
        (await reverse.MoveNextAsync()).ShouldBeTrue();
        Text(reverse.Key).ShouldBe("cB");
    }

    [Fact]
    public async Task Rows_may_be_changed_while_a_cursor_walks_over_them()
    {
        await PutAsync("cA", "1", "cB", "1", "cC", "1", "cD", "1");
        foreach (var reverse in (bool[])[false, true])
        {
            using var transaction = Store.Begin();
            using var cursor = transaction.Scan(Range("c", "d"), reverse);
            var seen = new List<string>();
            while (await cursor.MoveNextAsync())
            {
                var key = cursor.Key.ToArray();
                seen.Add(Text(key));
                transaction.Delete(key);
                if (Text(key) == "cB") transaction.Put(Key(reverse ? "cAA" : "cBB"), Key("2"));
            }
            seen.ShouldBe(reverse ? ["cD", "cC", "cB", "cAA", "cA"] : ["cA", "cB", "cBB", "cC", "cD"]);
        }
    }

    [Fact]
    public async Task The_last_write_of_a_key_in_a_transaction_wins()
    {
        using (var transaction = Store.Begin())
        {
            transaction.Put(Key("cA"), Key("1"));
            transaction.Delete(Key("cA"));
            transaction.Put(Key("cA"), Key("2"));
            transaction.Put(Key("cB"), Key("1"));
            transaction.DeleteRange(Range("cB", "cC"));
            transaction.DeleteRange(Range("cD", "cF"));
            transaction.Put(Key("cE"), Key("3"));
            await transaction.CommitAsync();
        }
        (await RowsAsync("c", "d")).ShouldBe(["cA=2", "cE=3"]);
    }

    [Fact]
    public async Task A_range_delete_spans_tables_and_an_empty_end_means_the_end()
    {
        await PutAsync("bZ", "1", "cA", "1", "dA", "1", "sA", "1", "xA", "1");
        using (var transaction = Store.Begin())
        {
            transaction.DeleteRange(Range("c", "s"));
            await transaction.CommitAsync();
        }
        (await RowsAsync("a", "y")).ShouldBe(["bZ=1", "sA=1", "xA=1"]);
        using (var transaction = Store.Begin())
        {
            transaction.DeleteRange(new KeyRange(Key("sA"), new byte[] { (byte)'y' }));
            await transaction.CommitAsync();
        }
        (await RowsAsync("a", "y")).ShouldBe(["bZ=1"]);
    }

    [Fact]
    public async Task Keys_values_and_transactions_over_the_limits_are_refused()
    {
        await RefusedAsync(KvFault.TooLarge, t => t.Put(Long('c', KvLimits.MaxKeyBytes + 1), Key("1")));
        await RefusedAsync(KvFault.TooLarge, t => t.Delete(Long('c', KvLimits.MaxKeyBytes + 1)));
        await RefusedAsync(KvFault.TooLarge, t => t.Add(Long('s', KvLimits.MaxKeyBytes + 1), 1));
        await RefusedAsync(KvFault.TooLarge, t => t.Put(Key("cA"), new byte[KvLimits.MaxValueBytes + 1]));
        await RefusedAsync(KvFault.TooLarge, t =>
        {
            for (var i = 0; i <= KvLimits.MaxTransactionBytes / KvLimits.MaxValueBytes; i++) t.Put(Key($"cA{i}"), new byte[KvLimits.MaxValueBytes]);
        });
        using var transaction = Store.Begin();
        transaction.Put(Long('c', KvLimits.MaxKeyBytes), new byte[KvLimits.MaxValueBytes]);
        await transaction.CommitAsync();
        (await RowsAsync("c", "d")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_transaction_of_the_largest_size_is_committed()
    {
        const int count = KvLimits.MaxTransactionBytes / (64 * 1024 + 8);
        using (var transaction = Store.Begin())
        {
            for (var i = 0; i < count; i++) transaction.Put(Key($"cK{i:d6}"), new byte[64 * 1024]);
            await transaction.CommitAsync();
        }
        (await CountAsync("c", "d")).ShouldBe(count);
    }

    [Fact]
    public async Task A_transaction_of_many_small_rows_is_committed_and_scanned()
    {
        using (var transaction = Store.Begin())
        {
            for (var i = 0; i < 20_000; i++) transaction.Put(Key($"cK{i * 7919 % 20_000:d6}"), Key($"{i}"));
            using var cursor = transaction.Scan(Range("c", "d"));
            var count = 0;
            while (await cursor.MoveNextAsync()) count++;
            count.ShouldBe(20_000);
            await transaction.CommitAsync();
        }
        (await CountAsync("c", "d")).ShouldBe(20_000);
    }

    [Fact]
    public async Task A_cancelled_token_stops_reads_and_a_commit_that_has_not_begun()
    {
        using var transaction = Store.Begin();
        transaction.Put(Key("cA"), Key("1"));
        await Should.ThrowAsync<OperationCanceledException>(async () => await transaction.CommitAsync(new CancellationToken(canceled: true)));
        using var snapshot = Store.Snapshot();
        await Should.ThrowAsync<OperationCanceledException>(async () => await snapshot.GetAsync(Key("cA"), new CancellationToken(canceled: true)));
        using var cursor = snapshot.Scan(Range("c", "d"));
        await Should.ThrowAsync<OperationCanceledException>(async () => await cursor.MoveNextAsync(new CancellationToken(canceled: true)));
        (await GetAsync("cA")).ShouldBeNull();
    }

    protected static ReadOnlyMemory<byte> Key(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    protected static KeyRange Range(string from, string to) => new(Key(from), Key(to));

    protected async Task PutAsync(params string[] keysAndValues)
    {
        using var transaction = Store.Begin();
        for (var i = 0; i < keysAndValues.Length; i += 2) transaction.Put(Key(keysAndValues[i]), Key(keysAndValues[i + 1]));
        await transaction.CommitAsync();
    }

    protected async Task<string?> GetAsync(string key)
    {
        using var snapshot = Store.Snapshot();
        return await snapshot.GetAsync(Key(key)) is { } value ? Text(value.Span) : null;
    }

    protected async Task<long?> CounterAsync(string key)
    {
        using var snapshot = Store.Snapshot();
        return await snapshot.GetAsync(Key(key)) is { } value ? BinaryPrimitives.ReadInt64LittleEndian(value.Span) : null;
    }

    protected async Task<List<string>> RowsAsync(string from, string to, bool reverse = false)
    {
        using var snapshot = Store.Snapshot();
        return await CollectAsync(snapshot.Scan(Range(from, to), reverse));
    }

    protected static async Task<List<string>> CollectAsync(IKvCursor cursor)
    {
        using (cursor)
        {
            var rows = new List<string>();
            while (await cursor.MoveNextAsync()) rows.Add($"{Text(cursor.Key)}={Text(cursor.Value)}");
            return rows;
        }
    }

    private async Task<int> CountAsync(string from, string to)
    {
        using var snapshot = Store.Snapshot();
        using var cursor = snapshot.Scan(Range(from, to));
        var count = 0;
        while (await cursor.MoveNextAsync()) count++;
        return count;
    }

    // A backend may keep rows of its own in the system table; they have longer keys than those of the test.
    private static async Task<List<string>> KeysAsync(IKvCursor cursor, char firstTable, char lastTable, int skip)
    {
        using (cursor)
        {
            var keys = new List<string>();
            while (await cursor.MoveNextAsync())
            {
                var own = cursor.Key[0] == KvTables.System && cursor.Key.Length > skip + 1;
                if (!own && cursor.Key[0] >= firstTable && cursor.Key[0] <= lastTable) keys.Add(Convert.ToHexString(cursor.Key));
            }
            return keys;
        }
    }

    private static byte[] Long(char table, int lengthBytes)
    {
        var key = new byte[lengthBytes];
        key[0] = (byte)table;
        return key;
    }

    private async Task RefusedAsync(KvFault fault, Action<IKvTransaction> write)
    {
        using var transaction = Store.Begin();
        var exception = await Should.ThrowAsync<KvException>(async () =>
        {
            write(transaction);
            await transaction.CommitAsync();
        });
        exception.Fault.ShouldBe(fault);
        exception.IsTransient.ShouldBeFalse();
    }
}
