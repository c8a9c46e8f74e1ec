namespace ObjectStore.Cosi.Access;

/// <summary>
/// Gives and takes access to buckets. All calls may be repeated and may run at once, also for the same account; the same name
/// always gives the same account. What a call wants is refused by value; faults of the server are thrown as the client has
/// them and become statuses in Rpc/.
/// </summary>
internal interface IAccessProvisioner
{
    /// <summary>The id that the account will have. Touches nothing in the server. The id of an id is that id.</summary>
    Task<Outcome<string>> GenerateIdAsync(AccessRequest request, CancellationToken ct);

    /// <summary>Makes the access, or finds it as it was made before.</summary>
    Task<Outcome<GrantedAccess>> GrantAsync(AccessRequest request, CancellationToken ct);

    /// <summary>Ends the access. One that is unknown has ended.</summary>
    Task<Outcome<Done>> RevokeAsync(RevokeRequest request, CancellationToken ct);
}
