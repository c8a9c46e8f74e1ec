namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>Who is given what, as the client names it; one of the first three is not null.</summary>
internal sealed record AclEntry(string? Id, string? Uri, string? Email, string Permission);

/// <summary>The body of PutBucketAcl and PutObjectAcl.</summary>
internal sealed record AclDocument(string OwnerId, IReadOnlyList<AclEntry> Grants)
{
    /// <summary>A hundred grants are 30 KiB.</summary>
    public const int MaxBodyBytes = 256 * 1024;

    /// <summary>Null if it is malformed; on the wire that is MalformedACLError.</summary>
    public static AclDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "AccessControlPolicy", xml =>
    {
        string? owner = null;
        var grants = new List<AclEntry>();
        var hasList = false;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Owner" when owner is null:
                    owner = Owner(xml);
                    break;
                case "AccessControlList" when !hasList:
                    hasList = true;
                    xml.Children(grant => grants.Add(grant == "Grant" ? Grant(xml) : throw XmlBody.Malformed()));
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return owner is not null && hasList ? new AclDocument(owner, grants) : throw XmlBody.Malformed();
    });

    private static string Owner(XmlBody xml)
    {
        string? id = null;
        xml.Children(name =>
        {
            if (name == "ID") id = xml.Text().Trim();
            else if (name == "DisplayName") xml.Skip();
            else throw XmlBody.Malformed();
        });
        return string.IsNullOrEmpty(id) ? throw XmlBody.Malformed() : id;
    }

    internal static AclEntry Grant(XmlBody xml)
    {
        (string? Id, string? Uri, string? Email)? grantee = null;
        string? permission = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Grantee" when grantee is null:
                    grantee = Grantee(xml);
                    break;
                case "Permission" when permission is null:
                    permission = xml.Text().Trim();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return grantee is var (id, uri, email) && permission is not null ? new AclEntry(id, uri, email, permission) : throw XmlBody.Malformed();
    }

    // The type of a grantee, an attribute, says the same as which of the three elements there is.
    private static (string? Id, string? Uri, string? Email) Grantee(XmlBody xml)
    {
        string? id = null, uri = null, email = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "ID":
                    id = xml.Text().Trim();
                    break;
                case "URI":
                    uri = xml.Text().Trim();
                    break;
                case "EmailAddress":
                    email = xml.Text().Trim();
                    break;
                case "DisplayName":
                    xml.Skip();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        var count = (id is null ? 0 : 1) + (uri is null ? 0 : 1) + (email is null ? 0 : 1);
        return count == 1 ? (id, uri, email) : throw XmlBody.Malformed();
    }
}
