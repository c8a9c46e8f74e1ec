using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Transitions of objects that take longer than a visit, a day, or the life of a process.</summary>
public sealed class LongMoveTests
{
    private const string Bucket = ObjectBench.Bucket;
    private const int Parts = 6;

    private static readonly Scheme Warm = new(5, 1);
    private static readonly CustomerKey CustomerKey = new(ObjectBench.Bytes(32, 1));
    private static readonly byte[] Body = ObjectBench.Bytes(Parts * 100, 7);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_move_that_takes_days_ends_and_moves_each_part_once(bool isSealed)
    {
        var bench = await CreateAsync(isSealed);
        var begun = bench.Blobs.Begun;
        bench.Blobs.BeforeCommit = _ => bench.Time.Advance(TimeSpan.FromHours(30));
        await bench.ExpireAsync();
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(1);
        bench.Lifecycle.Done(DueOutcome.Moving).ShouldBe(Parts - 1);
        bench.Lifecycle.Errors.ShouldBe(0);
        (bench.Blobs.Begun - begun).ShouldBe(Parts);
        await ShouldBeMovedAsync(bench, isSealed);
    }

    /// <summary>What lies below one another, too: an object that was appended to, renamed and appended to again, under its writer's key.</summary>
    [Fact]
    public async Task A_move_of_manifests_below_one_another_goes_on_where_it_was()
    {
        var bench = await CreateAsync(isSealed: true);
        var body = Body;
        for (var n = 0; n < 2; n++)
        {
            var (key, next) = (n == 0 ? "k" : $"k{n}", $"k{n + 1}");
            (await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = Bucket, SourceKey = key, Key = next }, default)).IsOk.ShouldBeTrue();
            var append = new AppendRequest { Put = new PutRequest { Bucket = Bucket, Key = next }, OffsetBytes = body.Length, CustomerKey = CustomerKey };
            (await bench.Services.Appender.AppendAsync(append, new BytesSource([(byte)n]), default)).IsOk.ShouldBeTrue();
            body = [.. body, (byte)n];
        }
        await bench.CollectAllAsync();
        bench.Time.Advance(TimeSpan.FromDays(3));
        var begun = bench.Blobs.Begun;
        bench.Blobs.BeforeCommit = _ => bench.Time.Advance(TimeSpan.FromHours(31));
        while (bench.Lifecycle.Done(DueOutcome.Transitioned) == 0)
        {
            await bench.ExpireAsync();
            await bench.CollectAllAsync();
            await bench.ShouldBeSoundAsync();
        }
        (bench.Blobs.Begun - begun).ShouldBe(Parts + 2);
        bench.Lifecycle.Errors.ShouldBe(0);
        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = "k2", CustomerKey = CustomerKey }, default)).Value;
        (await ObjectBench.ReadAsync(handle, 0, body.Length)).ShouldBe(body);
        (await (await handle.OpenAsync(default)).UsesSchemeAsync(Warm, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_moved_before_a_restart_is_not_moved_again()
    {
        for (var limit = 1; ; limit++)
        {
            var bench = await CreateAsync(isSealed: false);
            var (begun, commits, crashed) = (bench.Blobs.Begun, 0, false);
            bench.Store.BeforeCommit = _ =>
            {
                if (++commits <= limit) return;
                crashed = true;
                throw new OperationCanceledException("crash");
            };
            try
            {
                await bench.ExpireAsync();
            }
            catch (OperationCanceledException)
            {
                // What was in memory is gone; the store is as it was committed.
            }
            bench.Store.BeforeCommit = null;
            bench.Time.Advance(TimeSpan.FromHours(20));
            await bench.ReopenAsync(bench.Store, limit);
            await bench.ExpireAsync();
            // The part whose commit did not come is written twice.
            (bench.Blobs.Begun - begun).ShouldBeLessThanOrEqualTo(Parts + 1, $"crash after commit {limit}");
            await ShouldBeMovedAsync(bench, isSealed: false, mayLeak: true);
            if (!crashed) return;
        }
    }

    [Fact]
    public async Task What_a_move_has_written_is_freed_when_the_version_goes_meanwhile()
    {
        var bench = await CreateAsync(isSealed: false);
        var left = 3;
        bench.Blobs.BeforeCommit = _ =>
        {
            bench.Time.Advance(TimeSpan.FromMinutes(1));
            if (--left == 0) bench.DeleteAsync("k").GetAwaiter().GetResult();
        };
        await bench.ExpireAsync();
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(0);
        bench.Blobs.Stored.ShouldNotBeEmpty();
        await bench.ShouldBeSoundAsync();
        bench.Time.Advance(TimeSpan.FromDays(4));
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        (await bench.TablesAsync()).Intersect([KvTables.Garbage, KvTables.Parts, KvTables.Contents]).ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    /// <summary>A move that nobody goes on with falls due; what comes after that begins anew.</summary>
    [Fact]
    public async Task A_move_that_stood_still_for_days_begins_anew()
    {
        var bench = await CreateAsync(isSealed: false);
        bench.Blobs.BeforeCommit = id =>
        {
            bench.Time.Advance(TimeSpan.FromMinutes(1));
            if (bench.Lifecycle.Done(DueOutcome.Moving) == 2) bench.Blobs.CommitFault = new Erasure.Stripes.BlobStoreException(Erasure.Stripes.BlobStoreFault.TooFewDrives, "away");
        };
        await bench.ExpireAsync();
        bench.Lifecycle.Errors.ShouldBe(1);
        bench.Blobs.CommitFault = null;
        bench.Blobs.BeforeCommit = null;
        bench.Time.Advance(TimeSpan.FromDays(4));
        await bench.ExpireAsync();
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(1);
        await ShouldBeMovedAsync(bench, isSealed: false);
    }

    [Fact]
    public async Task What_else_is_due_has_its_turn_while_a_move_goes_on()
    {
        var bench = await CreateAsync(isSealed: false);
        await bench.PutAsync("small", "inlined");
        var left = Parts;
        var movedAt = 0;
        bench.Blobs.BeforeCommit = _ =>
        {
            bench.Time.Advance(TimeSpan.FromHours(31));
            left--;
            if (movedAt == 0 && bench.Lifecycle.Done(DueOutcome.Transitioned) > 0) movedAt = left;
        };
        await bench.ExpireAsync();
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(2);
        movedAt.ShouldBeGreaterThan(0, "the small one came while the large one was moved");
    }

    private static async Task<ObjectBench> CreateAsync(bool isSealed)
    {
        var bench = await ObjectBench.CreateAsync(classes: new StorageClassTable(new Dictionary<string, Scheme> { ["WARM"] = Warm }));
        var (key, encryption) = (isSealed ? CustomerKey : null, isSealed ? new EncryptionRequest { Method = EncryptionMethod.CustomerKey, CustomerKey = CustomerKey } : null);
        var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "k", Encryption = encryption }, default)).Value;
        var listed = new List<ListedPart>();
        for (var n = 0; n < Parts; n++)
        {
            var request = new UploadPartRequest { Bucket = Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = (n * 2) + 1, CustomerKey = key };
            listed.Add(new ListedPart((n * 2) + 1, (await bench.Services.Parts.UploadAsync(request, new BytesSource(Body[(n * 100)..((n + 1) * 100)]), default)).Value.ETag));
        }
        (await bench.CompleteAsync(upload, listed)).IsOk.ShouldBeTrue();
        await LifecycleTests.SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1)] });
        await bench.ExpireAsync();
        bench.Time.Advance(TimeSpan.FromDays(3));
        return bench;
    }

    private static async Task ShouldBeMovedAsync(ObjectBench bench, bool isSealed, bool mayLeak = false)
    {
        bench.Blobs.BeforeCommit = null;
        await bench.ShouldBeSoundAsync();
        bench.Time.Advance(TimeSpan.FromDays(4));
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        using (var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = "k", CustomerKey = isSealed ? CustomerKey : null }, default)).Value)
        {
            (handle.Info.StorageClass, handle.Info.PartCount).ShouldBe(("WARM", Parts));
            (await ObjectBench.ReadAsync(handle, 0, Body.Length)).ShouldBe(Body);
            (await ObjectBench.ReadAsync(handle, 150, 300)).ShouldBe(Body[150..450]);
            (await (await handle.OpenAsync(default)).UsesSchemeAsync(Warm, default)).ShouldBeTrue();
        }
        if (!mayLeak) bench.Blobs.Stored.Count.ShouldBe(Parts);
        (await bench.TablesAsync()).ShouldNotContain(KvTables.Garbage);
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        if (!mayLeak) bench.Blobs.Stored.ShouldBeEmpty();
    }
}
