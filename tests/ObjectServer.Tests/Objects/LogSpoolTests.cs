using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;
using ObjectStore.TestKit;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Records of requests on their way into the queue: none is lost by a process that dies, and none comes twice.</summary>
public sealed class LogSpoolTests
{
    private static readonly BucketLogging Logging = new() { TargetBucket = "target", TargetPrefix = "logs/" };

    private readonly InMemoryKeyValueStore _store = new();
    private readonly FakeTime _time = new();
    private readonly List<Place> _places = [new(new FaultyFileSystem(1)), new(new FaultyFileSystem(2))];
    private ulong _ticks;

    private sealed class Place : ILogSpoolPlace
    {
        public Place(FaultyFileSystem files)
        {
            FileSystem = files;
            files.CreateDirectory("/drive");
        }

        public DriveId Id { get; } = new(Guid.NewGuid());

        public string Directory => "/drive";

        public FaultyFileSystem Files { get; set; } = null!;

        public IFileSystem FileSystem { get => Files; set => Files = (FaultyFileSystem)value; }

        public bool IsUsable { get; set; } = true;

        public string? File => FileSystem.DirectoryExists("/drive/access-log") ? FileSystem.List("/drive/access-log").Select(entry => "/drive/access-log/" + entry.Name).SingleOrDefault() : null;
    }

    private sealed record Session(LogSpool Spool, LogSpoolFlusher Flusher, LogRoute Route)
    {
        public List<string> Moved { get; } = [];

        public Task<Result<Done>> FlushAsync() => Flusher.FlushAsync(Note, default).AsTask();

        public Task RecoverAsync() => Flusher.RecoverAsync(Note, default).AsTask();

        private void Note(IReadOnlyList<LogFrame> frames) => Moved.AddRange(frames.Select(frame => Encoding.ASCII.GetString(frame.Lines.Span).TrimEnd()));
    }

    private async Task<Session> OpenAsync()
    {
        var services = await ObjectServices.OpenAsync(_store, new MemoryBlobStore(), new(), _time, new Random(1), default);
        var spool = new LogSpool(_places, services.Engine.Ids.Session, _time, NullLogger.Instance);
        return new Session(spool, new LogSpoolFlusher(services.Engine, spool, NullLogger.Instance), new LogRoute(7, new LogSource("source", 8, "owner"), Logging));
    }

    /// <summary>kill -9: what was written stays, what was only in memory does not.</summary>
    private async Task<Session> KillAndOpenAsync()
    {
        foreach (var place in _places) place.Files = place.Files.Kill();
        return await OpenAsync();
    }

    private LogSpoolTicket Append(Session session, string line, uint part = 0) => session.Spool.Append(session.Route, ++_ticks, part, 1, Encoding.ASCII.GetBytes(line + "\n"))!.Value;

    private async Task WriteAsync(Session session, params string[] lines)
    {
        foreach (var line in lines) (await session.Spool.WriteAsync(Append(session, line))).ShouldBeTrue();
    }

    private List<LogRowRecord> Rows() => [.. _store.Rows.Where(row => row.Key is [KvTables.Queues, (byte)'l', ..]).Select(row => LogRowRecord.Parser.ParseFrom(row.Value))];

    private List<string> Lines() => [.. Rows().SelectMany(row => row.Lines.ToStringUtf8().Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    private int Positions() => _store.Rows.Count(row => row.Key is [KvTables.Queues, (byte)'p', ..]);

    [Fact]
    public async Task What_a_process_that_dies_has_written_comes_into_the_queue_once()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a", "b");
        await first.FlushAsync();
        await WriteAsync(first, "c", "d");

        var second = await KillAndOpenAsync();
        Lines().ShouldBe(["a", "b"]);
        await second.RecoverAsync();
        Lines().Order().ShouldBe(["a", "b", "c", "d"]);
        Rows().Sum(row => row.Count).ShouldBe(4);
        (_places[0].File, Positions()).ShouldBe((null, 0));
        await (await KillAndOpenAsync()).RecoverAsync();
        Lines().Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_process_that_dies_between_the_queue_and_the_end_of_the_file_moves_nothing_twice()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a", "b");
        await first.FlushAsync();
        Positions().ShouldBe(1);
        await (await KillAndOpenAsync()).RecoverAsync();
        Lines().ShouldBe(["a", "b"]);
        (_places[0].File, Positions()).ShouldBe((null, 0));
    }

    [Fact]
    public async Task A_row_whose_file_is_gone_goes_with_the_next_session()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a");
        await first.FlushAsync();
        _places[0].Files.DeleteFile(_places[0].File!);
        await (await KillAndOpenAsync()).RecoverAsync();
        Lines().ShouldBe(["a"]);
        Positions().ShouldBe(0);
    }

