using ObjectStore.Server.Configuration;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>
/// Decides by the policies of the principal and of its session, the bucket's policy, ACLs where they are in force, and the
/// public access blocks of bucket and account. Holds no state of a request.
/// </summary>
internal sealed class Authorizer(BucketService buckets, ObjectReader objects, UploadLister uploads, IIdentities identities, string region, S3Dialect? dialect = null) : IAuthorizer
{
    public BucketAccessCache Buckets { get; } = new(buckets, identities);

    public ObjectReader Objects => objects;

    public UploadLister Uploads => uploads;

    public IIdentities Identities => identities;

    public string Region => region;

    public S3Dialect Dialect { get; } = dialect ?? S3Dialect.Aws;

    public IRequestAccess Open(AccessRequest request) => new RequestAccess(this, request);
}
