using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Metadata.Tests.Embedded;

public sealed class MembershipTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("objectstore-membership-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_record_is_read_back_and_any_flipped_byte_is_found()
    {
        var membership = new Membership(7, 1031, [new DriveId(Guid.NewGuid()), new DriveId(Guid.NewGuid())]);
        var record = membership.Encode();
        var decoded = Membership.Decode(record);
        (decoded.Epoch, decoded.Reserved).ShouldBe((7UL, 1031UL));
        decoded.Members.ShouldBe(membership.Members);
        for (var i = 0; i < record.Length; i++)
        {
            record[i] ^= 1;
            Should.Throw<InvalidDataException>(() => Membership.Decode(record), $"byte {i}");
            record[i] ^= 1;
        }
    }

    [Fact]
    public async Task An_epoch_that_reached_one_drive_only_is_older_than_those_of_the_next_run()
    {
        var drives = Enumerable.Range(1, 6).Select(CreateDrive).ToList();
        await Keeper(drives).CreateAsync([drives[0].Id, drives[1].Id, drives[2].Id]);

        var first = Keeper(drives);
        first.Choose(await first.ReadAsync());
        await first.ReserveAsync();
        foreach (var drive in drives.Skip(1)) drive.FailMembershipWrites = true;
        for (var i = 0; i < 5; i++) await Should.ThrowAsync<Exception>(() => first.ChangeAsync([drives[0].Id]));
        foreach (var drive in drives) drive.FailMembershipWrites = false;

        var second = Keeper([.. drives.Skip(1)]);
        second.Choose(await second.ReadAsync());
        await second.ReserveAsync();
        await second.ChangeAsync([drives[1].Id, drives[2].Id]);

        var third = Keeper(drives);
        third.Choose(await third.ReadAsync())!.Members.ShouldBe([drives[1].Id, drives[2].Id]);
    }

    [Fact]
    public async Task A_change_goes_to_the_new_members_first_and_needs_a_quorum()
    {
        var drives = Enumerable.Range(1, 6).Select(CreateDrive).ToList();
        var keeper = Keeper(drives);
        await keeper.CreateAsync([drives[0].Id, drives[1].Id, drives[2].Id]);
        drives[1].FailMembershipWrites = true;
        (await Should.ThrowAsync<MembershipException>(() => keeper.ChangeAsync([drives[1].Id, drives[2].Id]))).Drives.ShouldBe([drives[1].Id]);
        Membership.Decode(drives[5].ReadMembership()!).Epoch.ShouldBe(1UL);
        await keeper.ChangeAsync([drives[0].Id, drives[2].Id]);
        Membership.Decode(drives[5].ReadMembership()!).Epoch.ShouldBe(keeper.Current.Epoch);
    }

    [Fact]
    public async Task A_blank_drive_in_the_place_of_a_lost_one_proves_nothing()
    {
        var drives = Enumerable.Range(1, 6).Select(CreateDrive).ToList();
        var first = Keeper(drives);
        await first.CreateAsync([drives[0].Id, drives[1].Id, drives[2].Id]);
        foreach (var drive in (TestDrive[])[drives[0], drives[5]]) drive.IsUsable = false;
        await first.ChangeAsync([drives[1].Id, drives[2].Id]);
        foreach (var drive in drives) drive.IsUsable = true;

        // Two drives know the old epoch only; the third that answers has never known any.
        var second = Keeper([drives[0], drives[5], CreateDrive(7)]);
        var records = await second.ReadAsync();
        Should.Throw<KvException>(() => second.Choose(records)).Fault.ShouldBe(KvFault.Unavailable);

        var third = Keeper([drives[0], drives[5], drives[4]]);
        third.Choose(await third.ReadAsync())!.Members.ShouldBe([drives[1].Id, drives[2].Id]);
    }

    private static MembershipKeeper Keeper(IReadOnlyList<IMirrorDrive> drives) =>
        new(drives, new EmbeddedOptions { Parity = 2, TotalDrives = 6 }, TimeProvider.System, NullLogger.Instance);

    private TestDrive CreateDrive(int number)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, $"drive{number}")).FullName;
        return new TestDrive(new DriveId(new Guid(number, 0, 0, new byte[8])), directory, new LinuxFileSystem());
    }
}
