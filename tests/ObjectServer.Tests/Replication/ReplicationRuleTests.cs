using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using static ObjectStore.Server.Tests.Replication.ReplicationBench;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>Which changes get rows for which destinations, and what the version says then.</summary>
public sealed class ReplicationRuleTests
{
    [Fact]
    public async Task A_bucket_without_rules_has_neither_rows_nor_marks()
    {
        var bench = await CreateAsync();
        await bench.Bench.PutAsync("k", "x");
        (await bench.PendingAsync()).ShouldBe(0);
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.None);
    }

    [Fact]
    public async Task Writes_copies_parts_and_delete_markers_wait_from_the_transaction_on_that_makes_them()
    {
        var bench = await CreateAsync(Rule());
        var put = await bench.Bench.PutAsync("k", "x");
        await bench.Bench.CopyAsync("k", "copied");
        await bench.Bench.PutPartsAsync("parts", ObjectBench.Bytes(10, 1));
        await bench.Bench.DeleteAsync("k");
        var queued = await bench.QueuedAsync(Here);
        queued.Select(change => change.Record.Key.ToStringUtf8()).ShouldBe(["k", "copied", "parts", "k"]);
        queued.Select(change => (ChangeKind)change.Record.Kind).ShouldBe(
            [ChangeKind.CreatedByPut, ChangeKind.CreatedByCopy, ChangeKind.CreatedByCompletion, ChangeKind.DeleteMarkerMade]);
        (await bench.StatusAsync("k", put.VersionId)).ShouldBe(ReplicationStatus.Pending);
        (await bench.StatusAsync("parts")).ShouldBe(ReplicationStatus.Pending);
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Removals_for_good_and_what_lifecycle_does_are_not_replicated()
    {
        var bench = await CreateAsync(Rule());
        var put = await bench.Bench.PutAsync("k", "x");
        await bench.Bench.DeleteAsync("k", put.VersionId);
        await bench.Bench.PutAsync("old", "x");
        await bench.Bench.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = ObjectBench.Bucket, Key = "old", IsExpiration = true }, default);
        (await bench.QueuedAsync(Here)).Select(change => (ChangeKind)change.Record.Kind).ShouldBe([ChangeKind.CreatedByPut, ChangeKind.CreatedByPut]);
    }

    [Fact]
    public async Task Delete_markers_go_only_where_the_rule_wants_them()
    {
        var without = Rule();
        without.DeleteMarkers = false;
        var bench = await CreateAsync(without, Rule(There, 2));
        await bench.Bench.PutAsync("k", "x");
        await bench.Bench.DeleteAsync("k");
        (await bench.QueuedAsync(Here)).Count.ShouldBe(1);
        (await bench.QueuedAsync(There)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_old_form_of_the_rules_takes_delete_markers()
    {
        var rule = new ReplicationRuleRecord { Id = "old", Enabled = true, PrefixOutsideFilter = true, Prefix = "a", DestinationArn = Here };
        var bench = await CreateAsync(rule);
        await bench.Bench.PutAsync("ab", "x");
        await bench.Bench.DeleteAsync("ab");
        await bench.Bench.PutAsync("b", "x");
        (await bench.QueuedAsync(Here)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Of_the_rules_for_one_destination_the_highest_priority_decides()
    {
        var low = Rule(Here, 1, "a");
        var high = Rule(Here, 9, "a/b");
        high.DeleteMarkers = false;
        var bench = await CreateAsync(low, high, Rule(There, 5));
        await bench.Bench.PutAsync("a/b/c", "x");
        await bench.Bench.DeleteAsync("a/b/c");
        await bench.Bench.DeleteAsync("a/c");
        (await bench.QueuedAsync(Here)).Select(change => (change.Record.Key.ToStringUtf8(), change.Record.RuleId)).ShouldBe([("a/b/c", "rule-9"), ("a/c", "rule-1")]);
        (await bench.QueuedAsync(There)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_rule_with_tags_takes_what_is_written_with_them_and_later_changes_of_that()
    {
        var rule = Rule();
        rule.Tags.Add(new NameValue { Name = "class", Value = "gold" });
        var bench = await CreateAsync(rule);
        async Task<string> PutAsync(string key, params KeyValuePair<string, string>[] tags) => (await bench.Bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = ObjectBench.Bucket, Key = key, Headers = ObjectHeaders.Empty with { Tags = tags } }, new BytesSource([1]), default)).Value.VersionId;
        var gold = await PutAsync("gold", KeyValuePair.Create("other", "x"), KeyValuePair.Create("class", "gold"));
        var plain = await PutAsync("plain", KeyValuePair.Create("class", "silver"));
        await bench.Bench.Services.Updater.SetTagsAsync(new VersionTarget(ObjectBench.Bucket, "plain", plain), [new("class", "gold")], default);
        await bench.Bench.Services.Updater.SetTagsAsync(new VersionTarget(ObjectBench.Bucket, "gold", gold), [new("class", "lead")], default);
        (await bench.QueuedAsync(Here)).Select(change => (change.Record.Key.ToStringUtf8(), (ChangeKind)change.Record.Kind))
            .ShouldBe([("gold", ChangeKind.CreatedByPut), ("gold", ChangeKind.TagsPut)]);
        (await bench.StatusAsync("plain")).ShouldBe(ReplicationStatus.None);
    }

    [Fact]
    public async Task A_change_gives_a_version_the_time_at_which_it_was_made()
    {
        var bench = await CreateAsync(Rule());
        var put = await bench.Bench.PutAsync("k", "x");
        var target = new VersionTarget(ObjectBench.Bucket, "k", put.VersionId);
        await bench.Bench.Services.Updater.SetTagsAsync(target, [new("a", "b")], default);
        await bench.Bench.Services.Updater.SetAclAsync(target, new byte[] { 1 }, default);
        var first = await ReadAsync(bench);
        first.TagsTicks.ShouldBe(bench.Bench.Services.Engine.NowTicks());
        first.AclTicks.ShouldBe(first.TagsTicks);
        first.LegalHoldTicks.ShouldBe(0UL);
        await bench.Bench.Services.Updater.SetTagsAsync(target, [new("a", "c")], default);
        (await ReadAsync(bench)).TagsTicks.ShouldBeGreaterThan(first.TagsTicks, "also when the clock stands");

        static async Task<ReplicationRecord> ReadAsync(ReplicationBench bench)
        {
            using var snapshot = bench.Bench.Services.Engine.Store.Snapshot();
            var bucket = await ObjectEngine.GetBucketAsync(snapshot, ObjectBench.Bucket, default);
            return (await VersionRows.GetCurrentAsync(snapshot, bucket!.Id, "k"u8.ToArray(), default))!.Replication;
        }
    }

    [Fact]
    public async Task A_copy_begins_without_the_status_of_its_source()
    {
        var bench = await CreateAsync(Rule(prefix: "a/"));
        await bench.Bench.PutAsync("a/k", "x");
        await bench.Bench.CopyAsync("a/k", "b/k");
        (await bench.StatusAsync("a/k")).ShouldBe(ReplicationStatus.Pending);
        (await bench.StatusAsync("b/k")).ShouldBe(ReplicationStatus.None);
    }

    [Fact]
    public async Task Versioning_of_a_replicated_bucket_cannot_be_suspended_and_an_unversioned_one_takes_no_rules()
    {
        var bench = await CreateAsync(Rule());
        (await bench.Bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Suspended, default)).Fault.ShouldBe(ObjectFault.InvalidBucketState);
        await bench.Bench.CreateBucketAsync("plain");
        var rules = new ReplicationConfigRecord { Role = "role", Rules = { Rule() } };
        (await bench.Service.PutAsync("plain", rules, default)).Fault.ShouldBe(ObjectFault.InvalidBucketState);
        (await bench.Service.DeleteAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        (await bench.Bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Suspended, default)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task What_waits_is_dropped_with_its_rules_and_with_its_bucket()
    {
        var bench = await CreateAsync(Rule(), Rule(There, 2));
        var put = await bench.Bench.PutAsync("k", "x");
        await bench.SetAsync(Rule(There, 2));
        (await bench.QueuedAsync(Here)).ShouldBeEmpty();
        (await bench.QueuedAsync(There)).Count.ShouldBe(1);
        await bench.Bench.ShouldBeSoundAsync();
        await bench.Bench.DeleteAsync("k", put.VersionId);
        (await bench.Bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        bench.Bench.Store.Rows.ShouldNotContain(row => row.Key[0] == (byte)'q');
        await bench.Bench.ShouldBeSoundAsync();
    }
}
