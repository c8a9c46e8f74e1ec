using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>The dispatcher over stores in memory: what happens to events that a target does not take.</summary>
public sealed class DeliveryTests
{
    private const string Arn = "arn:aws:sqs:us-east-1:000000000000:q";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly FakeSenders _senders = new();

    private static async Task<(ObjectBench Bench, EventTargets Targets)> OpenAsync()
    {
        var bench = await ObjectBench.CreateAsync();
        var rule = new NotificationRuleRecord { Id = "all", TargetArn = Arn, Events = { "s3:ObjectCreated:*" } };
        (await bench.Services.Buckets.SetNotificationAsync(ObjectBench.Bucket, new NotificationRecord { Rules = { rule } }, default)).IsOk.ShouldBeTrue();
        var targets = new EventTargets(bench.Store, bench.Time);
        await SetTargetAsync(targets, "http://127.0.0.1:1/");
        return (bench, targets);
    }

    private static async Task SetTargetAsync(EventTargets targets, string endpoint)
    {
        var target = new EventTarget
        {
            Kind = EventTargetKind.Queue, Arn = Arn, AccountId = "000000000000", Name = "q", CreatedAt = DateTimeOffset.UnixEpoch, Endpoint = new EventEndpoint(new Uri(endpoint)),
        };
        (await targets.ChangeAsync(Arn, _ => target, default)).IsOk.ShouldBeTrue();
    }

    /// <summary>Runs a dispatcher until something is so.</summary>
    private async Task<EventDispatcher> RunUntilAsync(ObjectBench bench, EventTargets targets, Func<EventDispatcher, bool> isSo, NotificationOptions? options = null, Func<Task>? meanwhile = null)
    {
        var dispatcher = new EventDispatcher(
            bench.Services.Engine, targets, _senders, options ?? new NotificationOptions(), new Random(1), NullLogger<EventDispatcher>.Instance);
        using var stop = new CancellationTokenSource();
        var running = dispatcher.RunAsync(stop.Token);
        using var limit = new CancellationTokenSource(Limit);
        var step = meanwhile?.Invoke() ?? Task.CompletedTask;
        while (!isSo(dispatcher) && !running.IsCompleted)
        {
            limit.IsCancellationRequested.ShouldBeFalse("it did not become so");
            await Task.Delay(10, CancellationToken.None);
        }
        await step;
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        return dispatcher;
    }

