using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>What changes is queued with the change itself, once, for whoever the bucket's rules name.</summary>
public sealed class ChangeQueueTests
{
    private const string Target = "arn:aws:sqs:us-east-1:000000000000:target";
    private const string Other = "arn:aws:sqs:us-east-1:000000000000:other";

    private static readonly ChangeOrigin Somebody = new("REQUEST", "HOST", System.Net.IPAddress.Parse("192.0.2.7"), "AIDA");

    [Fact]
    public async Task A_bucket_to_which_nobody_listens_has_no_row_of_the_queue()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await bench.PutAsync("k", "x");
        await bench.DeleteAsync("k");
        bench.Store.Rows.ShouldNotContain(row => row.Key[0] == KvTables.Queues);
    }

    [Fact]
    public async Task Every_kind_of_change_is_queued_once_and_in_order()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await ListenAsync(bench, Rule(Target, "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put", "s3:LifecycleExpiration:*"));
        var services = bench.Services;
        var put = await bench.PutAsync("k", "x");
        await services.Writer.PutAsync(new PutRequest { Bucket = ObjectBench.Bucket, Key = "k", IsForm = true }, new BytesSource([1]), default);
        await services.Copier.CopyAsync(
            new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "k", Bucket = ObjectBench.Bucket, Key = "k", StorageClass = "STANDARD" }, default);
        await bench.PutPartsAsync("k", ObjectBench.Bytes(10, 1));
        var target = new VersionTarget(ObjectBench.Bucket, "k", put.VersionId);
        await services.Updater.SetTagsAsync(target, [new("a", "b")], default);
        await services.Updater.RemoveTagsAsync(target, default);
        await services.Updater.SetAclAsync(target, new byte[] { 1 }, default);
        await services.Updater.SetAclAsync(target, new byte[] { 1 }, default);
        await bench.DeleteAsync("k", put.VersionId);
        await bench.DeleteAsync("k");
        await services.Deleter.DeleteAsync(new DeleteRequest { Bucket = ObjectBench.Bucket, Key = "k", IsExpiration = true }, default);
        var oldest = (await services.Deleter.DeleteAsync(new DeleteRequest { Bucket = ObjectBench.Bucket, Key = "k", VersionId = put.VersionId }, default)).Value;
        oldest.Existed.ShouldBeFalse("what is gone already is no change");

        var queued = await QueuedAsync(bench);
        queued.Select(change => (ChangeKind)change.Record.Kind).ShouldBe(
        [
            ChangeKind.CreatedByPut, ChangeKind.CreatedByPost, ChangeKind.CreatedByCopy, ChangeKind.CreatedByCompletion,
            ChangeKind.TagsPut, ChangeKind.TagsRemoved, ChangeKind.AclPut, ChangeKind.Removed, ChangeKind.DeleteMarkerMade, ChangeKind.ExpiredByMarker,
        ]);
        queued.Zip(queued.Skip(1)).ShouldAllBe(pair => pair.First.Position < pair.Second.Position);
        queued[0].Record.VersionId.ShouldBe(put.VersionId);
        queued[7].Record.VersionId.ShouldBe(put.VersionId);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_lifecycle_does_is_a_change_by_nobody()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await ListenAsync(bench, Rule(Target, "s3:LifecycleExpiration:*", "s3:LifecycleTransition"));
        var rule = LifecycleTests.Rule() with { ExpirationDays = 3, NoncurrentDays = 1, Transitions = [new LifecycleTransition("STANDARD_IA", 1)] };
        await LifecycleTests.SetAsync(bench, rule);
        // Larger than what no transition moves.
        var put = await bench.PutAsync("k", new byte[200 * 1024]);
        for (var day = 0; day < 10; day++)
        {
            bench.Time.Advance(TimeSpan.FromDays(1));
            await bench.ExpireAsync();
        }
        var queued = await QueuedAsync(bench);
        queued.Select(change => (ChangeKind)change.Record.Kind).Take(3).ShouldBe([ChangeKind.Transitioned, ChangeKind.ExpiredByMarker, ChangeKind.Expired]);
        queued[0].Record.StorageClass.ShouldBe("STANDARD_IA");
        queued[0].Record.VersionId.ShouldBe(put.VersionId);
        queued[2].Record.VersionId.ShouldBe(put.VersionId);
        queued.ShouldAllBe(change => change.Record.PrincipalId.Length == 0 && change.Record.SourceAddress.IsEmpty);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_change_says_who_did_it_and_what_became_of_the_object()
    {
        var bench = await ObjectBench.CreateAsync();
        await ListenAsync(bench, Rule(Target, "s3:ObjectCreated:Put"));
        await bench.Services.Writer.PutAsync(new PutRequest { Bucket = ObjectBench.Bucket, Key = "a b", Origin = Somebody }, new BytesSource("hello"u8.ToArray()), default);
        var change = (await QueuedAsync(bench)).ShouldHaveSingleItem().Record;
        change.Key.ToStringUtf8().ShouldBe("a b");
        change.Bucket.ShouldBe(ObjectBench.Bucket);
        change.Size.ShouldBe(5UL);
        change.Etag.ShouldBe("5d41402abc4b2a76b9719d911017c592");
        change.VersionId.ShouldBe("");
        change.RequestId.ShouldBe("REQUEST");
        change.PrincipalId.ShouldBe("AIDA");
        new System.Net.IPAddress(change.SourceAddress.Span).ShouldBe(Somebody.SourceAddress);
        change.TimeTicks.ShouldBe(bench.Services.Engine.NowTicks());
        change.RuleId.ShouldBe("rule");
    }

    [Fact]
    public async Task A_write_that_is_refused_or_removes_nothing_is_no_change()
    {
        var bench = await ObjectBench.CreateAsync();
        await ListenAsync(bench, Rule(Target, "s3:ObjectCreated:*", "s3:ObjectRemoved:*"));
        (await bench.TryPutAsync("k", [1], new WriteConditions(ETagList.Star, default))).IsOk.ShouldBeFalse();
        await bench.DeleteAsync("k");
        (await QueuedAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rules_choose_by_type_prefix_and_suffix_and_name_the_queue()
    {
        var bench = await ObjectBench.CreateAsync();
        var images = Rule(Target, "s3:ObjectCreated:Put");
        images.Prefix = "images/";
        images.Suffix = ".jpg";
        var removed = Rule(Other, "s3:ObjectRemoved:Delete");
        await ListenAsync(bench, images, removed);
        foreach (var key in new[] { "images/a.jpg", "images/a.png", "a.jpg", "images/.jpg" }) await bench.PutAsync(key, "x");
        await bench.DeleteAsync("a.jpg");
        (await QueuedAsync(bench)).Select(change => change.Record.Key.ToStringUtf8()).ShouldBe(["images/a.jpg", "images/.jpg"]);
        (await QueuedAsync(bench, Other)).Select(change => change.Record.Key.ToStringUtf8()).ShouldBe(["a.jpg"]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_change_of_the_rules_counts_from_the_next_write_on_and_leaves_what_is_queued()
    {
        var bench = await ObjectBench.CreateAsync();
        await ListenAsync(bench, Rule(Target, "s3:ObjectCreated:*"));
        await bench.PutAsync("1", "x");
        await ListenAsync(bench, Rule(Other, "s3:ObjectCreated:*"));
        await bench.PutAsync("2", "x");
        await ListenAsync(bench);
        await bench.PutAsync("3", "x");
        (await QueuedAsync(bench)).ShouldHaveSingleItem().Record.Key.ToStringUtf8().ShouldBe("1");
        (await QueuedAsync(bench, Other)).ShouldHaveSingleItem().Record.Key.ToStringUtf8().ShouldBe("2");
    }

    [Fact]
    public async Task What_is_queued_outlives_its_bucket()
    {
        var bench = await ObjectBench.CreateAsync();
        await ListenAsync(bench, Rule(Target, "s3:ObjectCreated:*", "s3:ObjectRemoved:*"));
        await bench.PutAsync("k", "x");
        await bench.DeleteAsync("k");
        (await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        bench.Time.Advance(TimeSpan.FromHours(1));
        await bench.Collector.CollectAsync(default);
        (await QueuedAsync(bench)).Count.ShouldBe(2);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Positions_go_on_growing_when_the_clock_was_set_back_over_a_restart()
    {
        var bench = await ObjectBench.CreateAsync();
        await ListenAsync(bench, Rule(Target, "s3:ObjectRemoved:*", "s3:ObjectCreated:*"));
        await bench.PutAsync("k", "x");
        bench.Time.Advance(TimeSpan.FromHours(-5));
        await bench.ReopenAsync(bench.Store, seed: 2);
        await bench.DeleteAsync("k");
        var queued = await QueuedAsync(bench);
        queued.Select(change => (ChangeKind)change.Record.Kind).ShouldBe([ChangeKind.CreatedByPut, ChangeKind.Removed]);
    }

    [Fact]
    public async Task A_consumer_takes_all_changes_of_writers_that_race_each_once_and_those_of_a_key_in_order()
    {
        var bench = await ObjectBench.CreateAsync();
        await ListenAsync(bench, Rule(Target, "s3:ObjectCreated:*"));
        const int Writers = 4, Writes = 50;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Writes; i++) await bench.PutAsync($"key-{(writer + i) % 3}", $"{writer}/{i}");
        })));
        var taken = new List<QueuedChange>();
        while (true)
        {
            var isLast = writing.IsCompleted;
            var changes = await QueuedAsync(bench, limit: 7);
            taken.AddRange(changes);
            await bench.Services.Engine.Transactions.RunAsync<Done>(async transaction =>
            {
                await ChangeQueue.RemoveAsync(transaction, QueueKeys.Notifications, Target, [.. changes.Select(change => change.Position)], default);
                return new Done();
            }, default);
            if (isLast && changes.Count == 0) break;
            if (changes.Count == 0) await bench.Services.Engine.Changes.WaitAsync(TimeSpan.FromMilliseconds(20), default);
        }
        await writing;
        taken.Count.ShouldBe(Writers * Writes);
        taken.Select(change => change.Position).Distinct().Count().ShouldBe(Writers * Writes);
        foreach (var key in taken.GroupBy(change => change.Record.Key))
        {
            key.Select(change => change.Position).ShouldBeInOrder();
            key.Select(change => change.Record.Sequence).ShouldBeInOrder();
        }
        await bench.ShouldBeSoundAsync();
    }

    private static NotificationRuleRecord Rule(string target, params string[] events)
    {
        var rule = new NotificationRuleRecord { Id = "rule", TargetArn = target };
        rule.Events.AddRange(events);
        return rule;
    }

    private static async Task ListenAsync(ObjectBench bench, params NotificationRuleRecord[] rules)
    {
        var record = new NotificationRecord();
        record.Rules.AddRange(rules);
        (await bench.Services.Buckets.SetNotificationAsync(ObjectBench.Bucket, record, default)).IsOk.ShouldBeTrue();
    }

    private static async Task<List<QueuedChange>> QueuedAsync(ObjectBench bench, string target = Target, int limit = int.MaxValue)
    {
        using var snapshot = bench.Services.Engine.Store.Snapshot();
        return await ChangeQueue.ReadAsync(snapshot, QueueKeys.Notifications, target, limit, default);
    }
}
