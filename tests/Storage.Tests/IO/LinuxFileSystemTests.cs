using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Tests.IO;

public sealed class LinuxFileSystemTests : IDisposable
{
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("objectstore-io-").FullName;
    private readonly LinuxFileSystem _files = new();

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_written_is_read(bool direct)
    {
        using var buffer = new AlignedBuffer(64 * 1024);
        new Random(1).NextBytes(buffer.Memory.Span);
        using var file = _files.Open(PathOf("f"), FileOpenMode.CreateNew, direct);
        file.Write(4096, buffer.Memory.Span);
        file.SyncData();
        file.Sync();
        file.GetLength().ShouldBe(68 * 1024);

        using var read = new AlignedBuffer(128 * 1024);
        file.Read(4096, read.Memory.Span).ShouldBe(64 * 1024);
        read.Memory.Span[..(64 * 1024)].SequenceEqual(buffer.Memory.Span).ShouldBeTrue();
        file.Read(0, read.Memory.Span[..4096]).ShouldBe(4096);
        read.Memory.Span[..4096].IndexOfAnyExcept((byte)0).ShouldBe(-1);
        file.Read(1 << 20, read.Memory.Span).ShouldBe(0);
    }

    [Fact]
    public void Vectors_of_any_number_are_written_one_behind_the_other()
    {
        var random = new Random(2);
        var buffers = Enumerable.Range(0, 2500).Select(_ => (ReadOnlyMemory<byte>)new byte[random.Next(40)]).ToArray();
        foreach (var buffer in buffers) random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsMemory(buffer).Span);
        using var file = _files.Open(PathOf("v"), FileOpenMode.CreateNew);
        file.WriteVector(10, buffers);
        var whole = buffers.SelectMany(buffer => buffer.ToArray()).ToArray();
        var read = new byte[whole.Length];
        file.Read(10, read).ShouldBe(whole.Length);
        read.ShouldBe(whole);
        file.ReadVector(10, [new byte[100], new byte[50]]).ShouldBe(150);
        file.WriteVector(0, [default(ReadOnlyMemory<byte>), default]);
    }

    [Fact]
    public void Holes_and_zeroed_ranges_read_as_zeros_and_keep_the_length()
    {
        using var file = _files.Open(PathOf("h"), FileOpenMode.CreateNew);
        file.Write(0, Enumerable.Repeat((byte)1, 64 * 1024).ToArray());
        file.PunchHole(4000, 20_000).ShouldBeTrue();
        var read = new byte[64 * 1024];
        file.Read(0, read);
        read.AsSpan(0, 4096).IndexOf((byte)0).ShouldBe(-1);
        read.AsSpan(4096, 16384).IndexOfAnyExcept((byte)0).ShouldBe(-1);
        read.AsSpan(4096 + 16384).IndexOf((byte)0).ShouldBe(-1);
        file.ZeroRange(40_000, 100);
        file.Read(0, read);
        read.AsSpan(40_000, 100).IndexOfAnyExcept((byte)0).ShouldBe(-1);
        file.Allocate(0, 1 << 20, keepSize: true);
        file.GetLength().ShouldBe(64 * 1024);
        file.Allocate(0, 1 << 20, keepSize: false);
        file.GetLength().ShouldBe(1 << 20);
        file.SetLength(5);
        file.GetLength().ShouldBe(5);
        file.StartWriteback(0, 4096);
        file.Advise(FileAdvice.DontNeed);
    }

    [Fact]
    public void A_cached_read_gives_the_bytes_or_says_no()
    {
        using var file = _files.Open(PathOf("c"), FileOpenMode.CreateNew);
        file.Write(0, new byte[] { 1, 2, 3, 4 });
        var read = new byte[4];
        if (file.TryReadCached(0, read)) read.ShouldBe([1, 2, 3, 4]);
        file.TryReadCached(2, read).ShouldBeFalse();
    }

    [Fact]
    public void Faults_are_told_apart()
    {
        Fault(() => _files.Open(PathOf("none"), FileOpenMode.Read)).ShouldBe(FileFault.NotFound);
        Fault(() => _files.List(PathOf("none"))).ShouldBe(FileFault.NotFound);
        using (_files.Open(PathOf("f"), FileOpenMode.CreateNew)) { }
        Fault(() => _files.Open(PathOf("f"), FileOpenMode.CreateNew)).ShouldBe(FileFault.Exists);
        Fault(() => _files.Open(PathOf("f"), FileOpenMode.CreateNew, direct: true)).ShouldBe(FileFault.Exists);
        _files.CreateDirectory(PathOf("d"));
        _files.CreateDirectory(PathOf("d"));
        using (_files.Open(PathOf("d/x"), FileOpenMode.OpenOrCreate)) { }
        Fault(() => _files.DeleteDirectory(PathOf("d"))).ShouldBe(FileFault.NotEmpty);
        Fault(() => _files.Open("/dev/full", FileOpenMode.ReadWrite).Write(0, new byte[10])).ShouldBe(FileFault.NoSpace);
        using var readOnly = _files.Open(PathOf("f"), FileOpenMode.Read);
        var failure = Should.Throw<FileSystemException>(() => readOnly.Write(0, new byte[1]));
        failure.ErrorNumber.ShouldBe(9);
        failure.Message.ShouldContain(PathOf("f"));
    }

    [Theory]
    [InlineData(Errno.EIO, FileFault.Io)]
    [InlineData(Errno.ENOSPC, FileFault.NoSpace)]
    [InlineData(Errno.EDQUOT, FileFault.NoSpace)]
    [InlineData(Errno.EROFS, FileFault.ReadOnly)]
    public void Error_numbers_have_one_meaning(int errno, FileFault fault) => Errno.ToFault(errno).ShouldBe(fault);

    [Fact]
    public void Names_are_listed_renamed_and_deleted()
    {
        using (_files.Open(PathOf("b"), FileOpenMode.CreateNew)) { }
        using (_files.Open(PathOf("ä ö"), FileOpenMode.CreateNew)) { }
        _files.CreateDirectory(PathOf("a"));
        _files.SyncDirectory(_directory);
        _files.List(_directory).ShouldBe([new("a", true), new("b", false), new("ä ö", false)]);
        _files.Rename(PathOf("b"), PathOf("c"));
        _files.DeleteFile(PathOf("ä ö"));
        _files.DeleteDirectory(PathOf("a"));
        _files.List(_directory).ShouldBe([new("c", false)]);
        _files.FileExists(PathOf("c")).ShouldBeTrue();
        _files.FileExists(_directory).ShouldBeFalse();
        _files.DirectoryExists(_directory).ShouldBeTrue();
        _files.DirectoryExists(PathOf("c")).ShouldBeFalse();
        var space = _files.GetSpace(_directory);
        space.AvailableBytes.ShouldBeInRange(1, space.TotalBytes);
    }

    [Fact]
    public void A_lock_is_held_by_one_handle()
    {
        using var first = _files.Open(PathOf("lock"), FileOpenMode.OpenOrCreate);
        first.TryLock().ShouldBeTrue();
        using (var second = _files.Open(PathOf("lock"), FileOpenMode.OpenOrCreate)) second.TryLock().ShouldBeFalse();
        first.Dispose();
        using var third = _files.Open(PathOf("lock"), FileOpenMode.OpenOrCreate);
        third.TryLock().ShouldBeTrue();
    }

    [Fact]
    public void A_small_file_is_replaced_as_a_whole()
    {
        _files.ReplaceDurably(PathOf("s"), "one"u8);
        _files.ReplaceDurably(PathOf("s"), "second"u8);
        _files.ReadAllBytes(PathOf("s")).ShouldBe("second"u8.ToArray());
        _files.List(_directory).Count.ShouldBe(1);
    }

    private static FileFault Fault(Action action) => Should.Throw<FileSystemException>(action).Fault;

    private string PathOf(string name) => System.IO.Path.Combine(_directory, name);
}
