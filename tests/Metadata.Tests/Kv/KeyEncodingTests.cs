using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Tests.Kv;

public sealed class KeyEncodingTests
{
    // Bytes around the escape, so that zeros and what is behind them meet often.
    private static readonly Gen<byte[]> ByteString = Gen.Elements<byte>(0, 0, 1, 2, 0x41, 0xFE, 0xFF).ArrayOf();

    [Fact]
    public void Byte_strings_keep_their_order_whatever_follows() => Prop.ForAll(
        ByteString.Two().ToArbitrary(),
        pair => Math.Sign(Encode(pair.Item1, 7).AsSpan().SequenceCompareTo(Encode(pair.Item2, 7)))
            == Math.Sign(pair.Item1.AsSpan().SequenceCompareTo(pair.Item2))).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_strings_are_ordered_by_the_part_behind_them() => Prop.ForAll(
        ByteString.ToArbitrary(), ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<ulong>(),
        (text, a, b) => Math.Sign(Encode(text, a).AsSpan().SequenceCompareTo(Encode(text, b))) == a.CompareTo(b)).QuickCheckThrowOnFailure();

    [Fact]
    public void Parts_are_read_back_as_they_were_written() => Prop.ForAll(
        ByteString.Two().ToArbitrary(), ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<long>(), RoundTrips).QuickCheckThrowOnFailure();

    [Fact]
    public void Inverted_and_signed_integers_keep_their_order() => Prop.ForAll(
        ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<long>(),
        (a, b) =>
        {
            var inverted = Inverted((ulong)a).AsSpan().SequenceCompareTo(Inverted((ulong)b));
            var signed = Signed(a).AsSpan().SequenceCompareTo(Signed(b));
            return Math.Sign(inverted) == ((ulong)b).CompareTo((ulong)a) && Math.Sign(signed) == a.CompareTo(b);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_prefix_range_holds_exactly_the_strings_that_begin_with_it() => Prop.ForAll(
        ByteString.ToArbitrary(), ByteString.ToArbitrary(),
        (prefix, text) =>
        {
            var buffer = new byte[KvLimits.MaxKeyBytes];
            var writer = new KeyWriter(buffer, KvTables.CurrentVersions);
            writer.Prefix(prefix);
            var range = KeyEncoding.PrefixRange(writer.Written);
            var key = Encode(text, 0);
            var inside = key.AsSpan().SequenceCompareTo(range.From.Span) >= 0 && key.AsSpan().SequenceCompareTo(range.To.Span) < 0;
            return inside == text.AsSpan().StartsWith(prefix);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_longest_key_of_zeros_fits()
    {
        var key = Encode(new byte[1024], 1);
        key.Length.ShouldBeLessThanOrEqualTo(KvLimits.MaxKeyBytes);
        new KeyReader(key).Bytes().ShouldBe(new byte[1024]);
    }

    [Fact]
    public void The_bytes_are_those_of_the_drawing() =>
        Convert.ToHexString(Encode([0x61, 0x00, 0x62], 258)).ShouldBe("63" + "6100FF62" + "0001" + "0000000000000102");

    [Theory]
    [InlineData("")]
    [InlineData("63")]
    [InlineData("6361")]
    [InlineData("636100")]
    [InlineData("63610002")]
    public void Malformed_keys_are_reported(string hex) =>
        Should.Throw<KvException>(() => new KeyReader(Convert.FromHexString(hex)).Bytes()).Fault.ShouldBe(KvFault.Corrupt);

    [Fact]
    public void The_end_of_a_prefix_of_ff_is_the_end_of_all()
    {
        KeyEncoding.PrefixEnd([0xFF, 0xFF]).ShouldBeEmpty();
        KeyEncoding.PrefixEnd([0x61, 0xFF]).ShouldBe([0x62]);
    }

    private static bool RoundTrips((byte[] First, byte[] Second) texts, ulong number, long signed)
    {
        var buffer = new byte[KvLimits.MaxKeyBytes];
        var writer = new KeyWriter(buffer, KvTables.Parts);
        writer.Bytes(texts.First);
        writer.InvertedUInt64(number);
        writer.Bytes(texts.Second);
        writer.Int64(signed);
        writer.UInt32((uint)number);
        writer.UInt16((ushort)number);
        writer.Byte((byte)number);

        var reader = new KeyReader(writer.Written);
        return reader.Table == KvTables.Parts && reader.Bytes().AsSpan().SequenceEqual(texts.First) && reader.InvertedUInt64() == number
            && reader.Bytes().AsSpan().SequenceEqual(texts.Second) && reader.Int64() == signed && reader.UInt32() == (uint)number
            && reader.UInt16() == (ushort)number && reader.Byte() == (byte)number && reader.AtEnd;
    }

    private static byte[] Encode(byte[] text, ulong number)
    {
        var writer = new KeyWriter(new byte[KvLimits.MaxKeyBytes], KvTables.CurrentVersions);
        writer.Bytes(text);
        writer.UInt64(number);
        return writer.ToArray();
    }

    private static byte[] Inverted(ulong value)
    {
        var writer = new KeyWriter(new byte[16], KvTables.CurrentVersions);
        writer.InvertedUInt64(value);
        return writer.ToArray();
    }

    private static byte[] Signed(long value)
    {
        var writer = new KeyWriter(new byte[16], KvTables.CurrentVersions);
        writer.Int64(value);
        return writer.ToArray();
    }
}
