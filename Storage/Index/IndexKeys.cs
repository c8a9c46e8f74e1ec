using System.Buffers.Binary;

namespace ObjectStore.Storage.Index;

/// <summary>
/// Keys of the index, drawn in docs/formats/storage.md, "Index"; keep in step.
/// <code>
/// 'e' blob(16) shard(u16, big-endian)   where a shard lies
/// 'f' kind('l' | 'b') file(u64, big-endian)   what lives in a file
/// 'p'                                   how far into the log this index reaches
/// </code>
/// </summary>
internal static class IndexKeys
{
    public const int EntryBytes = 1 + BlobId.SizeBytes + 2;
    public const int FileBytes = 1 + 1 + 8;

    public static ReadOnlySpan<byte> Position => "p"u8;
    public static ReadOnlySpan<byte> FilesFrom => "f"u8;
    public static ReadOnlySpan<byte> FilesTo => "g"u8;
    public static ReadOnlySpan<byte> EntriesTo => "f"u8;

    public static void WriteEntry(Span<byte> key, BlobId blob, int shard)
    {
        key[0] = (byte)'e';
        blob.WriteTo(key[1..]);
        BinaryPrimitives.WriteUInt16BigEndian(key[17..], (ushort)shard);
    }

    public static byte[] Entry(BlobId blob, int shard)
    {
        var key = new byte[EntryBytes];
        WriteEntry(key, blob, shard);
        return key;
    }

    public static bool TryReadEntry(ReadOnlySpan<byte> key, out BlobId blob, out int shard)
    {
        blob = default;
        shard = 0;
        if (key.Length != EntryBytes || key[0] != (byte)'e') return false;
        blob = BlobId.ReadFrom(key[1..]);
        shard = BinaryPrimitives.ReadUInt16BigEndian(key[17..]);
        return true;
    }

    public static byte[] File(FileKey file)
    {
        var key = new byte[FileBytes];
        key[0] = (byte)'f';
        key[1] = (byte)(file.Kind == FileKind.Log ? 'l' : 'b');
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(2), file.Number);
        return key;
    }

    public static bool TryReadFile(ReadOnlySpan<byte> key, out FileKey file)
    {
        file = default;
        if (key.Length != FileBytes || key[0] != (byte)'f') return false;
        file = new FileKey(key[1] == (byte)'l' ? FileKind.Log : FileKind.Bulk, BinaryPrimitives.ReadInt64BigEndian(key[2..]));
        return true;
    }
}

internal enum FileKind : byte { Log, Bulk }

/// <summary>A file of a drive that holds shards or their commit records.</summary>
internal readonly record struct FileKey(FileKind Kind, long Number);
