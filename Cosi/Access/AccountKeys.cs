using ObjectStore.Client;
using ObjectStore.Client.Admin;

namespace ObjectStore.Cosi.Access;

/// <summary>The keys of accounts: one label each, whose generations are rotations. The server makes a generation's key once and tells it whenever it is asked.</summary>
internal sealed class AccountKeys(AdminClient admin)
{
    /// <summary>Source: the server, grace times of keys.</summary>
    public static readonly TimeSpan LongestGrace = TimeSpan.FromDays(30);

    /// <summary>The account that drivers work in: only its users and root may call the admin API.</summary>
    private const string OperatorAccountId = "000000000000";

    /// <summary>The key of the newest generation, or of the one that is asked for if that is newer.</summary>
    /// <remarks>A key that has ended is followed by another: the access that it is for goes on.</remarks>
    public async Task<(UserKeyDocument Key, bool IsNew)> CurrentAsync(string user, int generation, TimeSpan? lifetime, TimeSpan grace, CancellationToken ct)
    {
        while (true)
        {
            var known = await GenerationsAsync(user, ct);
            var newest = known.Count == 0 ? 0 : known.Max(key => key.Generation!.Value);
            var wanted = Math.Max(newest, generation);
            try
            {
                return (await EnsureAsync(user, wanted, lifetime, grace, ct), wanted != newest);
            }
            catch (ClientException stale) when (stale.Code == "StaleGeneration")
            {
                // It has ended, or another call was ahead. The list tells keys that have ended for a week only; behind that, count up.
                generation = wanted + 1;
            }
        }
    }

    /// <summary>Makes the key after that generation, and ends those before after the grace time. If another call has made it already, that one.</summary>
    public async Task<UserKeyDocument> NextAsync(string user, int newest, TimeSpan? lifetime, TimeSpan grace, CancellationToken ct)
    {
        for (var generation = newest + 1; ; generation++)
        {
            try
            {
                return await EnsureAsync(user, generation, lifetime, grace, ct);
            }
            catch (ClientException stale) when (stale.Code == "StaleGeneration")
            {
                // There were others that no list tells any more, as they were deleted or ended long ago.
            }
        }
    }

    /// <summary>Of the driver's label, newest first, also those that have ended a short while ago.</summary>
    public async Task<IReadOnlyList<UserKeyDocument>> GenerationsAsync(string user, CancellationToken ct) =>
    [
        .. (await admin.GetAsync(Path(user), AdminJson.Default.UserKeyListDocument, ct)).Keys
            .Where(key => key.Label == AccessNaming.KeyLabel && key.Generation is not null).OrderByDescending(key => key.Generation),
    ];

    /// <summary>The key of that generation with its secret, made if it never was.</summary>
    /// <exception cref="ClientException">StaleGeneration: there is a newer one, or it has ended.</exception>
    public Task<UserKeyDocument> EnsureAsync(string user, int generation, TimeSpan? lifetime, TimeSpan grace, CancellationToken ct)
    {
        var wish = new EnsuredKeyDocument
        {
            Generation = generation,
            LifetimeSeconds = lifetime is { } length ? (int)length.TotalSeconds : null,
            GraceSeconds = (int)grace.TotalSeconds,
        };
        return admin.SendAsync(HttpMethod.Put, $"{Path(user)}/{AccessNaming.KeyLabel}", wish, AdminJson.Default.EnsuredKeyDocument, AdminJson.Default.UserKeyDocument, ct);
    }

    private static string Path(string user) => $"accounts/{OperatorAccountId}/users/{Uri.EscapeDataString(user)}/keys";
}
