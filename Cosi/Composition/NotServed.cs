using ObjectStore.Cosi.Access;

namespace ObjectStore.Cosi.Composition;

/// <summary>Stands for the half of the driver that this build does not have: every call is UNIMPLEMENTED.</summary>
internal sealed class NotServed : IAccessProvisioner
{
    private static readonly Refusal Refused = new(RefusalReason.Unimplemented, "This build of the driver does not serve this call.");

    public Task<Outcome<string>> GenerateIdAsync(AccessRequest request, CancellationToken ct) => Task.FromResult<Outcome<string>>(Refused);

    public Task<Outcome<GrantedAccess>> GrantAsync(AccessRequest request, CancellationToken ct) => Task.FromResult<Outcome<GrantedAccess>>(Refused);

    public Task<Outcome<Done>> RevokeAsync(RevokeRequest request, CancellationToken ct) => Task.FromResult<Outcome<Done>>(Refused);
}
