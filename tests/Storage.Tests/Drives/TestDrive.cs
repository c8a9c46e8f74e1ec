using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Tests.Drives;

/// <summary>A formatted drive in a directory of its own, on the real file system.</summary>
internal sealed class TestDrive : IAsyncDisposable
{
    public static readonly Guid Store = new("5e0c7c5e-8f5c-4bd5-9c55-0d5f5f0e7d11");

    public static readonly DriveOptions Options = new()
    {
        ReserveBytes = 0,
        ProbeInterval = TimeSpan.Zero,
        ReclaimInterval = TimeSpan.Zero,
        SegmentBytes = 8 << 20,
        LogFileBytes = 4 << 20,
        ReadThreads = 2,
        WriteThreads = 2,
    };

    private readonly string _root = Path.Combine(Path.GetTempPath(), "objectstore-drive-" + Guid.NewGuid().ToString("N"));

    private TestDrive(IFileSystem? fileSystem)
    {
        System.IO.Directory.CreateDirectory(_root);
        FileSystem = fileSystem ?? new LinuxFileSystem();
        Directory = Path.Combine(_root, "drive");
    }

    public string Root => _root;

    public string Directory { get; }

    public IFileSystem FileSystem { get; }

    public Drive Drive { get; private set; } = null!;

    public static TestDrive Unformatted(IFileSystem? fileSystem = null) => new(fileSystem);

    public static async Task<TestDrive> OpenAsync(DriveOptions? options = null, TimeProvider? time = null, IFileSystem? fileSystem = null)
    {
        var test = new TestDrive(fileSystem);
        Drive.Format(test.FileSystem, test.Directory, Store);
        await test.StartAsync(options, time);
        return test;
    }

    public async Task StartAsync(DriveOptions? options = null, TimeProvider? time = null) =>
        Drive = await Drive.OpenAsync(FileSystem, Directory, Store, options ?? Options, time ?? TimeProvider.System, default);

    public async Task ReopenAsync(DriveOptions? options = null)
    {
        await Drive.DisposeAsync();
        await StartAsync(options);
    }

    /// <summary>What a crash of the process leaves: the files as they are now, copied while the drive is open.</summary>
    public TestDrive Crash()
    {
        var image = new TestDrive(FileSystem);
        TestFiles.CopyDirectory(Directory, image.Directory);
        return image;
    }

    public async ValueTask DisposeAsync()
    {
        if (Drive is not null) await Drive.DisposeAsync();
        if (System.IO.Directory.Exists(_root)) System.IO.Directory.Delete(_root, recursive: true);
    }

    public long AllocatedBytes(string below) =>
        System.IO.Directory.EnumerateFiles(Path.Combine(Directory, below)).Sum(TestFiles.AllocatedBytes);

    /// <summary>Its files, less locks and what the log has prepared for later.</summary>
    public string[] Files(string below) => System.IO.Directory.GetFiles(Path.Combine(Directory, below))
        .Where(f => below == "index" || Path.GetExtension(f) is ".log" or ".seg").Order(StringComparer.Ordinal).ToArray();
}

/// <summary>Shards with bytes that follow from their name, so that a reader can tell any mix-up.</summary>
internal static class Shards
{
    public static BlobId Blob(int n) => new(1, (ulong)n, 0);

    public static byte[] Bytes(BlobId blob, int shard, int length)
    {
        var bytes = new byte[length];
        new Random(HashCode.Combine((int)blob.Content, (int)blob.Ordinal, shard, length) & int.MaxValue).NextBytes(bytes);
        return bytes;
    }

    public static ulong[] Checksums(BlobId blob, int shard, ReadOnlySpan<byte> bytes)
    {
        var checksums = new ulong[ShardLayout.BlockCount(bytes.Length)];
        for (var i = 0; i < checksums.Length; i++)
            checksums[i] = BlockChecksum.Compute(blob, shard, i, bytes.Slice(i * ShardLayout.BlockSizeBytes, ShardLayout.BlockLength(bytes.Length, i)));
        return checksums;
    }

    public static Task WriteAsync(this IDrive drive, int blob, int length, int shard = 0, bool announce = true) =>
        drive.WriteAsync(Blob(blob), shard, Bytes(Blob(blob), shard, length), announce);

    public static async Task WriteAsync(this IDrive drive, BlobId blob, int shard, ReadOnlyMemory<byte> bytes, bool announce = true, int pieceBlocks = 4)
    {
        await using var writer = drive.Create(blob, shard, announce ? bytes.Length : null);
        await FillAsync(writer, blob, shard, bytes, pieceBlocks);
        await writer.CommitAsync(new byte[] { 1, 2, 3 }, default);
    }

    public static async Task FillAsync(IShardWriter writer, BlobId blob, int shard, ReadOnlyMemory<byte> bytes, int pieceBlocks = 4)
    {
        var checksums = Checksums(blob, shard, bytes.Span);
        using var pool = new AlignedBufferPool(16 << 20);
        var piece = pieceBlocks * ShardLayout.BlockSizeBytes;
        for (var offset = 0; offset < bytes.Length; offset += piece)
        {
            var length = Math.Min(piece, bytes.Length - offset);
            using var buffer = await pool.RentAsync(length, default);
            bytes.Slice(offset, length).CopyTo(buffer.Memory);
            await writer.WriteAsync(buffer.Memory[..length], checksums.AsMemory(offset / ShardLayout.BlockSizeBytes, ShardLayout.BlockCount(length)), default);
            buffer.Memory.Span.Fill(0xEE); // whoever still looks at it now is wrong
        }
    }

    /// <summary>The shard's bytes, or null if the drive has none. Fails the test if a read is not Ok.</summary>
    public static async Task<byte[]?> ReadAsync(this IDrive drive, BlobId blob, int shard)
    {
        using var reader = await drive.OpenAsync(blob, shard, default);
        if (reader is null) return null;
        var (result, bytes) = await ReadAsync(reader);
        result.Status.ShouldBe(ShardReadStatus.Ok);
        return bytes;
    }

    public static async Task<(ShardReadResult Result, byte[] Bytes)> ReadAsync(IShardReader reader)
    {
        var bytes = new byte[reader.Info.LengthBytes];
        var result = await reader.ReadAsync(0, BlockBuffers.Contiguous(bytes, ShardLayout.BlockCount(bytes.Length)), default);
        return (result, bytes);
    }

    public static async Task ShouldHoldAsync(this IDrive drive, int blob, int length, int shard = 0) =>
        ShouldBeSame(await drive.ReadAsync(Blob(blob), shard), Bytes(Blob(blob), shard, length), $"blob {blob}");

    /// <summary>Equal bytes; quick for long ones too.</summary>
    public static void ShouldBeSame(byte[]? actual, byte[] expected, string what)
    {
        actual.ShouldNotBeNull(what);
        actual.Length.ShouldBe(expected.Length, what);
        actual.AsSpan().SequenceEqual(expected).ShouldBeTrue(what);
    }

    public static async Task<List<ShardInfo>> ListAsync(this IDrive drive, BlobId from = default)
    {
        var list = new List<ShardInfo>();
        await foreach (var info in drive.EnumerateAsync(from, default)) list.Add(info);
        return list;
    }
}
