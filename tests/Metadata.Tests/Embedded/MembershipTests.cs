using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Embedded;
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

    private static MembershipKeeper Keeper(IReadOnlyList<IMirrorDrive> drives) =>
        new(drives, new EmbeddedOptions { Parity = 2, TotalDrives = 6 }, TimeProvider.System, NullLogger.Instance);

    private TestDrive CreateDrive(int number)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, $"drive{number}")).FullName;
        return new TestDrive(new DriveId(new Guid(number, 0, 0, new byte[8])), directory, new LinuxFileSystem());
    }
}
