using System.Globalization;

namespace ObjectStore.Metadata.Schema;

/// <summary>
/// What a version is called: its sequence, and a nonce that keeps an id from naming a second version should a clock
/// step back. Clients see 32 hex digits and must not look inside; the null version is called "null".
/// </summary>
public readonly record struct VersionId(ulong Sequence, ulong Nonce)
{
    public const string NullName = "null";

    public static string NameOf(VersionRecord record) =>
        ((VersionFlags)record.Flags & VersionFlags.Null) != 0 ? NullName : new VersionId(record.Sequence, record.Nonce).ToString();

    public static bool TryParse(string text, out VersionId id)
    {
        id = default;
        if (text.Length != 32) return false;
        if (!ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence)) return false;
        if (!ulong.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var nonce)) return false;
        id = new VersionId(sequence, nonce);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence:x16}{Nonce:x16}");
}
