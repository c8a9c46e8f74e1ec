using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;
using static ObjectStore.Server.Tests.Replication.ReplicationBench;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>The engine over a scripted destination: order, retries, and what versions say.</summary>
public sealed class ReplicationEngineTests
{
    [Fact]
    public async Task Versions_are_sent_in_the_order_of_their_key_and_are_completed_with_their_rows()
    {
        var bench = await CreateAsync(Rule());
        var ids = new List<(string Key, string Id)>();
        for (var i = 0; i < 300; i++) ids.Add(($"k{i % 7}", (await bench.Bench.PutAsync($"k{i % 7}", $"{i}")).VersionId));
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Taken.Count.ShouldBe(300);
        foreach (var key in bench.Destinations.Taken.GroupBy(task => task.Key)) key.Select(task => task.Sequence).ShouldBeInOrder();
        bench.Destinations.HasOverlapped.ShouldBeFalse();
        bench.Destinations.MaxRunning.ShouldBeLessThanOrEqualTo(bench.Options.Parallelism);
        foreach (var (key, id) in ids) (await bench.StatusAsync(key, id)).ShouldBe(ReplicationStatus.Completed);
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_version_of_two_destinations_is_pending_until_both_have_it()
    {
        var bench = await CreateAsync(Rule(), Rule(There, 2));
        bench.Destinations.Answer = static task => task.Destination.Remote is null ? ReplicaOutcome.Done(1) : ReplicaOutcome.Unavailable("away");
        await bench.Bench.PutAsync("k", "x");
        await bench.RunUntilAsync(async () => (await bench.QueuedAsync(Here)).Count == 0);
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.Pending);
        bench.Destinations.Answer = static _ => ReplicaOutcome.Done(1);
        await bench.RunUntilEmptyAsync();
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.Completed);
    }

    [Fact]
    public async Task A_destination_that_is_away_is_asked_ever_more_rarely_and_loses_nothing()
    {
        var bench = await CreateAsync(Rule(There));
        bench.Destinations.Answer = static _ => ReplicaOutcome.Unavailable("away");
        for (var i = 0; i < 100; i++) await bench.Bench.PutAsync($"k{i}", "x");
        var begin = bench.Bench.Time.GetUtcNow();
        await bench.RunUntilAsync(() => Task.FromResult(bench.Bench.Time.GetUtcNow() - begin > TimeSpan.FromMinutes(5)), stepSeconds: 2);
        bench.Destinations.Attempts.ShouldBeLessThan(100);
        bench.Destinations.Answer = static _ => ReplicaOutcome.Done(1);
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Taken.Select(task => task.Key).Distinct().Count().ShouldBe(100);
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_version_that_cannot_be_sent_holds_back_its_key_and_nothing_else()
    {
        var bench = await CreateAsync(Rule());
        var isMended = false;
        bench.Destinations.Answer = task => task.Key == "bad" && !isMended ? ReplicaOutcome.Unavailable("unreadable") : ReplicaOutcome.Done(1);
        await bench.Bench.PutAsync("bad", "1");
        await bench.Bench.PutAsync("bad", "2");
        for (var i = 0; i < 600; i++) await bench.Bench.PutAsync($"k{i}", "x");
        await bench.RunUntilAsync(async () => (await bench.QueuedAsync(Here)).Count == 2);
        isMended = true;
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Taken.Where(task => task.Key == "bad").Select(task => task.Sequence).ToArray().ShouldBeInOrder();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Versions_that_can_never_be_sent_do_not_keep_newer_ones_from_being_sent(bool isOfVersion)
    {
        var bench = await CreateAsync(Rule());
        var bad = isOfVersion ? ReplicaOutcome.Unreadable("no") : ReplicaOutcome.Unavailable("no");
        bench.Destinations.Answer = task => task.Key.StartsWith("bad", StringComparison.Ordinal) ? bad : ReplicaOutcome.Done(1);
        for (var i = 0; i < 20; i++) await bench.Bench.PutAsync($"bad{i}", "x");
        var puts = DateTimeOffset.MaxValue;
        // At first only one attempt is made at a time, and long pauses lie between.
        await bench.RunUntilAsync(async () =>
        {
            if (bench.Destinations.Attempts < 40) return false;
            if (puts == DateTimeOffset.MaxValue)
            {
                puts = bench.Bench.Time.GetUtcNow();
                for (var i = 0; i < 50; i++) await bench.Bench.PutAsync($"good{i}", "x");
            }
            return bench.Destinations.Taken.Count == 50 || bench.Bench.Time.GetUtcNow() - puts > TimeSpan.FromMinutes(10);
        }, stepSeconds: 2);
        bench.Destinations.Taken.Count.ShouldBe(50);
    }

    [Fact]
    public async Task What_a_destination_refuses_has_failed_and_is_not_tried_again_until_it_is_asked_for()
    {
        var bench = await CreateAsync(Rule());
        bench.Destinations.Answer = static task => task.Key == "bad" ? ReplicaOutcome.Refused("no") : ReplicaOutcome.Done(1);
        await bench.Bench.PutAsync("bad", "x");
        await bench.Bench.PutAsync("good", "x");
        await bench.RunUntilEmptyAsync();
        (await bench.StatusAsync("bad")).ShouldBe(ReplicationStatus.Failed);
        (await bench.StatusAsync("good")).ShouldBe(ReplicationStatus.Completed);
        bench.Destinations.Answer = static _ => ReplicaOutcome.Done(1);
        (await bench.Service.SyncAsync(ObjectBench.Bucket, new SyncRequest(FailedOnly: true), default)).IsOk.ShouldBeTrue();
        await bench.WalkAsync();
        (await bench.QueuedAsync(Here)).Select(change => change.Record.Key.ToStringUtf8()).ShouldBe(["bad"]);
        await bench.RunUntilEmptyAsync();
        (await bench.StatusAsync("bad")).ShouldBe(ReplicationStatus.Completed);
    }

    [Fact]
    public async Task A_role_that_may_not_is_a_failure_and_nothing_is_sent()
    {
        var bench = await CreateAsync(Rule());
        bench.Destinations.Permission = static _ => "denied";
        await bench.Bench.PutAsync("k", "x");
        await bench.RunUntilEmptyAsync();
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.Failed);
        bench.Destinations.Attempts.ShouldBe(0);
    }

    [Fact]
    public async Task A_change_while_a_version_is_under_way_leaves_it_pending()
    {
        var bench = await CreateAsync(Rule());
        var put = await bench.Bench.PutAsync("k", "x");
        bench.Destinations.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isChanged = false;
        await bench.RunUntilAsync(async () =>
        {
            if (bench.Destinations.Attempts == 0) return false;
            if (!isChanged) await bench.Bench.Services.Updater.SetTagsAsync(new VersionTarget(ObjectBench.Bucket, "k", put.VersionId), [new("a", "b")], default);
            isChanged = true;
            bench.Destinations.Answer = task => task.Parts == ReplicaParts.Tags ? ReplicaOutcome.Unavailable("later") : ReplicaOutcome.Done(1);
            bench.Destinations.Gate.TrySetResult();
            return (await bench.QueuedAsync(Here)).Count == 1;
        });
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.Pending);
        bench.Destinations.Answer = static _ => ReplicaOutcome.Done(1);
        await bench.RunUntilEmptyAsync();
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.Completed);
        bench.Destinations.Taken.Select(task => task.Parts).ShouldBe([ReplicaParts.Version, ReplicaParts.Tags]);
    }

    [Fact]
    public async Task Changes_of_one_version_that_wait_together_are_sent_together()
    {
        var bench = await CreateAsync(Rule());
        var put = await bench.Bench.PutAsync("k", "x");
        var target = new VersionTarget(ObjectBench.Bucket, "k", put.VersionId);
        await bench.Bench.Services.Updater.SetTagsAsync(target, [new("a", "b")], default);
        await bench.Bench.Services.Updater.SetAclAsync(target, new byte[] { 1 }, default);
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Taken.ShouldHaveSingleItem().Parts.ShouldBe(ReplicaParts.Version | ReplicaParts.Tags | ReplicaParts.Acl);
    }

    [Fact]
    public async Task A_version_that_is_removed_while_it_waits_is_not_sent()
    {
        var bench = await CreateAsync(Rule());
        var put = await bench.Bench.PutAsync("k", "x");
        await bench.Bench.DeleteAsync("k", put.VersionId);
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Attempts.ShouldBe(0);
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_waited_when_the_server_stopped_is_sent_when_it_is_back()
    {
        var bench = await CreateAsync(Rule());
        for (var i = 0; i < 50; i++) await bench.Bench.PutAsync($"k{i}", "x");
        bench.Destinations.Answer = task => bench.Destinations.Taken.Count < 20 ? ReplicaOutcome.Done(1) : ReplicaOutcome.Unavailable("away");
        await bench.RunUntilAsync(() => Task.FromResult(bench.Destinations.Taken.Count >= 20));
        await bench.ReopenAsync();
        bench.Destinations.Answer = static _ => ReplicaOutcome.Done(1);
        await bench.Bench.PutAsync("k0", "newer");
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Taken.Select(task => task.Key).Distinct().Count().ShouldBe(50);
        bench.Destinations.Taken.Where(task => task.Key == "k0").Select(task => task.Sequence).ToArray().ShouldBeInOrder();
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Ten_thousand_that_wait_are_sent_a_few_at_a_time()
    {
        var bench = await CreateAsync(Rule());
        for (var i = 0; i < 10_000; i++) await bench.Bench.PutAsync($"k{i}", "x");
        await bench.RunUntilEmptyAsync();
        bench.Destinations.Taken.Count.ShouldBe(10_000);
        bench.Destinations.MaxRunning.ShouldBeLessThanOrEqualTo(bench.Options.Parallelism);
        bench.Engine.NumbersOf((await QueueNameAsync(bench))).Done.ShouldBe(10_000);
    }

    [Theory]
    [InlineData(2)]
    // More than a row takes: the queue would stand still.
    [InlineData(200_000)]
    public async Task Failures_and_delays_are_told_to_whoever_listens(int reasonLength)
    {
        const string target = "arn:aws:sqs:us-east-1:000000000000:q";
        var rule = Rule();
        (rule.ReplicationTime, rule.ReplicationTimeMinutes, rule.Metrics) = (true, 15, true);
        var bench = await CreateAsync(rule);
        var listening = new Metadata.Schema.NotificationRecord
        {
            Rules = { new Metadata.Schema.NotificationRuleRecord { Id = "all", TargetArn = target, Events = { "s3:Replication:*" } } },
        };
        (await bench.Bench.Services.Buckets.SetNotificationAsync(ObjectBench.Bucket, listening, default)).IsOk.ShouldBeTrue();
        bench.Destinations.Answer = task => task.Key == "bad" ? ReplicaOutcome.Refused(new string('n', reasonLength)) : ReplicaOutcome.Unavailable("away");
        await bench.Bench.PutAsync("bad", "x");
        await bench.Bench.PutAsync("late", "x");
        await bench.RunUntilAsync(async () => (await ToldAsync()).Contains(ChangeKind.ReplicationMissedThreshold), stepSeconds: 20);
        bench.Destinations.Answer = static _ => ReplicaOutcome.Done(1);
        await bench.RunUntilEmptyAsync();
        (await ToldAsync()).ShouldBe([ChangeKind.ReplicationFailed, ChangeKind.ReplicationMissedThreshold, ChangeKind.ReplicatedAfterThreshold]);

        async Task<ChangeKind[]> ToldAsync()
        {
            using var snapshot = bench.Bench.Services.Engine.Store.Snapshot();
            var queued = await ChangeQueue.ReadAsync(snapshot, Metadata.Schema.QueueKeys.Notifications, target, 100, default);
            return [.. queued.Select(change => (ChangeKind)change.Record.Kind)];
        }
    }

    private static async Task<string> QueueNameAsync(ReplicationBench bench)
    {
        using var snapshot = bench.Bench.Services.Engine.Store.Snapshot();
        return Metadata.Schema.QueueKeys.ReplicationQueue((await ObjectEngine.GetBucketAsync(snapshot, ObjectBench.Bucket, default))!.Id, Here);
    }
}
