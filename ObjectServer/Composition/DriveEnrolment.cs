using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Background;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Composition;

/// <summary>Compares what the server was started with and what it found with what the store remembers of itself.</summary>
internal static class DriveEnrolment
{
    /// <returns>Every drive of the store.</returns>
    /// <exception cref="StartException">The store was made with another parity.</exception>
    public static async Task<IReadOnlyList<RegisteredDrive>> RunAsync(
        EmbeddedKeyValueStore metadata, IReadOnlyList<StoreDrive> drives, ServerOptions options, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var registry = new DriveRegistry(metadata, time);
        try
        {
            if (await registry.ReadParityAsync(ct) is { } parity && parity != options.Parity)
                throw new StartException(OtherParity(parity, options, await registry.ReadDrivesAsync(ct)));
            var registered = await registry.EnrolAsync(options.Parity, [.. drives.Select(drive => new PresentDrive(drive.Id, drive.Directory))], ct);
            foreach (var absent in registered.Where(known => drives.All(drive => drive.Id != known.Id)))
                StoreLog.DriveAbsent(logger, absent.Id, absent.Path);
            return registered;
        }
        catch (KvException e)
        {
            throw new StartException($"The drives cannot be registered in the metadata: {e.Message}", e);
        }
    }

    private static string OtherParity(int parity, ServerOptions options, IReadOnlyList<RegisteredDrive> registered) =>
        $"The store was made with {registered.Count} drives and parity {parity}; this start names {options.Drives.Count} drives and has parity {options.Parity}. " +
        $"Start it with --parity {parity} and all its drives:\n" + string.Join('\n', registered.Select(drive => $"  {drive.Path} (drive {drive.Id})"));
}
