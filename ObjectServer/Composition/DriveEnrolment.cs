using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Background;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Composition;

/// <summary>Compares what the server was started with and what it found with what the store remembers of itself.</summary>
internal static class DriveEnrolment
{
    /// <returns>Every drive of the store.</returns>
    /// <exception cref="StartException">The store was made with another parity.</exception>
    public static async Task<IReadOnlyList<RegisteredDrive>> RunAsync(
        IKeyValueStore metadata, IReadOnlyList<PresentDrive> present, int parity, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var registry = new DriveRegistry(metadata, time);
        try
        {
            if (await registry.ReadParityAsync(ct) is { } made && made != parity)
                throw new StartException(OtherParity(made, parity, await registry.ReadDrivesAsync(ct)));
            var registered = await registry.EnrolAsync(parity, present, ct);
            foreach (var absent in registered.Where(known => present.All(drive => drive.Id != known.Id)))
                StoreLog.DriveAbsent(logger, absent.Id, absent.Path);
            return registered;
        }
        catch (KvException e)
        {
            throw new StartException($"The drives cannot be registered in the metadata: {e.Message}", e);
        }
    }

    private static string OtherParity(int made, int given, IReadOnlyList<RegisteredDrive> registered) =>
        $"The store was made with parity {made}, and is started with parity {given} (as chosen, or as it follows from the number of drives). " +
        $"Start it with --parity {made} and all its {registered.Count} drives:\n" + string.Join('\n', registered.Select(drive => $"  {drive.Path} (drive {drive.Id})"));
}
