using System.Text;

namespace ObjectStore.Grpc.Protocol;

/// <summary>The trailer grpc-message: UTF-8, percent-encoded but for printable ASCII other than '%' (grpc/doc/PROTOCOL-HTTP2.md).</summary>
internal static class GrpcMessageText
{
    /// <summary>Clients bound their headers, commonly at 8 KiB in all.</summary>
    private const int MaxBytes = 2048;

    public static string Encode(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message).AsSpan();
        if (bytes.Length > MaxBytes) bytes = bytes[..CharacterBoundary(bytes, MaxBytes)];
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (value is >= 0x20 and <= 0x7e and not (byte)'%') text.Append((char)value);
            else text.Append('%').Append(HexDigit(value >> 4)).Append(HexDigit(value & 15));
        }
        return text.ToString();
    }

    private static int CharacterBoundary(ReadOnlySpan<byte> bytes, int end)
    {
        while (end > 0 && (bytes[end] & 0xc0) == 0x80) end--;
        return end;
    }

    private static char HexDigit(int value) => "0123456789ABCDEF"[value];
}
