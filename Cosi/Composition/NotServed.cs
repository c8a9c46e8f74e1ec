using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;

namespace ObjectStore.Cosi.Composition;

/// <summary>Stands for a half of the driver that this build does not have: every call is UNIMPLEMENTED.</summary>
internal sealed class NotServed : IBucketProvisioner, IAccessProvisioner
{
    private static readonly Refusal Refused = new(RefusalReason.Unimplemented, "This build of the driver does not serve this call.");

    public Outcome<string> GenerateId(BucketRequest request) => Refused;

    public Task<Outcome<ProvisionedBucket>> CreateAsync(BucketRequest request, CancellationToken ct) => Task.FromResult<Outcome<ProvisionedBucket>>(Refused);

    public Task<Outcome<ProvisionedBucket>> GetAsync(BucketRequest request, CancellationToken ct) => Task.FromResult<Outcome<ProvisionedBucket>>(Refused);

    public Task<Outcome<Done>> DeleteAsync(BucketRequest request, CancellationToken ct) => Task.FromResult<Outcome<Done>>(Refused);

    public Task<Outcome<string>> GenerateIdAsync(AccessRequest request, CancellationToken ct) => Task.FromResult<Outcome<string>>(Refused);

    public Task<Outcome<GrantedAccess>> GrantAsync(AccessRequest request, CancellationToken ct) => Task.FromResult<Outcome<GrantedAccess>>(Refused);

    public Task<Outcome<Done>> RevokeAsync(RevokeRequest request, CancellationToken ct) => Task.FromResult<Outcome<Done>>(Refused);
}
