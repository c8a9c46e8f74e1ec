using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Tests.Drives;

public sealed class DriveFormatTests : IAsyncLifetime
{
    private readonly TestDrive _test = TestDrive.Unformatted();
    private readonly LinuxFileSystem _files = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _test.DisposeAsync();

    [Fact]
    public void An_absent_directory_is_formatted_and_recognised()
    {
        var made = Drive.Format(_files, _test.Directory, TestDrive.Store);

        var read = DriveIdentity.TryRead(_files, _test.Directory);
        read.State.ShouldBe(DriveDirectoryState.Formatted);
        read.Identity.ShouldBe(made);
        made.Store.ShouldBe(TestDrive.Store);
    }

    [Fact]
    public void An_empty_directory_with_lost_and_found_is_formatted()
    {
        Directory.CreateDirectory(Path.Combine(_test.Directory, "lost+found"));
        Drive.Format(_files, _test.Directory, TestDrive.Store);
        DriveIdentity.TryRead(_files, _test.Directory).State.ShouldBe(DriveDirectoryState.Formatted);
    }

    [Fact]
    public void A_drive_is_not_formatted_again()
    {
        var made = Drive.Format(_files, _test.Directory, TestDrive.Store);
        Should.Throw<DriveException>(() => Drive.Format(_files, _test.Directory, TestDrive.Store)).Fault.ShouldBe(DriveFault.Foreign);
        DriveIdentity.TryRead(_files, _test.Directory).Identity.ShouldBe(made);
    }

    [Fact]
    public async Task A_directory_with_other_files_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_test.Directory);
        var holiday = Path.Combine(_test.Directory, "holiday.jpg");
        await File.WriteAllTextAsync(holiday, "beach");

        Should.Throw<DriveException>(() => Drive.Format(_files, _test.Directory, TestDrive.Store)).Message.ShouldContain("holiday.jpg");
        (await Should.ThrowAsync<DriveException>(() => _test.StartAsync())).Fault.ShouldBe(DriveFault.Foreign);
        Directory.GetFileSystemEntries(_test.Directory).ShouldBe([holiday]);
    }

    [Fact]
    public async Task A_missing_an_empty_and_a_half_formatted_directory_are_refused_at_open()
    {
        (await Should.ThrowAsync<DriveException>(() => _test.StartAsync())).Message.ShouldContain("does not exist");
        Directory.CreateDirectory(_test.Directory);
        (await Should.ThrowAsync<DriveException>(() => _test.StartAsync())).Message.ShouldContain("is empty");
        await File.WriteAllTextAsync(Path.Combine(_test.Directory, DriveIdentity.NewFileName), "");
        (await Should.ThrowAsync<DriveException>(() => _test.StartAsync())).Message.ShouldContain("half formatted");
    }

    [Fact]
    public async Task A_drive_of_another_store_is_refused()
    {
        Drive.Format(_files, _test.Directory, Guid.NewGuid());
        var refused = await Should.ThrowAsync<DriveException>(() => _test.StartAsync());
        refused.Fault.ShouldBe(DriveFault.Foreign);
        refused.Message.ShouldContain("another store");
    }

    [Fact]
    public async Task A_flipped_byte_in_the_identity_is_damage_and_is_not_formatted_over()
    {
        var made = Drive.Format(_files, _test.Directory, TestDrive.Store);
        var path = Path.Combine(_test.Directory, DriveIdentity.FileName);
        var good = await File.ReadAllBytesAsync(path);
        for (var i = 0; i < good.Length; i++)
        {
            var bad = good.ToArray();
            bad[i] ^= 0x04;
            await File.WriteAllBytesAsync(path, bad);
            var read = DriveIdentity.TryRead(_files, _test.Directory);
            // White space may change without a change of meaning; nothing else may pass.
            if (read.State == DriveDirectoryState.Formatted) read.Identity.ShouldBe(made);
            else Should.Throw<DriveException>(() => Drive.Format(_files, _test.Directory, TestDrive.Store)).Fault.ShouldBe(DriveFault.Foreign);
        }
    }

    [Fact]
    public void Format_that_stops_after_any_step_is_completed_by_another_one()
    {
        for (var stopAfter = 0; ; stopAfter++)
        {
            var directory = Path.Combine(_test.Root, "half" + stopAfter);
            var stopped = false;
            try
            {
                Drive.Format(new StoppingFileSystem(_files, stopAfter), directory, TestDrive.Store);
            }
            catch (FileSystemException)
            {
                stopped = true;
            }
            var between = DriveIdentity.TryRead(_files, directory);
            if (stopped && between.State != DriveDirectoryState.Formatted)
            {
                between.State.ShouldBeOneOf(DriveDirectoryState.Missing, DriveDirectoryState.Empty, DriveDirectoryState.HalfFormatted);
                var made = Drive.Format(_files, directory, TestDrive.Store);
                if (between.Identity is { } begun) made.ShouldBe(begun);
            }
            DriveIdentity.TryRead(_files, directory).State.ShouldBe(DriveDirectoryState.Formatted);
            if (!stopped) break;
        }
    }

    /// <summary>Fails every changing call after the first so many.</summary>
    private sealed class StoppingFileSystem(IFileSystem inner, int calls) : IFileSystem
    {
        private int _left = calls;

        public IFile Open(string path, FileOpenMode mode, bool direct = false)
        {
            if (mode != FileOpenMode.Read) Step(path);
            return inner.Open(path, mode, direct);
        }

        public void CreateDirectory(string path) { Step(path); inner.CreateDirectory(path); }
        public IReadOnlyList<DirectoryEntry> List(string directory) => inner.List(directory);
        public bool FileExists(string path) => inner.FileExists(path);
        public bool DirectoryExists(string path) => inner.DirectoryExists(path);
        public void Rename(string from, string to) { Step(from); inner.Rename(from, to); }
        public void DeleteFile(string path) { Step(path); inner.DeleteFile(path); }
        public void DeleteDirectory(string path) { Step(path); inner.DeleteDirectory(path); }
        public void SyncDirectory(string path) { Step(path); inner.SyncDirectory(path); }
        public FileSystemSpace GetSpace(string path) => inner.GetSpace(path);

        private void Step(string path)
        {
            if (_left-- <= 0) throw FileSystemException.FromErrno(Errno.EIO, "test", path);
        }
    }
}
