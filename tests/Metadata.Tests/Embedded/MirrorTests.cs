using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Tests.Embedded;

public sealed class MirrorTests
{
    [Fact]
    public async Task A_new_store_lies_on_one_drive_more_than_may_be_lost()
    {
        await using var store = new TestStore(drives: 6);
        await store.OpenAsync();
        store.Store.Health.State.ShouldBe(EmbeddedState.Healthy);
        store.Mirrors().ShouldBe([0, 1, 2]);
        foreach (var drive in store.Drives) drive.ReadMembership().ShouldNotBeNull();
    }

    [Fact]
    public async Task A_new_store_is_begun_only_when_all_drives_are_there()
    {
        await using var store = new TestStore(drives: 6);
        var refused = await store.RefusedAsync(absent: [5]);
        refused.Fault.ShouldBe(KvFault.Unavailable);
        refused.Message.ShouldContain("5 of 6");
    }

    [Fact]
    public async Task A_journal_without_a_membership_is_not_overwritten()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.CloseAsync();
        foreach (var drive in store.Drives) File.Delete(Path.Combine(drive.Directory, "membership"));
        (await store.RefusedAsync()).Fault.ShouldBe(KvFault.Corrupt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(0, 5)]
    [InlineData(4, 5)]
    public async Task Any_two_of_six_drives_may_be_gone_at_open(params int[] absent)
    {
        await using var store = new TestStore(drives: 6);
        await store.OpenAsync();
        await store.PutManyAsync(0, 20);
        await store.CrashAsync();
        await store.OpenAsync(absent);
        await store.ShouldHaveAsync(20);
        await store.PutManyAsync(20, 5);
        await store.WaitForAsync(health => health.State == EmbeddedState.Healthy);
        store.Mirrors().ShouldNotContain(mirror => absent.Contains(mirror));
        await store.PutManyAsync(25, 5);
        await store.CrashAsync();
        await store.OpenAsync();
        await store.ShouldHaveAsync(30);
    }

    [Fact]
    public async Task A_fenced_mirror_that_comes_back_is_not_believed()
    {
        await using var store = new TestStore(drives: 6);
        await store.OpenAsync();
        await store.PutAsync("cA", "old");
        await store.CloseAsync();

        await store.OpenAsync(absent: [0]);
        await store.PutAsync("cA", "new");
        await store.WaitForAsync(health => health.State == EmbeddedState.Healthy);
        await store.CloseAsync();

        await store.OpenAsync();
        store.Mirrors().ShouldNotContain(0);
        (await store.GetAsync("cA")).ShouldBe("new");
    }

    [Fact]
    public async Task An_old_epoch_alone_is_refused_and_the_message_says_what_to_do()
    {
        await using var store = new TestStore(drives: 6);
        store.Options = store.Options with { ReplaceLostMirrors = false };
        await store.OpenAsync();
        await store.PutAsync("cA", "old");
        await store.CloseAsync();
        await store.OpenAsync(absent: [0]);
        await store.PutAsync("cA", "new");
        await store.CloseAsync();

        // Drive 0 missed the newer epoch; with one more of the old members it looks like a store, but two are too few.
        var refused = await store.RefusedAsync(absent: [1, 2, 3, 4]);
        refused.Fault.ShouldBe(KvFault.Unavailable);
        refused.Message.ShouldContain("2 of 6");
        refused.Message.ShouldContain(store.Drives[1].Id.ToString());
        refused.Message.ShouldContain("--allow-unproven-metadata");

        // More than m were read: one of them must know the newest epoch.
        (await store.OpenAsync(absent: [2, 3])).ShouldNotBeNull();
        (await store.GetAsync("cA")).ShouldBe("new");
    }

    [Fact]
    public async Task A_flag_opens_an_unproven_epoch()
    {
        await using var store = new TestStore(drives: 6);
        await store.OpenAsync();
        await store.PutAsync("cA", "1");
        await store.CloseAsync();
        await store.RefusedAsync(absent: [1, 2, 3, 4]);
        store.Options = store.Options with { AllowUnprovenMembership = true };
        await store.OpenAsync(absent: [1, 2, 3, 4]);
        (await store.GetAsync("cA")).ShouldBe("1");
    }

    [Fact]
    public async Task The_members_alone_prove_the_epoch()
    {
        await using var store = new TestStore(drives: 6);
        store.Options = store.Options with { Parity = 3 };
        await store.OpenAsync();
        await store.PutAsync("cA", "1");
        await store.CloseAsync();
        await store.OpenAsync(absent: [4, 5]);
        (await store.GetAsync("cA")).ShouldBe("1");
    }

