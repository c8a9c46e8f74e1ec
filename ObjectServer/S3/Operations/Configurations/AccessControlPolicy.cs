using System.Buffers;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The one ACL there is: the bucket's owner has full control of it and of all its objects.</summary>
internal static class AccessControlPolicy
{
    public static void Write(IBufferWriter<byte> output, (string OwnerId, Principal Principal) state)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("AccessControlPolicy"u8);
        Answers.WriteOwner(ref xml, "Owner"u8, state.OwnerId, state.Principal);
        xml.Raw("<AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"u8);
        Answers.WriteOwnerFields(ref xml, state.OwnerId, state.Principal);
        xml.Raw("</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"u8);
        xml.Close("AccessControlPolicy"u8);
        xml.Complete();
    }
}
