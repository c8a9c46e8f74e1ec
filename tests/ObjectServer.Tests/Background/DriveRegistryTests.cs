using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Kv;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Server.Composition;
using ObjectStore.Storage;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Background;

public sealed class DriveRegistryTests
{
    private static readonly PresentDrive[] Six = [.. Enumerable.Range(1, 6).Select(i => new PresentDrive(new DriveId(new Guid(i, 0, 0, new byte[8])), $"/data/drive{i}"))];

    private readonly InMemoryKeyValueStore _store = new();
    private readonly ManualTime _time = new();

    private Task<IReadOnlyList<RegisteredDrive>> OpenAsync(IReadOnlyList<PresentDrive> present, int parity = 2) =>
        DriveEnrolment.RunAsync(_store, present, parity, _time, NullLogger.Instance, default);

    [Fact]
    public async Task A_store_remembers_its_parity_and_refuses_another()
    {
        await OpenAsync(Six);
        await OpenAsync(Six);
        var commits = _store.Commits;
        var refusal = await Should.ThrowAsync<StartException>(() => OpenAsync(Six[..3], parity: 1));
        refusal.Message.ShouldContain("parity 2");
        refusal.Message.ShouldContain("/data/drive5");
        refusal.Message.ShouldContain(Six[4].Id.ToString());
        _store.Commits.ShouldBe(commits, "a refused start changes nothing");
        (await OpenAsync(Six)).Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_drive_that_is_absent_is_named_with_its_last_path_and_one_that_moved_is_known_again()
    {
        await OpenAsync(Six);
        PresentDrive[] moved = [.. Six[..5].Select(drive => drive with { Path = drive.Path + "-new" })];
        var registered = await OpenAsync(moved);
        var absent = registered.Single(drive => drive.AbsentSince is not null);
        (absent.Id, absent.Path, absent.AbsentSince).ShouldBe((Six[5].Id, "/data/drive6", _time.GetUtcNow()));
        registered.Where(drive => drive != absent).ShouldAllBe(drive => drive.Path.EndsWith("-new"));
        (await OpenAsync(Six)).ShouldAllBe(drive => drive.AbsentSince == null);
    }

    [Fact]
    public async Task A_drive_that_is_away_for_too_long_across_restarts_counts_as_lost_until_it_is_back()
    {
        await OpenAsync(Six);
        await OpenAsync(Six[..5]);
        HashSet<DriveId> serving = [.. Six[..5].Select(drive => drive.Id)];
        await Look();
        Lost.ShouldBe(0);
        _time.Advance(TimeSpan.FromMinutes(40));
        await OpenAsync(Six[..5]);
        _time.Advance(TimeSpan.FromMinutes(19));
        await Look();
        Lost.ShouldBe(0);
        _time.Advance(TimeSpan.FromMinutes(1));
        await Look();
        await Look();
        Lost.ShouldBe(1);
        (await new BackgroundCensus(_store, _time).CountAsync(default)).ShouldBe(new BacklogCounts(0, 1, 0));

        serving.Add(Six[5].Id);
        await Look();
        Lost.ShouldBe(0);
        var commits = _store.Commits;
        await Look();
        _store.Commits.ShouldBe(commits, "a look that finds no change writes nothing");

        // A drive that stops serving later is away from then on.
        serving.Remove(Six[0].Id);
        await Look();
        _time.Advance(TimeSpan.FromHours(1));
        Lost.ShouldBe(0);
        await Look();
        Lost.ShouldBe(1);

        ValueTask Look() => new LostDrives(_store, serving.Contains, TimeSpan.FromHours(1), _time, NullLogger.Instance).LookAsync(default);
    }

    private int Lost => _store.Rows.Count(row => row.Key[0] == KvTables.LostDrives);
}
