using System.Text;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>Protobuf by hand, with the specification's numbers and without anything generated.</summary>
internal static class Wire
{
    public static byte[] Text(int field, string value) => Message(field, Encoding.UTF8.GetBytes(value));

    public static byte[] Message(int field, params byte[][] parts)
    {
        var body = parts.SelectMany(part => part).ToArray();
        return [.. Varint((uint)field << 3 | 2), .. Varint((ulong)body.Length), .. body];
    }

    public static byte[] Number(int field, ulong value) => [.. Varint((uint)field << 3), .. Varint(value)];

    public static byte[] Entry(int field, string key, string value) => Message(field, Text(1, key), Text(2, value));

    public static byte[] All(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7) bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
