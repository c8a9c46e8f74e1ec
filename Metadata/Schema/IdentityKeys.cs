using System.Text;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Schema;

/// <summary>Builds the keys of table i, which docs/formats/metadata-keys.md draws.</summary>
public static class IdentityKeys
{
    public const byte Accounts = (byte)'a';
    public const byte Documents = (byte)'d';
    public const byte Users = (byte)'u';
    public const byte Groups = (byte)'g';
    public const byte Roles = (byte)'r';
    public const byte Policies = (byte)'p';
    public const byte Providers = (byte)'o';

    /// <summary>Digits of an account's id.</summary>
    public const int AccountLength = 12;

    private const byte GenerationKind = (byte)'n';
    private const byte SessionKeyKind = (byte)'k';

    /// <summary>The whole table.</summary>
    public static KeyRange All => KeyEncoding.PrefixRange([KvTables.Identities]);

    /// <summary>How many changes there have been: every change reads and writes it.</summary>
    public static byte[] Generation => [KvTables.Identities, GenerationKind];

    public static byte[] SessionKey => [KvTables.Identities, SessionKeyKind];

    public static byte[] Account(string account) => Of(Accounts, account, "");

    /// <param name="kind">One of the constants above.</param>
    /// <param name="id">An entity's id, a provider's issuer, a document's kind.</param>
    public static byte[] Of(byte kind, string account, string id)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.Identities);
        key.Byte(kind);
        key.Raw(Encoding.ASCII.GetBytes(account));
        key.Raw(Encoding.UTF8.GetBytes(id));
        return key.ToArray();
    }

    /// <summary>The kind of a row, its account and what is behind that; the account is empty for rows of the whole table.</summary>
    public static (byte Kind, string Account, string Id) Parse(ReadOnlySpan<byte> key)
    {
        var reader = new KeyReader(key);
        var kind = reader.Byte();
        if (kind is GenerationKind or SessionKeyKind) return (kind, "", "");
        var account = Encoding.ASCII.GetString(reader.Raw(AccountLength));
        return (kind, account, Encoding.UTF8.GetString(reader.Rest));
    }
}
