using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>What a grant allows. Values are stored.</summary>
internal enum AclPermission : byte
{
    Read = 1,
    Write = 2,
    ReadAcp = 3,
    WriteAcp = 4,
    FullControl = 5,
}

/// <summary>To whom a grant is given. Values are stored.</summary>
internal enum GranteeKind : byte
{
    /// <summary>The account with a canonical id.</summary>
    Account = 1,

    /// <summary>Everybody, the anonymous included.</summary>
    AllUsers = 2,

    /// <summary>Whoever has signed the request, of any account.</summary>
    AuthenticatedUsers = 3,

    /// <summary>The service that delivers access logs.</summary>
    LogDelivery = 4,
}

/// <param name="CanonicalId">Of an account; null for groups.</param>
internal readonly record struct Grant(GranteeKind Grantee, string? CanonicalId, AclPermission Permission)
{
    public static Grant ToAccount(string canonicalId, AclPermission permission) => new(GranteeKind.Account, canonicalId, permission);

    public static Grant ToGroup(GranteeKind group, AclPermission permission) => new(group, null, permission);

    /// <summary>Whether strangers have it: S3 calls grants to all users and to all authenticated users public.</summary>
    public bool IsPublic => Grantee is GranteeKind.AllUsers or GranteeKind.AuthenticatedUsers;

    public bool Gives(AclPermission permission) => Permission == permission || Permission == AclPermission.FullControl;
}

/// <summary>
/// The grants of a bucket or object, in the order they were given. Immutable. Who owns it is not part of it.
/// Kept as bytes (docs/formats/metadata-keys.md): 01, then for each grant its permission, its grantee and, for an
/// account, the length of the canonical id and the id in ASCII. No bytes at all mean the owner's full control and nothing else.
/// </summary>
internal sealed class AccessControlList(IReadOnlyList<Grant> grants)
{
    /// <summary>Source: S3 User Guide, "Access control list (ACL) overview".</summary>
    public const int MaxGrants = 100;

    private const byte Format = 1;

    public IReadOnlyList<Grant> Grants { get; } = grants;

    public bool IsPublic
    {
        get
        {
            foreach (var grant in Grants)
            {
                if (grant.IsPublic) return true;
            }
            return false;
        }
    }

    /// <summary>What everything has at first: its owner has full control, nobody else anything.</summary>
    public static AccessControlList OwnerOnly(string ownerId) => new([Grant.ToAccount(ownerId, AclPermission.FullControl)]);

    public bool IsOwnerOnly(string ownerId) => Grants is [{ Grantee: GranteeKind.Account, Permission: AclPermission.FullControl } only] && only.CanonicalId == ownerId;

    /// <param name="bytes">What <see cref="ToBytes"/> gave, or none.</param>
    /// <exception cref="InvalidDataException">The bytes are of no known form.</exception>
    public static AccessControlList Read(ReadOnlySpan<byte> bytes, string ownerId)
    {
        if (bytes.IsEmpty) return OwnerOnly(ownerId);
        return TryRead(bytes, out var list) ? list : throw new InvalidDataException("The stored ACL is not one.");
    }

    public byte[] ToBytes()
    {
        var output = new MemoryStream();
        output.WriteByte(Format);
        foreach (var grant in Grants)
        {
            output.WriteByte((byte)grant.Permission);
            output.WriteByte((byte)grant.Grantee);
            if (grant.Grantee != GranteeKind.Account) continue;
            var id = Encoding.ASCII.GetBytes(grant.CanonicalId!);
            output.WriteByte(checked((byte)id.Length));
            output.Write(id);
        }
        return output.ToArray();
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out AccessControlList? list)
    {
        list = null;
        if (bytes[0] != Format) return false;
        bytes = bytes[1..];
        var grants = new List<Grant>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 2) return false;
            var (permission, grantee) = ((AclPermission)bytes[0], (GranteeKind)bytes[1]);
            if (!Enum.IsDefined(permission) || !Enum.IsDefined(grantee)) return false;
            bytes = bytes[2..];
            string? id = null;
            if (grantee == GranteeKind.Account)
            {
                if (bytes.IsEmpty || bytes.Length <= bytes[0]) return false;
                id = Encoding.ASCII.GetString(bytes[1..(1 + bytes[0])]);
                bytes = bytes[(1 + id.Length)..];
            }
            grants.Add(new Grant(grantee, id, permission));
        }
        list = new AccessControlList(grants);
        return true;
    }
}
