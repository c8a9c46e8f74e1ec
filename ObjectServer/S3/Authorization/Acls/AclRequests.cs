using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>ACLs as requests name them: a canned one, grants in headers, or a document. What is wrong with them is an <see cref="S3Exception"/>.</summary>
internal static class AclRequests
{
    private const string CannedHeader = "x-amz-acl";
    private const string GrantPrefix = "x-amz-grant-";

    private const string AllUsersUri = "http://acs.amazonaws.com/groups/global/AllUsers";
    private const string AuthenticatedUsersUri = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
    private const string LogDeliveryUri = "http://acs.amazonaws.com/groups/s3/LogDelivery";

    private static readonly (string Header, AclPermission Permission)[] GrantHeaders =
    [
        (GrantPrefix + "read", AclPermission.Read),
        (GrantPrefix + "write", AclPermission.Write),
        (GrantPrefix + "read-acp", AclPermission.ReadAcp),
        (GrantPrefix + "write-acp", AclPermission.WriteAcp),
        (GrantPrefix + "full-control", AclPermission.FullControl),
    ];

    /// <summary>Whether headers name an ACL, well or badly.</summary>
    public static bool IsIn(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (name.Equals(CannedHeader, StringComparison.OrdinalIgnoreCase) || name.StartsWith(GrantPrefix, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    /// <summary>Null if the headers name none.</summary>
    /// <param name="bucketOwnerId">Of an object's ACL; null for that of a bucket.</param>
    public static AccessControlList? OfHeaders(IHeaderDictionary headers, string ownerId, string? bucketOwnerId, IIdentities identities)
    {
        if (!IsIn(headers)) return null;
        var canned = headers[CannedHeader].ToString();
        var grants = OfGrantHeaders(headers, identities);
        if (!headers.ContainsKey(CannedHeader)) return grants;
        if (grants is not null) throw new S3Exception(S3ErrorCode.InvalidRequest, "Specifying both Canned ACLs and Header Grants is not allowed");
        if (canned == CannedAcls.NotAvailable) throw new S3Exception(new S3Error(S3ErrorCode.NotImplemented, null, ("Header", CannedHeader)));
        return (bucketOwnerId is null ? CannedAcls.OfBucket(canned, ownerId) : CannedAcls.OfObject(canned, ownerId, bucketOwnerId))
            ?? throw Bad(CannedHeader, canned, null);
    }

    public static AccessControlList OfDocument(AclDocument document, IIdentities identities)
    {
        var grants = new List<Grant>(document.Grants.Count);
        foreach (var entry in document.Grants)
        {
            if (PermissionOf(entry.Permission) is not { } permission) throw new S3Exception(S3ErrorCode.MalformedACLError);
            grants.Add(GrantOf(entry, permission, identities));
        }
        return Bounded(grants);
    }

    public static string NameOf(AclPermission permission) => permission switch
    {
        AclPermission.Read => "READ",
        AclPermission.Write => "WRITE",
        AclPermission.ReadAcp => "READ_ACP",
        AclPermission.WriteAcp => "WRITE_ACP",
        _ => "FULL_CONTROL",
    };

    public static string UriOf(GranteeKind group) => group switch
    {
        GranteeKind.AllUsers => AllUsersUri,
        GranteeKind.AuthenticatedUsers => AuthenticatedUsersUri,
        _ => LogDeliveryUri,
    };

    private static AccessControlList? OfGrantHeaders(IHeaderDictionary headers, IIdentities identities)
    {
        foreach (var (name, values) in headers)
        {
            var isGrant = name.StartsWith(GrantPrefix, StringComparison.OrdinalIgnoreCase);
            if (isGrant && !Array.Exists(GrantHeaders, known => known.Header.Equals(name, StringComparison.OrdinalIgnoreCase))) throw Bad(name, values.ToString(), null);
        }
        List<Grant>? grants = null;
        foreach (var (header, permission) in GrantHeaders)
        {
            if (!headers.TryGetValue(header, out var values)) continue;
            foreach (var item in values.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                (grants ??= []).Add(GrantOf(EntryOf(header, item), permission, identities));
            }
        }
        return grants is null ? null : Bounded(grants);
    }

    // type=value, the value with or without quotes.
    private static AclEntry EntryOf(string header, string item)
    {
        var equals = item.IndexOf('=');
        if (equals < 0) throw Bad(header, item, "Argument format not recognized");
        var value = item[(equals + 1)..].Trim();
        if (value.Length >= 2 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
        return item[..equals].Trim().ToLowerInvariant() switch
        {
            "id" => new AclEntry(value, null, null, ""),
            "uri" => new AclEntry(null, value, null, ""),
            "emailaddress" => new AclEntry(null, null, value, ""),
            _ => throw Bad(header, item, "Argument format not recognized"),
        };
    }

    private static Grant GrantOf(AclEntry entry, AclPermission permission, IIdentities identities)
    {
        if (entry.Uri is { } uri)
        {
            return uri switch
            {
                AllUsersUri => Grant.ToGroup(GranteeKind.AllUsers, permission),
                AuthenticatedUsersUri => Grant.ToGroup(GranteeKind.AuthenticatedUsers, permission),
                LogDeliveryUri => Grant.ToGroup(GranteeKind.LogDelivery, permission),
                _ => throw Bad("uri", uri, "Invalid group uri"),
            };
        }
        if (entry.Email is { } email)
        {
            var account = identities.FindAccountByEmail(email) ?? throw new S3Exception(S3ErrorCode.UnresolvableGrantByEmailAddress);
            return Grant.ToAccount(account.CanonicalId, permission);
        }
        return identities.FindAccountByCanonicalId(entry.Id!) is { } known ? Grant.ToAccount(known.CanonicalId, permission) : throw Bad("id", entry.Id, "Invalid id");
    }

    private static AclPermission? PermissionOf(string name) => name switch
    {
        "READ" => AclPermission.Read,
        "WRITE" => AclPermission.Write,
        "READ_ACP" => AclPermission.ReadAcp,
        "WRITE_ACP" => AclPermission.WriteAcp,
        "FULL_CONTROL" => AclPermission.FullControl,
        _ => null,
    };

    private static AccessControlList Bounded(List<Grant> grants) => grants.Count <= AccessControlList.MaxGrants
        ? new AccessControlList(grants)
        : throw new S3Exception(S3ErrorCode.MalformedACLError, $"The ACL has more than {AccessControlList.MaxGrants} grants.");

    private static S3Exception Bad(string name, string? value, string? message) =>
        new(new S3Error(S3ErrorCode.InvalidArgument, message, ("ArgumentName", name), ("ArgumentValue", value)));
}
