using ObjectStore.Storage.Drives;

namespace ObjectStore.Storage.Tests.Drives;

/// <summary>
/// Random work on a drive and what must be true of it afterwards: every acknowledged shard reads back the same; what
/// was not acknowledged is absent or whole; what was deleted is absent, or an orphan, which a power loss may have left
/// half freed, so that its reads are refused.
/// </summary>
internal sealed class DriveModel
{
    private const int Block = ShardLayout.BlockSizeBytes;
    private static readonly int[] Lengths = [0, 1, 700, 4096, Block - 1, Block, 3 * Block + 17, 4 * Block, 4 * Block + 1, 9 * Block, 20 * Block + 333];
    private readonly int _seed;
    private readonly Random _random;
    private readonly Dictionary<int, int> _live = [];
    private readonly Dictionary<int, int> _uncertain = [];
    private readonly Dictionary<int, int> _deleted = [];
    private int _next = 1;

    public DriveModel(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        Options = TestDrive.Options with
        {
            LogFileBytes = 1 << 20,
            SegmentBytes = 4 << 20,
            FlushEveryRecords = 1 + _random.Next(60),
            BulkWrites = _random.Next(2) == 0 ? BulkWriteMode.Direct : BulkWriteMode.Buffered,
        };
    }

    private DriveModel(DriveModel other)
    {
        _seed = other._seed;
        _random = new Random(other._random.Next());
        _live = new Dictionary<int, int>(other._live);
        _uncertain = new Dictionary<int, int>(other._uncertain);
        _deleted = new Dictionary<int, int>(other._deleted);
        _next = other._next;
        Options = other.Options;
    }

    public DriveOptions Options { get; }

    /// <summary>What is known at this moment, for the image of a crash that follows: what is under way stays uncertain.</summary>
    public DriveModel Freeze()
    {
        lock (_uncertain) return new DriveModel(this);
    }

    public int Live => _live.Count;

    /// <summary>Runs steps until they are done or the drive faults; then what was under way is uncertain.</summary>
    public async Task<bool> RunAsync(Drive drive, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            try
            {
                await StepAsync(drive);
            }
            catch (DriveException)
            {
                return false;
            }
        }
        return true;
    }

    public async Task VerifyAsync(Drive drive)
    {
        foreach (var (n, length) in _live)
        {
            var bytes = await drive.ReadAsync(Shards.Blob(n), n % 6);
            bytes.ShouldNotBeNull($"seed {_seed}: acknowledged shard {n} of {length} bytes is gone");
            bytes.SequenceEqual(Shards.Bytes(Shards.Blob(n), n % 6, length)).ShouldBeTrue($"seed {_seed}: shard {n}");
        }
        foreach (var info in await drive.ListAsync())
        {
            var n = (int)info.Blob.Content;
            if (_live.ContainsKey(n)) continue;
            using var reader = (await drive.OpenAsync(info.Blob, info.Shard, default))!;
            var (result, bytes) = await Shards.ReadAsync(reader);
            if (_deleted.TryGetValue(n, out var deleted))
            {
                if (result.Status == ShardReadStatus.Ok) Shards.ShouldBeSame(bytes, Shards.Bytes(info.Blob, info.Shard, deleted), $"seed {_seed}: deleted shard {n}");
                continue;
            }
            _uncertain.ShouldContainKey(n, $"seed {_seed}: shard {n} was never committed");
            result.Status.ShouldBe(ShardReadStatus.Ok, $"seed {_seed}: what came back of shard {n} is not whole");
            Shards.ShouldBeSame(bytes, Shards.Bytes(info.Blob, info.Shard, _uncertain[n]), $"seed {_seed}: shard {n}");
        }
    }

    private Task StepAsync(Drive drive) => _random.Next(20) switch
    {
        < 8 => WriteAsync(drive),
        < 10 => WriteManyAsync(drive),
        < 14 => DeleteAsync(drive),
        14 => AbandonAsync(drive),
        15 => drive.FlushIndexAsync(default),
        16 => drive.SealFilesAsync(default),
        17 => ReadSomeAsync(drive),
        _ => drive.ReclaimOnceAsync(_random.Next(3) << 20, default),
    };

    private async Task WriteAsync(Drive drive) => await WriteAsync(drive, _next++, Lengths[_random.Next(Lengths.Length)], _random.Next(2) == 0);

    private async Task WriteAsync(Drive drive, int n, int length, bool announce)
    {
        lock (_uncertain) _uncertain[n] = length;
        await drive.WriteAsync(Shards.Blob(n), n % 6, Shards.Bytes(Shards.Blob(n), n % 6, length), announce);
        lock (_uncertain)
        {
            _uncertain.Remove(n);
            _live[n] = length;
        }
    }

    public Task WriteManyAsync(Drive drive)
    {
        var writes = Enumerable.Range(0, 8).Select(_ => (N: _next++, Length: Lengths[_random.Next(Lengths.Length)], Announce: _random.Next(2) == 0)).ToList();
        return Task.WhenAll(writes.Select(w => WriteAsync(drive, w.N, w.Length, w.Announce)));
    }

    private async Task DeleteAsync(Drive drive)
    {
        if (_live.Count == 0) return;
        var n = _live.Keys.ElementAt(_random.Next(_live.Count));
        _deleted[n] = _live[n];
        _live.Remove(n);
        await drive.DeleteAsync(Shards.Blob(n), n % 6, default);
    }

    private async Task AbandonAsync(Drive drive)
    {
        var blob = Shards.Blob(_next++);
        await using var writer = drive.Create(blob, 0, null);
        await Shards.FillAsync(writer, blob, 0, Shards.Bytes(blob, 0, 7 * Block));
    }

    private async Task ReadSomeAsync(Drive drive)
    {
        foreach (var (n, length) in _live.Take(5))
            Shards.ShouldBeSame(await drive.ReadAsync(Shards.Blob(n), n % 6), Shards.Bytes(Shards.Blob(n), n % 6, length), $"seed {_seed}: shard {n}");
    }
}
