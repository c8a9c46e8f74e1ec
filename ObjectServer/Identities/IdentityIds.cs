using System.Security.Cryptography;

namespace ObjectStore.Server.Identities;

/// <summary>Makes ids and secrets of the forms that AWS documents ("IAM identifiers").</summary>
internal sealed class IdentityIds(RandomNumberGenerator random)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int SecretBytes = 30;
    private const int CanonicalIdBytes = 32;

    public string User() => Make("AIDA", 17);

    public string Group() => Make("AGPA", 17);

    public string Role() => Make("AROA", 17);

    public string Policy() => Make("ANPA", 17);

    /// <summary>A long-lived access key.</summary>
    public string Key() => Make("AKIA", 16);

    /// <summary>An access key that goes with a session token.</summary>
    public string SessionKey() => Make(SessionKeyPrefix, 16);

    public const string SessionKeyPrefix = "ASIA";

    /// <summary>40 characters of 240 random bits.</summary>
    public string Secret() => Convert.ToBase64String(Random(SecretBytes));

    public string CanonicalId() => Convert.ToHexStringLower(Random(CanonicalIdBytes));

    public string AccountId()
    {
        // 48 random bits onto 10^12 are even to one part in 281.
        var number = Random(6).Aggregate(0L, (sum, next) => (sum << 8) | next) % 1_000_000_000_000;
        return number.ToString("D12", System.Globalization.CultureInfo.InvariantCulture);
    }

    public byte[] Random(int lengthBytes)
    {
        var bytes = new byte[lengthBytes];
        random.GetBytes(bytes);
        return bytes;
    }

    private string Make(string prefix, int length) => prefix + string.Create(length, Random(length), static (text, bytes) =>
    {
        for (var i = 0; i < text.Length; i++) text[i] = Alphabet[bytes[i] & 31];
    });
}
