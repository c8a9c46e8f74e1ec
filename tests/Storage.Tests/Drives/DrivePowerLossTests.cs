using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;
using ObjectStore.TestKit;

namespace ObjectStore.Storage.Tests.Drives;

/// <summary>Invariant 1 at the drive: what was acknowledged survives a power loss that loses or tears all that was not synced.</summary>
public sealed class DrivePowerLossTests : IDisposable
{
    private const string Directory = "/drive";

    /// <summary>Calls of format that change names: the directory, three in it, and the rename.</summary>
    private const int NameChanges = 5;
    private readonly string _indexes = Path.Combine(Path.GetTempPath(), "objectstore-index-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (System.IO.Directory.Exists(_indexes)) System.IO.Directory.Delete(_indexes, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Every_acknowledged_shard_survives_power_loss(int seed)
    {
        var random = new Random(seed);
        var model = new DriveModel(seed);
        var files = new FaultyFileSystem(seed);
        Drive.Format(files, Directory, TestDrive.Store);
        for (var life = 0; life < 3; life++)
        {
            var drive = await OpenAsync(files, model, life);
            drive.Damages.ShouldBeEmpty($"seed {seed}");
            await model.VerifyAsync(drive);
            await model.RunAsync(drive, steps: 30);

            // The power goes while writes are under way.
            var underWay = model.WriteManyAsync(drive);
            var writes = files.WriteCount + random.Next(12);
            while (files.WriteCount < writes && !underWay.IsCompleted) await Task.Yield();
            model = model.Freeze();
            var image = files.Crash();
            if (System.IO.Directory.Exists(Index(life)) && random.Next(3) > 0) TestFiles.CopyDirectory(Index(life), Index(life + 1));
            await Record.ExceptionAsync(() => underWay);
            await drive.DisposeAsync();
            files = image;
        }
        await using var last = await OpenAsync(files, model, 3);
        await model.VerifyAsync(last);
    }

    [Theory]
    [InlineData(FaultyOperation.Sync)]
    [InlineData(FaultyOperation.Write)]
    public async Task A_fault_at_any_moment_loses_nothing_acknowledged(FaultyOperation operation)
    {
        for (var seed = 100; seed < 106; seed++)
        {
            var model = new DriveModel(seed);
            var files = new FaultyFileSystem(seed);
            Drive.Format(files, Directory, TestDrive.Store);
            var index = Path.Combine(_indexes, $"{operation}-{seed}");
            System.IO.Directory.CreateDirectory(_indexes);
            var drive = await Drive.OpenAsync(files, Directory, TestDrive.Store, model.Options with { IndexDirectory = index }, TimeProvider.System, default);
            files.Inject(new FaultRule(operation) { Skip = new Random(seed).Next(60) });
            (await model.RunAsync(drive, steps: 200)).ShouldBeFalse($"seed {seed}");
            drive.Health.State.ShouldBe(DriveState.Latched, $"seed {seed}");
            var image = files.Crash();
            await drive.DisposeAsync();

            drive = await Drive.OpenAsync(image, Directory, TestDrive.Store, model.Options with { IndexDirectory = index + "-rebuilt" }, TimeProvider.System, default);
            await model.VerifyAsync(drive);
            await drive.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_power_loss_while_formatting_leaves_nothing_or_something_half_formatted(int failAfter)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var files = new FaultyFileSystem(seed);
            files.Inject(new FaultRule(FaultyOperation.ChangeName) { Skip = failAfter });
            var finished = Record.Exception(() => Drive.Format(files, Directory, TestDrive.Store)) is not FileSystemException;
            finished.ShouldBe(failAfter >= NameChanges);
            var image = files.Crash();

            var found = DriveIdentity.TryRead(image, Directory);
            found.State.ShouldBeOneOf(DriveDirectoryState.Missing, DriveDirectoryState.Empty, DriveDirectoryState.HalfFormatted, DriveDirectoryState.Formatted);
            if (found.State != DriveDirectoryState.Formatted) Drive.Format(image, Directory, TestDrive.Store);
            DriveIdentity.TryRead(image, Directory).State.ShouldBe(DriveDirectoryState.Formatted);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_membership_record_is_the_old_or_the_new_one_after_a_power_loss(int seed)
    {
        var files = new FaultyFileSystem(seed);
        Drive.Format(files, Directory, TestDrive.Store);
        var options = TestDrive.Options with { LogFileBytes = 1 << 20 };
        System.IO.Directory.CreateDirectory(_indexes);
        for (var version = 1; version < 8; version++)
        {
            await using var drive = await Drive.OpenAsync(files, Directory, TestDrive.Store, options with { IndexDirectory = Index(version) }, TimeProvider.System, default);
            if (version > 1) drive.ReadMembership()![0].ShouldBeOneOf((byte)(version - 1), (byte)(version - 2));
            var record = Enumerable.Repeat((byte)version, 3000).ToArray();
            await drive.WriteMembershipAsync(record, default);
            files = files.Crash();
            await using var again = await Drive.OpenAsync(files, Directory, TestDrive.Store, options with { IndexDirectory = Index(1000 + version) }, TimeProvider.System, default);
            again.ReadMembership().ShouldBe(record);
        }
    }

    private string Index(int life) => Path.Combine(_indexes, life.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private Task<Drive> OpenAsync(FaultyFileSystem files, DriveModel model, int life)
    {
        System.IO.Directory.CreateDirectory(_indexes);
        return Drive.OpenAsync(files, Directory, TestDrive.Store, model.Options with { IndexDirectory = Index(life) }, TimeProvider.System, default);
    }
}