    [Fact]
    public async Task Events_are_taken_out_of_their_queue_when_they_are_taken_over()
    {
        var (bench, targets) = await OpenAsync();
        for (var i = 0; i < 250; i++) await bench.PutAsync($"k{i % 7}", $"{i}");
        await RunUntilAsync(bench, targets, dispatcher => dispatcher.NumbersOf(Arn).Delivered == 250);
        _senders.Taken.Count.ShouldBe(250);
        foreach (var key in _senders.Taken.GroupBy(KeyOf)) key.Select(SequencerOf).ShouldBeInOrder();
        await QueueShouldHaveAsync(bench, 0);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_event_that_waits_for_too_long_is_dropped_and_counted()
    {
        var (bench, targets) = await OpenAsync();
        await bench.PutAsync("old", "x");
        bench.Time.Advance(TimeSpan.FromDays(8));
        await bench.PutAsync("new", "x");
        var dispatcher = await RunUntilAsync(bench, targets, dispatcher => dispatcher.NumbersOf(Arn).Delivered == 1);
        dispatcher.NumbersOf(Arn).Expired.ShouldBe(1);
        _senders.Taken.Select(KeyOf).ShouldBe(["new"]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Of_more_events_than_may_wait_the_oldest_are_dropped_and_counted()
    {
        var (bench, targets) = await OpenAsync();
        _senders.IsDead = true;
        for (var i = 0; i < 50; i++) await bench.PutAsync($"k{i:d2}", "x");
        var options = new NotificationOptions { MaxBacklog = 20 };
        var dispatcher = await RunUntilAsync(bench, targets, dispatcher => dispatcher.NumbersOf(Arn) is { Overflowed: 30, Failed: > 0 }, options);
        await QueueShouldHaveAsync(bench, 20);
        MetricsOf(dispatcher).ShouldContain($"objectstore_events_dropped_total{{target=\"{Arn}\",reason=\"backlog\"}} 30");
        MetricsOf(dispatcher).ShouldContain($"objectstore_event_backlog{{target=\"{Arn}\"}} 20");
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_target_that_is_dead_is_asked_at_growing_intervals_and_at_once_when_it_is_changed()
    {
        var (bench, targets) = await OpenAsync();
        _senders.IsDead = true;
        for (var i = 0; i < 30; i++) await bench.PutAsync($"k{i}", "x");
        // The clock stands, so nothing ends the pause but the change.
        await RunUntilAsync(bench, targets, _ => _senders.Taken.Count == 30, meanwhile: async () =>
        {
            using var limit = new CancellationTokenSource(Limit);
            while (_senders.Refused == 0) await Task.Delay(10, limit.Token);
            _senders.IsDead = false;
            await SetTargetAsync(targets, "http://127.0.0.1:2/");
        });
        _senders.Refused.ShouldBeLessThanOrEqualTo(new NotificationOptions().Parallelism, "who is dead is not asked for every event");
        _senders.Endpoints.Distinct().ShouldBe(["http://127.0.0.1:1/", "http://127.0.0.1:2/"]);
    }

    /// <summary>More of them than a batch holds, at the front of the queue.</summary>
    [Theory]
    [InlineData(true, 250)]
    [InlineData(false, 120)]
    public async Task Events_that_a_target_does_not_want_are_overtaken_by_those_of_other_keys(bool isRefusal, int count)
    {
        var (bench, targets) = await OpenAsync();
        (_senders.Refuses, _senders.SaysSo) = (key => key.StartsWith("bad", StringComparison.Ordinal), isRefusal);
        for (var i = 0; i < count; i++) await bench.PutAsync($"bad{i}", "x");
        for (var i = 0; i < 30; i++) await bench.PutAsync($"good{i % 10}", $"{i}");
        // The clock stands, so that none is tried twice; pauses are real.
        var options = new NotificationOptions { FirstRetry = TimeSpan.FromMilliseconds(1), LongestRetry = TimeSpan.FromMilliseconds(2) };
        var dispatcher = await RunUntilAsync(bench, targets, dispatcher => dispatcher.NumbersOf(Arn).Delivered == 30, options);
        _senders.Taken.Select(KeyOf).ShouldAllBe(key => key.StartsWith("good", StringComparison.Ordinal));
        foreach (var key in _senders.Taken.GroupBy(KeyOf)) key.Select(SequencerOf).ShouldBeInOrder();
        _senders.Refused.ShouldBeLessThanOrEqualTo(count);
        MetricsOf(dispatcher).ShouldContain($"objectstore_event_keys_held{{target=\"{Arn}\"}} {_senders.Refused}");
        await QueueShouldHaveAsync(bench, count);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Later_events_of_a_key_wait_for_the_one_that_was_refused()
    {
        var (bench, targets) = await OpenAsync();
        (_senders.Refuses, _senders.SaysSo) = (key => key == "bad", true);
        for (var i = 0; i < 5; i++)
        {
            await bench.PutAsync("bad", $"{i}");
            await bench.PutAsync("good", $"{i}");
        }
        await RunUntilAsync(bench, targets, _ => _senders.Taken.Count == 10, meanwhile: async () =>
        {
            using var limit = new CancellationTokenSource(Limit);
            while (_senders.Taken.Count < 5) await Task.Delay(10, limit.Token);
            _senders.Taken.Select(KeyOf).Distinct().ShouldBe(["good"]);
            _senders.Refuses = _ => false;
            await SetTargetAsync(targets, "http://127.0.0.1:2/");
        });
        foreach (var key in _senders.Taken.GroupBy(KeyOf)) key.Select(SequencerOf).ShouldBeInOrder();
        await QueueShouldHaveAsync(bench, 0);
    }

    [Fact]
    public async Task An_event_that_is_refused_for_too_long_is_dropped_and_counted()
    {
        var (bench, targets) = await OpenAsync();
        (_senders.Refuses, _senders.SaysSo) = (key => key == "bad", true);
        await bench.PutAsync("bad", "x");
        await bench.PutAsync("good", "x");
        var dispatcher = await RunUntilAsync(bench, targets, dispatcher => dispatcher.NumbersOf(Arn).Expired == 1, meanwhile: async () =>
        {
            using var limit = new CancellationTokenSource(Limit);
            while (_senders.Taken.IsEmpty || _senders.Refused == 0) await Task.Delay(10, limit.Token);
            bench.Time.Advance(TimeSpan.FromDays(8));
        });
        dispatcher.NumbersOf(Arn).Delivered.ShouldBe(1);
        await QueueShouldHaveAsync(bench, 0);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_target_that_refuses_everything_is_left_alone_like_a_dead_one()
    {
        var (bench, targets) = await OpenAsync();
        (_senders.Refuses, _senders.SaysSo) = (_ => true, true);
        for (var i = 0; i < RefusedKeys.MaxCount + 200; i++) await bench.PutAsync($"k{i}", "x");
        await RunUntilAsync(bench, targets, _ => _senders.Refused >= RefusedKeys.MaxCount, new NotificationOptions { FirstRetry = TimeSpan.FromHours(1), LongestRetry = TimeSpan.FromHours(1) });
        _senders.Refused.ShouldBeLessThan(RefusedKeys.MaxCount + 200);
    }

    [Fact]
    public async Task What_was_delivered_and_could_not_be_taken_out_is_told_again_as_the_same()
    {
        var (bench, targets) = await OpenAsync();
        await bench.PutAsync("k", "x");
        // The first removal fails as if the server had died behind the delivery.
        var failures = 0;
        bench.Store.BeforeCommit = _ =>
        {
            if (_senders.Taken.IsEmpty || Interlocked.Increment(ref failures) > 1) return;
            throw new Metadata.Kv.KvException(Metadata.Kv.KvFault.UnknownOutcome, "of the test");
        };
        await RunUntilAsync(bench, targets, dispatcher => dispatcher.NumbersOf(Arn).Delivered == 1, new NotificationOptions { FaultRest = TimeSpan.Zero });
        _senders.Taken.Count.ShouldBe(2);
        _senders.Taken.Distinct().ShouldHaveSingleItem();
        _senders.Ids.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void A_transition_says_where_to()
    {
        var change = new ChangeRecord
        {
            Kind = (uint)ChangeKind.Transitioned, Bucket = "b", Key = Google.Protobuf.ByteString.CopyFromUtf8("k"), Etag = "e", Size = 3, StorageClass = "STANDARD_IA", RequestId = "", HostId = "",
        };
        var record = JsonElement.Parse(EventDocument.Write(new QueuedChange(7, change)).Span).GetProperty("Records")[0];
        record.GetProperty("eventName").GetString().ShouldBe("LifecycleTransition");
        record.GetProperty("eventVersion").GetString().ShouldBe("2.3");
        record.GetProperty("userIdentity").GetProperty("principalId").GetString().ShouldBe("s3.amazonaws.com");
        record.GetProperty("lifecycleEventData").GetProperty("transitionEventData").GetProperty("destinationStorageClass").GetString().ShouldBe("STANDARD_IA");
        record.GetProperty("s3").GetProperty("object").GetProperty("sequencer").GetString().ShouldBe("0000000000000007");
    }

    [Fact]
    public void A_restored_copy_says_until_when()
    {
        var change = new ChangeRecord
        {
            Kind = (uint)ChangeKind.Restored, Bucket = "b", Key = Google.Protobuf.ByteString.CopyFromUtf8("k"), Etag = "e", Size = 3, StorageClass = "COLD", RequestId = "", HostId = "",
            RestoredUntilTicks = new DateTimeOffset(2026, 3, 4, 0, 0, 0, TimeSpan.Zero).ToTicks(),
        };
        var record = JsonElement.Parse(EventDocument.Write(new QueuedChange(7, change)).Span).GetProperty("Records")[0];
        record.GetProperty("eventName").GetString().ShouldBe("ObjectRestore:Completed");
        var data = record.GetProperty("glacierEventData").GetProperty("restoreEventData");
        data.GetProperty("lifecycleRestorationExpiryTime").GetString().ShouldBe("2026-03-04T00:00:00.000Z");
        data.GetProperty("lifecycleRestoreStorageClass").GetString().ShouldBe("COLD");
    }

    private static string MetricsOf(EventDispatcher dispatcher)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        dispatcher.Write(new MetricsText(output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static async Task QueueShouldHaveAsync(ObjectBench bench, int count)
    {
        using var snapshot = bench.Store.Snapshot();
        (await ChangeQueue.ReadAsync(snapshot, QueueKeys.Notifications, Arn, int.MaxValue, default)).Count.ShouldBe(count);
    }

    private static JsonElement ObjectOf(string json) => JsonElement.Parse(json).GetProperty("Records")[0].GetProperty("s3").GetProperty("object");

    private static string KeyOf(string json) => ObjectOf(json).GetProperty("key").GetString()!;

    private static string SequencerOf(string json) => ObjectOf(json).GetProperty("sequencer").GetString()!;

    private sealed class FakeSenders : IEventSenders
    {
        public ConcurrentQueue<string> Taken { get; } = new();

        public ConcurrentQueue<string> Ids { get; } = new();

        public ConcurrentQueue<string> Endpoints { get; } = new();

        public volatile bool IsDead;

        public int Refused;

        public Func<string, bool> Refuses { get; set; } = _ => false;

        /// <summary>Whether a refusal says that it is about the event.</summary>
        public bool SaysSo { get; set; }

        public IEventSender Open(EventTarget target)
        {
            Endpoints.Enqueue(target.Endpoint!.Address.AbsoluteUri);
            return new Sender(this);
        }

        private sealed class Sender(FakeSenders senders) : IEventSender
        {
            public ValueTask SendAsync(ReadOnlyMemory<byte> json, string id, CancellationToken ct)
            {
                if (senders.IsDead)
                {
                    Interlocked.Increment(ref senders.Refused);
                    throw new DeliveryException("dead");
                }
                if (senders.Refuses(KeyOf(Encoding.UTF8.GetString(json.Span))))
                {
                    Interlocked.Increment(ref senders.Refused);
                    throw new DeliveryException("refused", isRefusal: senders.SaysSo);
                }
                senders.Ids.Enqueue(id);
                senders.Taken.Enqueue(Encoding.UTF8.GetString(json.Span));
                return ValueTask.CompletedTask;
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
