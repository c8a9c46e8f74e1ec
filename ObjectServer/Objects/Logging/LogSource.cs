using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Whose requests are recorded.</summary>
internal readonly record struct LogSource(string Bucket, ulong BucketId, string OwnerId);

/// <summary>
/// What goes into one log object: records of one type for one prefix of one bucket, from all the buckets that log there and grant the same; with names
/// that hold the source, from that source alone. A bucket that is made anew under the target's name is another target.
/// </summary>
internal static class LogStreams
{
    public static UInt128 IdOf(BucketLogging logging, ulong targetBucketId, ulong sourceBucketId)
    {
        var prefix = Encoding.UTF8.GetBytes(logging.TargetPrefix);
        // No text has this byte, so that prefix and list part cleanly.
        byte[] acl = logging.ObjectAcl.IsEmpty ? [] : [0xFF, .. logging.ObjectAcl.Span];
        var text = new byte[18 + prefix.Length + acl.Length].AsSpan();
        BinaryPrimitives.WriteUInt64BigEndian(text, targetBucketId);
        BinaryPrimitives.WriteUInt64BigEndian(text[8..], logging.KeyFormat == LogKeyFormat.Simple ? 0 : sourceBucketId);
        text[16] = (byte)logging.KeyFormat;
        text[17] = (byte)logging.Type;
        prefix.CopyTo(text[18..]);
        acl.CopyTo(text[(18 + prefix.Length)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    public static LogRowRecord RowOf(BucketLogging logging, ulong targetBucketId, LogSource source, int count, ReadOnlySpan<byte> lines) => new()
    {
        TargetBucketId = targetBucketId,
        Logging = logging.ToRecordOfRow(),
        SourceBucket = source.Bucket,
        SourceBucketId = source.BucketId,
        SourceOwnerId = source.OwnerId,
        Count = (uint)count,
        Lines = Google.Protobuf.ByteString.CopyFrom(lines),
    };
}