    [Fact]
    public async Task A_journal_that_is_damaged_in_the_middle_is_repaired_from_another_mirror()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 100);
        await store.CrashAsync();
        Damage(store.Drives[0], "value 50");

        await store.OpenAsync();
        await store.ShouldHaveAsync(100);
        store.Mirrors()[0].ShouldNotBe(0);
        await store.WaitForAsync(health => health.State == EmbeddedState.Healthy);
        store.Mirrors().ShouldContain(0);
    }

    [Fact]
    public async Task A_journal_that_is_damaged_everywhere_is_reported_and_not_cut_off()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 100);
        await store.CrashAsync();
        foreach (var drive in store.Drives) Damage(drive, "value 50");
        (await store.RefusedAsync()).Fault.ShouldBe(KvFault.Corrupt);
        (await store.RefusedAsync()).Fault.ShouldBe(KvFault.Corrupt);
    }

    [Fact]
    public async Task A_tail_that_only_one_mirror_has_rolls_forward_to_the_others()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 30);
        await store.CrashAsync();
        // The last record is torn off on two mirrors, as if the power had failed before they had synced it.
        foreach (var i in (int[])[0, 2]) Tear(store.Drives[i], "value 29");

        await store.OpenAsync();
        await store.ShouldHaveAsync(30);
        store.Mirrors().Order().ShouldBe([0, 1, 2]);
        await store.CrashAsync();
        store.Options = store.Options with { ReplaceLostMirrors = false, AllowUnprovenMembership = true };
        await store.OpenAsync(absent: [1, 2]);
        await store.ShouldHaveAsync(30);
    }

    [Fact]
    public async Task A_tail_that_is_torn_everywhere_was_not_acknowledged_and_is_gone()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 30);
        await store.CrashAsync();
        foreach (var drive in store.Drives) Tear(drive, "value 29");
        await store.OpenAsync();
        await store.ShouldHaveAsync(29);
        await store.PutManyAsync(29, 1);
        await store.ShouldHaveAsync(30);
    }

    [Fact]
    public async Task A_mirror_that_has_lost_its_directories_is_rebuilt()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 30);
        await store.CloseAsync();
        Directory.Delete(Path.Combine(store.Drives[1].Directory, "meta"), recursive: true);
        Directory.Delete(Path.Combine(store.Drives[1].Directory, "journal"), recursive: true);
        await store.OpenAsync();
        await store.ShouldHaveAsync(30);
        await store.WaitForAsync(health => health.State == EmbeddedState.Healthy);
        await store.CloseAsync();
        store.Options = store.Options with { AllowUnprovenMembership = true };
        await store.OpenAsync(absent: [0, 2]);
        await store.ShouldHaveAsync(30);
    }

    [Fact]
    public async Task Members_that_have_all_lost_their_journals_are_not_taken_for_a_new_store()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 3);
        await store.CloseAsync();
        foreach (var drive in store.Drives)
        {
            Directory.Delete(Path.Combine(drive.Directory, "meta"), recursive: true);
            Directory.Delete(Path.Combine(drive.Directory, "journal"), recursive: true);
        }
        (await store.RefusedAsync()).Fault.ShouldBe(KvFault.Corrupt);
    }

    [Fact]
    public async Task A_single_drive_that_has_lost_its_journal_alone_is_reported()
    {
        await using var store = new TestStore(drives: 1);
        store.Options = store.Options with { Parity = 0 };
        await store.OpenAsync();
        await store.PutManyAsync(0, 3);
        await store.CloseAsync();
        Directory.Delete(Path.Combine(store.Drives[0].Directory, "journal"), recursive: true);
        (await store.RefusedAsync()).Fault.ShouldBe(KvFault.Corrupt);
    }

    // Flips a byte of a row in the middle of a journal.
    private static void Damage(TestDrive drive, string text) => Change(drive, text, (bytes, at) => bytes[at] ^= 0x55);

    // Zeros everything from the group on (it begins with a page), as when it was never written.
    private static void Tear(TestDrive drive, string text) => Change(drive, text, (bytes, at) => bytes.AsSpan(at & -4096).Clear());

    private static void Change(TestDrive drive, string text, Action<byte[], int> change)
    {
        foreach (var file in TestStore.JournalFiles(drive))
        {
            var bytes = File.ReadAllBytes(file);
            var at = bytes.AsSpan().IndexOf(TestStore.Bytes(text).Span);
            if (at < 0) continue;
            change(bytes, at);
            File.WriteAllBytes(file, bytes);
            return;
        }
        throw new InvalidOperationException($"No journal file of {drive.Directory} has '{text}'.");
    }
}
