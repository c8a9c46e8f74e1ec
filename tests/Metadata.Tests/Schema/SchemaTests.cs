using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.Metadata.Tests.Schema;

public sealed class SchemaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rows_sort_as_the_bytes_of_their_object_keys_and_give_the_key_back(int seed)
    {
        var random = new Random(seed);
        var keys = Enumerable.Range(0, 500).Select(_ => Enumerable.Range(0, random.Next(1, 6)).Select(_ => new byte[] { 0, 1, 2, 0xFE, 0xFF }[random.Next(5)]).ToArray()).ToList();
        keys.Add(new byte[1024]);
        foreach (var a in keys)
        {
            var row = SchemaKeys.Version(7, a, ulong.MaxValue);
            row.Length.ShouldBeLessThanOrEqualTo(KvLimits.MaxKeyBytes);
            var read = new byte[1024];
            read.AsSpan(0, SchemaKeys.ReadObjectKey(row, read)).ToArray().ShouldBe(a, $"seed {seed}");
            SchemaKeys.ObjectPart(row).ToArray().ShouldBe(SchemaKeys.BeforePrefix(KvTables.OtherVersions, 7, a).Concat(new byte[] { 0, 1 }).ToArray());
            var b = keys[random.Next(keys.Count)];
            Math.Sign(SchemaKeys.Current(7, a).AsSpan().SequenceCompareTo(SchemaKeys.Current(7, b))).ShouldBe(Math.Sign(a.AsSpan().SequenceCompareTo(b)), $"seed {seed}");
            var behind = SchemaKeys.BehindPrefix(KvTables.CurrentVersions, 7, a);
            (SchemaKeys.Current(7, b).AsSpan().SequenceCompareTo(behind) < 0).ShouldBe(b.AsSpan().StartsWith(a) || b.AsSpan().SequenceCompareTo(a) < 0, $"seed {seed}");
        }
    }

    [Fact]
    public void Newer_versions_sort_first_and_tell_their_sequence()
    {
        var newer = SchemaKeys.Version(1, "k"u8, 6);
        var older = SchemaKeys.Version(1, "k"u8, 5);
        newer.AsSpan().SequenceCompareTo(older).ShouldBeLessThan(0);
        SchemaKeys.Sequence(newer).ShouldBe(6UL);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_lean_parser_reads_what_protobuf_wrote(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 500; i++)
        {
            var record = RandomRecord(random);
            var header = VersionHeader.Parse(record.ToByteArray());
            header.Sequence.ShouldBe(record.Sequence);
            header.Nonce.ShouldBe(record.Nonce);
            ((uint)header.Flags).ShouldBe(record.Flags);
            header.LengthBytes.ShouldBe((long)record.Length);
            header.ETag.ToArray().ShouldBe(record.Etag.ToByteArray());
            header.PartCount.ShouldBe((int)record.PartCount);
            header.ModifiedTicks.ShouldBe(record.ModifiedTicks);
            header.ContentId.ToArray().ShouldBe(record.ContentId.ToByteArray());
            Encoding.UTF8.GetString(header.StorageClass).ShouldBe(record.StorageClass);
            Encoding.UTF8.GetString(header.OwnerId).ShouldBe(record.OwnerId);
            ((uint)header.ChecksumAlgorithm).ShouldBe(record.Checksum?.Algorithm ?? 0);
            ((uint)header.ChecksumType).ShouldBe(record.Checksum?.Type ?? 0);
        }
    }

    [Fact]
    public void The_lean_parser_refuses_what_is_cut_off()
    {
        var bytes = RandomRecord(new Random(1)).ToByteArray();
        Should.Throw<InvalidDataException>(() => VersionHeader.Parse(bytes.AsSpan(0, 5)));
        Should.Throw<InvalidDataException>(() => VersionHeader.Parse([0xFF, 0xFF, 0xFF]));
    }

    [Fact]
    public void A_version_id_reads_back_and_nothing_else_does()
    {
        var id = new VersionId(0x123456789ABCDEF0, 42);
        VersionId.TryParse(id.ToString(), out var read).ShouldBeTrue();
        read.ShouldBe(id);
        foreach (var text in new[] { "", "null", new string('g', 32), new string('0', 31), new string('0', 33), " " + new string('0', 31) })
            VersionId.TryParse(text, out _).ShouldBeFalse(text);
    }

    [Fact]
    public async Task No_two_openings_get_the_same_session_number()
    {
        var store = new InMemoryKeyValueStore();
        var sessions = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await SessionNumber.TakeAsync(store, default))));
        sessions.Order().ShouldBe(Enumerable.Range(1, 20).Select(i => (uint)i));
    }

    [Fact]
    public void Ids_read_back_from_keys()
    {
        var id = new ContentId(3, 0x1122334455667788);
        SchemaKeys.TrailingContent(SchemaKeys.Garbage(99, id)).ShouldBe(id);
        SchemaKeys.GarbageTicks(SchemaKeys.Garbage(99, id)).ShouldBe(99UL);
        SchemaKeys.TrailingContent(SchemaKeys.Upload(5, "k\0"u8, id)).ShouldBe(id);
        SchemaKeys.PartNumber(SchemaKeys.Part(id, 10_000)).ShouldBe(10_000);
        var (drive, blob) = (new DriveId(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")), new BlobId(1, 2, 3));
        SchemaKeys.LostShard(SchemaKeys.LostShard(drive, blob)).ShouldBe((drive, blob));
    }

    private static VersionRecord RandomRecord(Random random) => new()
    {
        Sequence = (ulong)random.NextInt64(),
        Nonce = (ulong)random.NextInt64(),
        Flags = (uint)random.Next(16),
        Length = (ulong)random.NextInt64(1L << random.Next(1, 62)),
        Etag = ByteString.CopyFrom(new byte[16]),
        PartCount = (uint)random.Next(2) * (uint)random.Next(10_000),
        ModifiedTicks = (ulong)random.NextInt64(),
        ContentId = random.Next(2) == 0 ? ByteString.Empty : ByteString.CopyFrom(new ContentId(1, (ulong)random.NextInt64()).ToBytes()),
        StorageClass = random.Next(2) == 0 ? "" : "STANDARD",
        OwnerId = random.Next(2) == 0 ? "" : "owner",
        Checksum = random.Next(2) == 0 ? null : new ChecksumRecord { Algorithm = (uint)random.Next(11), Type = (uint)random.Next(2), Value = ByteString.CopyFrom(1, 2, 3, 4) },
        Headers = random.Next(2) == 0 ? null : new HeadersRecord { ContentType = "text/plain" },
        Acl = random.Next(2) == 0 ? ByteString.Empty : ByteString.CopyFrom(5, 6, 7),
        RetentionMode = (uint)random.Next(3),
        RetainUntilTicks = (ulong)random.NextInt64(),
        LegalHold = (uint)random.Next(3),
    };
}
