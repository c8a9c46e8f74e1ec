using ObjectStore.Storage.IO;
using ObjectStore.TestKit;

namespace ObjectStore.Storage.Tests.IO;

/// <summary>The model must be as harsh as a disk, or the tests that stand on it prove nothing.</summary>
public sealed class FaultyFileSystemTests
{
    [Fact]
    public void Unsynced_writes_are_kept_lost_or_torn_and_synced_ones_stay()
    {
        var outcomes = new HashSet<string>();
        for (var seed = 0; seed < 50; seed++)
        {
            var files = new FaultyFileSystem(seed);
            using (var file = files.Open("/f", FileOpenMode.CreateNew))
            {
                file.Write(0, Enumerable.Repeat((byte)1, 4096).ToArray());
                file.SyncData();
                files.SyncDirectory("/");
                file.Write(0, Enumerable.Repeat((byte)2, 4096).ToArray());
            }
            var after = files.Crash().ReadAllBytes("/f");
            after.Length.ShouldBe(4096);
            for (var sector = 0; sector < 4096; sector += 512) after.AsSpan(sector, 512).IndexOfAnyExcept(after[sector]).ShouldBe(-1);
            outcomes.Add(after.All(value => value == 1) ? "lost" : after.All(value => value == 2) ? "kept" : "torn");
        }
        outcomes.Order().ShouldBe(["kept", "lost", "torn"]);
    }

    [Fact]
    public void Unsynced_names_are_kept_or_lost()
    {
        var kept = 0;
        for (var seed = 0; seed < 50; seed++)
        {
            var files = new FaultyFileSystem(seed);
            using (var file = files.Open("/f", FileOpenMode.CreateNew)) file.Sync();
            if (files.Crash().FileExists("/f")) kept++;
        }
        kept.ShouldBeInRange(5, 45);
    }

    [Fact]
    public void A_failed_sync_loses_what_it_was_to_write_and_the_next_one_says_nothing()
    {
        var files = new FaultyFileSystem(1);
        using var file = files.Open("/f", FileOpenMode.CreateNew);
        files.SyncDirectory("/");
        file.Write(0, [1, 2, 3]);
        using (files.Inject(new FaultRule(FaultyOperation.Sync) { Times = 1 }))
            Should.Throw<FileSystemException>(file.SyncData).Fault.ShouldBe(FileFault.Io);
        file.SyncData();
        files.ReadAllBytes("/f").ShouldBe([1, 2, 3]);
        files.Crash().ReadAllBytes("/f").ShouldBeEmpty();
    }

    [Fact]
    public void A_process_that_has_crashed_does_no_more()
    {
        var files = new FaultyFileSystem(1);
        var file = files.Open("/f", FileOpenMode.CreateNew);
        var after = files.Crash();
        Should.Throw<FileSystemException>(() => file.Write(0, [1]));
        Should.Throw<FileSystemException>(() => files.Open("/g", FileOpenMode.CreateNew));
        after.FileExists("/g").ShouldBeFalse();
    }

    [Fact]
    public void Space_runs_out_and_comes_back()
    {
        var files = new FaultyFileSystem(1) { CapacityBytes = 16 * 1024 };
        using var file = files.Open("/f", FileOpenMode.CreateNew);
        file.Write(0, new byte[16 * 1024]);
        Should.Throw<FileSystemException>(() => file.Write(16 * 1024, new byte[1])).Fault.ShouldBe(FileFault.NoSpace);
        file.Write(0, new byte[100]);
        file.PunchHole(0, 8192);
        files.GetSpace("/").AvailableBytes.ShouldBe(8192);
        file.Write(16 * 1024, new byte[1]);
    }

    [Fact]
    public void Faults_meet_only_what_they_are_meant_for()
    {
        var files = new FaultyFileSystem(1);
        using var file = files.Open("/f", FileOpenMode.CreateNew);
        file.Write(0, new byte[8192]);
        using var rule = files.Inject(new FaultRule(FaultyOperation.Read, path => path == "/f") { Range = (4096, 10), Skip = 1, Times = 1 });
        file.Read(0, new byte[4096]).ShouldBe(4096);
        file.Read(4096, new byte[10]).ShouldBe(10);
        Should.Throw<FileSystemException>(() => file.Read(0, new byte[5000])).Fault.ShouldBe(FileFault.Io);
        file.Read(0, new byte[5000]).ShouldBe(5000);
        rule.Hits.ShouldBe(1);
    }
}
