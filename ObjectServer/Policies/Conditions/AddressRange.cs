using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ObjectStore.Server.Policies.Conditions;

/// <summary>
/// An IP address, or all with the same prefix (CIDR, RFC 4632). IPv4 addresses that are mapped into IPv6 are IPv4. Addresses are spelled in full
/// and in decimal: "010.1" could be read in several ways.
/// </summary>
internal readonly record struct AddressRange
{
    private const int V4Bits = 32;
    private const int V6Bits = 128;
    private const int MappedPrefixBits = V6Bits - V4Bits;

    private static readonly UInt128 MappedPrefix = (UInt128)0xffff << V4Bits;

    private AddressRange(bool isV4, UInt128 network, int prefixBits)
    {
        IsV4 = isV4;
        PrefixBits = prefixBits;
        Network = network & MaskOf(isV4, prefixBits);
    }

    public bool IsV4 { get; }

    public int PrefixBits { get; }

    /// <summary>The address, its bits behind the prefix zero.</summary>
    public UInt128 Network { get; }

    public bool IsSingle => PrefixBits == (IsV4 ? V4Bits : V6Bits);

    public bool Contains(AddressRange other) =>
        IsV4 == other.IsV4 && PrefixBits <= other.PrefixBits && (other.Network & MaskOf(IsV4, PrefixBits)) == Network;

    public static bool TryParse(string text, out AddressRange range)
    {
        range = default;
        var address = text.AsSpan();
        var slash = address.IndexOf('/');
        int? prefixBits = null;
        if (slash >= 0)
        {
            if (!int.TryParse(address[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var bits)) return false;
            prefixBits = bits;
            address = address[..slash];
        }

        var isV4 = TryV4(address, out var value);
        if (!isV4 && !TryV6(address, out value)) return false;
        var bitCount = isV4 ? V4Bits : V6Bits;
        var prefix = prefixBits ?? bitCount;
        if (prefix > bitCount) return false;
        if (!isV4 && prefix >= MappedPrefixBits && value >> V4Bits == MappedPrefix >> V4Bits)
        {
            isV4 = true;
            value &= uint.MaxValue;
            prefix -= MappedPrefixBits;
        }
        range = new AddressRange(isV4, value, prefix);
        return true;
    }

    private static bool TryV4(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = 0;
        for (var part = 0; part < 4; part++)
        {
            var end = part < 3 ? text.IndexOf('.') : text.Length;
            if (end is <= 0 or > 3 || (end > 1 && text[0] == '0')) return false;
            if (!byte.TryParse(text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var octet)) return false;
            value = (value << 8) | octet;
            text = part < 3 ? text[(end + 1)..] : [];
        }
        return true;
    }

    private static bool TryV6(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = 0;
        // No scope ids, brackets or ports, which the parser below would take.
        if (text.IndexOfAnyExcept("0123456789abcdefABCDEF:.") >= 0 || !text.Contains(':')) return false;
        if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out _)) return false;
        value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return true;
    }

    private static UInt128 MaskOf(bool isV4, int prefixBits)
    {
        var bits = isV4 ? V4Bits : V6Bits;
        var all = isV4 ? uint.MaxValue : UInt128.MaxValue;
        return prefixBits == 0 ? 0 : (all >> (bits - prefixBits) << (bits - prefixBits)) & all;
    }
}
