using System.Buffers;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>An ACL as XML, with the names of accounts as they are now.</summary>
internal sealed record AclAnswer(string OwnerId, AccessControlList Acl, IIdentities Identities)
{
    public static void Write(IBufferWriter<byte> output, AclAnswer answer)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("AccessControlPolicy"u8);
        xml.Open("Owner"u8);
        answer.WriteAccount(ref xml, answer.OwnerId);
        xml.Close("Owner"u8);
        xml.Open("AccessControlList"u8);
        // S3 does not say in which order; ceph/s3-tests compares with groups in front.
        foreach (var grant in answer.Acl.Grants.OrderBy(grant => grant.Grantee == GranteeKind.Account)) answer.WriteGrant(ref xml, grant);
        xml.Close("AccessControlList"u8);
        xml.Close("AccessControlPolicy"u8);
        xml.Complete();
    }

    private void WriteGrant(ref XmlBuilder xml, Grant grant)
    {
        var isAccount = grant.Grantee == GranteeKind.Account;
        xml.Raw("<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\""u8);
        xml.Raw(isAccount ? "CanonicalUser\">"u8 : "Group\">"u8);
        if (isAccount) WriteAccount(ref xml, grant.CanonicalId!);
        else xml.Element("URI"u8, AclRequests.UriOf(grant.Grantee));
        xml.Raw("</Grantee>"u8);
        xml.Element("Permission"u8, AclRequests.NameOf(grant.Permission));
        xml.Close("Grant"u8);
    }

    private void WriteAccount(ref XmlBuilder xml, string canonicalId)
    {
        xml.Element("ID"u8, canonicalId);
        xml.Optional("DisplayName"u8, Identities.FindAccountByCanonicalId(canonicalId)?.Name);
    }
}
