using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Whether the bucket is public: by its policy, or by an ACL that is in force.</summary>
[Handles(S3OperationName.GetBucketPolicyStatus)]
internal sealed class GetBucketPolicyStatus(IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        await context.SendXmlAsync(StatusCodes.Status200OK, bucket.Policy is { IsPublic: true } || HasPublicAcl(bucket), Write, ct);
    }

    private bool HasPublicAcl(BucketAccess bucket) =>
        bucket.HasAcls && bucket.Acl.IsPublic && !bucket.BlockedIn(identities).HasFlag(PublicAccessBlock.IgnorePublicAcls);

    private static void Write(IBufferWriter<byte> output, bool isPublic)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("PolicyStatus"u8);
        xml.Element("IsPublic"u8, isPublic ? "true" : "false");
        xml.Close("PolicyStatus"u8);
        xml.Complete();
    }
}