    [Fact]
    public async Task A_stop_in_good_order_leaves_no_file()
    {
        var session = await OpenAsync();
        await WriteAsync(session, "a");
        await session.FlushAsync();
        await session.Flusher.TidyAsync(all: true, default);
        (_places[0].File, Positions()).ShouldBe((null, 0));
        await WriteAsync(session, "b");
        await session.FlushAsync();
        Lines().Order().ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_torn_end_is_passed_over_and_damage_before_it_is_told()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a", "b", "c", "d");
        var path = _places[0].File!;
        var bytes = _places[0].Files.Snapshot(path);
        // The last frame lacks its end, and the second of four has a bit too many.
        _places[0].Files.Overwrite(path, bytes.Length - 2, [0, 0]);
        _places[0].Files.FlipBit(path, bytes.AsSpan().IndexOf("b\n"u8));

        var second = await KillAndOpenAsync();
        await second.RecoverAsync();
        Lines().Order().ShouldBe(["a", "c"]);
        second.Flusher.Damages.ShouldBe(1);
        _places[0].File.ShouldBeNull();
    }

    [Fact]
    public async Task A_file_that_was_torn_before_its_first_frame_is_nothing()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a");
        var path = _places[0].File!;
        _places[0].Files.Overwrite(path, 0, new byte[_places[0].Files.Snapshot(path).Length]);
        var second = await KillAndOpenAsync();
        await second.RecoverAsync();
        (Lines().Count, second.Flusher.Damages, _places[0].File).ShouldBe((0, 0L, null));
    }

    [Theory]
    [InlineData(Errno.EIO)]
    [InlineData(Errno.ENOSPC)]
    public async Task A_drive_that_fails_loses_nothing_and_another_takes_over(int error)
    {
        var session = await OpenAsync();
        await WriteAsync(session, "a");
        using (_places[0].Files.Inject(new FaultRule(FaultyOperation.Write) { ErrorNumber = error }))
        {
            (await session.Spool.WriteAsync(Append(session, "b"))).ShouldBeFalse();
            await session.FlushAsync();
            Lines().Order().ShouldBe(["a", "b"]);
            await WriteAsync(session, "c");
            _places[1].File.ShouldNotBeNull();
        }
        var second = await KillAndOpenAsync();
        await second.RecoverAsync();
        Lines().Order().ShouldBe(["a", "b", "c"]);
        (_places[0].File, _places[1].File, Positions()).ShouldBe((null, null, 0));
    }

    [Fact]
    public async Task A_drive_that_hangs_holds_up_nobody_but_its_writer()
    {
        var session = await OpenAsync();
        using var hang = new ManualResetEventSlim();
        using var hit = new ManualResetEventSlim();
        using var rule = _places[0].Files.Inject(new FaultRule(FaultyOperation.Write) { ErrorNumber = 0, Times = 1, OnHit = () => { hit.Set(); hang.Wait(); } });
        var writer = Task.Run(async () => await session.Spool.WriteAsync(Append(session, "a")));
        hit.Wait(TimeSpan.FromSeconds(60)).ShouldBeTrue();
        var waiter = session.Spool.WriteAsync(Append(session, "b")).AsTask();
        waiter.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        await session.Flusher.TidyAsync(all: false, default);
        (await waiter.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeFalse();
        await WriteAsync(session, "c");
        await session.FlushAsync();
        Lines().Order().ShouldBe(["a", "b", "c"]);
        await session.Flusher.TidyAsync(all: false, default);
        await session.RecoverAsync().WaitAsync(TimeSpan.FromSeconds(60));
        hang.Set();
        await writer.WaitAsync(TimeSpan.FromSeconds(60));

        var second = await KillAndOpenAsync();
        await second.RecoverAsync();
        Lines().Order().ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_drive_that_hangs_when_its_files_are_looked_for_is_left_alone_and_asked_again_later()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a");
        var second = await KillAndOpenAsync();
        using var hang = new ManualResetEventSlim();
        using var hit = new ManualResetEventSlim();
        using var rule = _places[0].Files.Inject(new FaultRule(FaultyOperation.Read) { ErrorNumber = 0, Times = 1, OnHit = () => { hit.Set(); hang.Wait(); } });
        var recovering = second.RecoverAsync();
        hit.Wait(TimeSpan.FromSeconds(60)).ShouldBeTrue();
        await _time.PassUntilAsync(recovering.ContinueWith(_ => true, TaskScheduler.Default), TimeSpan.FromSeconds(1));
        Lines().ShouldBeEmpty();
        await second.RecoverAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await WriteAsync(second, "b");
        _places[1].File.ShouldNotBeNull("the drive is not trusted for a while");
        hang.Set();
        _time.Advance(TimeSpan.FromMinutes(1));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        // What hung may take a moment to end.
        while (Lines().Count == 0)
        {
            limit.Token.ThrowIfCancellationRequested();
            await second.RecoverAsync();
        }
        Lines().ShouldBe(["a"]);
    }

    [Fact]
    public async Task What_is_on_a_drive_that_is_away_waits_for_it()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a", "b");
        _places[0].IsUsable = false;
        var second = await KillAndOpenAsync();
        await second.RecoverAsync();
        Lines().ShouldBeEmpty();
        _places[0].IsUsable = true;
        await second.RecoverAsync();
        Lines().Order().ShouldBe(["a", "b"]);
        second.Moved.ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Without_a_drive_records_are_in_memory_until_the_queue_has_them()
    {
        foreach (var place in _places) place.IsUsable = false;
        var session = await OpenAsync();
        await WriteAsync(session, "a");
        session.Spool.Unprotected.ShouldBe(1);
        await session.FlushAsync();
        _places[0].IsUsable = true;
        await session.Flusher.TidyAsync(all: false, default);
        await WriteAsync(session, "b");
        _places[0].File.ShouldNotBeNull();
        await session.FlushAsync();
        Lines().Order().ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task What_there_is_no_memory_for_is_read_from_its_file()
    {
        var session = await OpenAsync();
        var line = new string('x', 60_000);
        const int count = 750;
        for (var i = 0; i < count; i++) await WriteAsync(session, line);
        session.Spool.PendingBytes.ShouldBeGreaterThan(count * 60_000L);
        await session.RecoverAsync();
        Rows().Count.ShouldBeGreaterThan(0, "a file was given up in memory");
        await session.FlushAsync();
        Rows().Sum(row => row.Count).ShouldBe(count);
        session.Spool.PendingBytes.ShouldBeLessThanOrEqualTo(0);
    }

    [Fact]
    public async Task Records_of_different_parts_are_in_different_rows()
    {
        var session = await OpenAsync();
        foreach (var part in new uint[] { 0, 0, 1 }) await session.Spool.WriteAsync(Append(session, "x", part));
        await session.FlushAsync();
        Rows().Select(row => row.Count).Order().ShouldBe([1u, 2u]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_many_writers_were_told_is_there_once_after_the_end_of_the_process(int seed)
    {
        var random = new Random(seed);
        var told = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            var session = await OpenAsync();
            await session.RecoverAsync();
            var stop = random.Next(50, 200);
            var written = 0;
            var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
            {
                for (var i = 0; Interlocked.Increment(ref written) < stop; i++)
                {
                    LogSpoolTicket ticket;
                    var line = $"{seed}-{round}-{writer}-{i}";
                    lock (told) ticket = Append(session, line);
                    (await session.Spool.WriteAsync(ticket)).ShouldBeTrue();
                    lock (told) told.Add(line);
                    await Task.Yield();
                }
            })).ToList();
            var flushes = random.Next(4);
            for (var i = 0; i < flushes; i++)
            {
                await session.FlushAsync();
                await session.Flusher.TidyAsync(random.Next(2) == 0, default);
            }
            await Task.WhenAll(writers);
            foreach (var place in _places) place.Files = place.Files.Kill();
        }
        var last = await OpenAsync();
        await last.RecoverAsync();
        Lines().Order().ShouldBe(told.Order(), $"seed {seed}");
        Positions().ShouldBe(0);
    }

    [Fact]
    public async Task A_record_that_no_row_takes_loses_its_end_and_holds_up_no_other()
    {
        var first = await OpenAsync();
        await WriteAsync(first, "a", new string('x', 200 * 1024), "b");
        (await first.FlushAsync()).IsOk.ShouldBeTrue();
        Lines().Select(line => line[..1]).Order().ShouldBe(["a", "b", "x"]);
        Lines().Max(line => line.Length).ShouldBeLessThan(128 * 1024);

        // As a server has left it that wrote such records.
        await WriteAsync(first, new string('y', 200 * 1024), "c");
        await (await KillAndOpenAsync()).RecoverAsync();
        Lines().Select(line => line[..1]).Order().ShouldBe(["a", "b", "c", "x", "y"]);
        (_places[0].File, Positions()).ShouldBe((null, 0));
    }
}
