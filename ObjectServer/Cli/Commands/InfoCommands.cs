using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin info ...</c>, over the admin API.</summary>
internal static class InfoCommands
{
    public static AdminCommand Build()
    {
        var info = new AdminCommand("info", "How the server is", InfoAsync) { Examples = ["objectstore admin info", "objectstore admin info drives --json"] };
        info.Add(new AdminCommand("drives", "Its drives", DrivesAsync));
        info.Add(new AdminCommand("health", "Whether it serves; ends with 1 if not", HealthAsync));
        return info;
    }

    private static async Task InfoAsync(CommandContext context, CancellationToken ct) => context.Printer.Show(
        await context.Admin.GetAsync("info", AdminJson.Default.ServerDocument, ct), AdminJson.Default.ServerDocument,
        new("Version", info => info.Version),
        new("Up", info => $"{Texts.Duration(info.UptimeSeconds)}, since {Texts.Time(info.StartedAt)}"),
        new("Region", info => info.Region),
        new("Health", info => info.Health.Reason),
        new("Store", info => info.Store.Id),
        new("Scheme", info => $"{info.Store.Scheme.DataShards}+{info.Store.Scheme.ParityShards}"),
        new("Drives", info => Summary(info.Store.Drives)),
        new("Metadata", info => info.Store.Metadata is { } metadata ? $"{metadata.State}, {metadata.Mirrors} of {metadata.WantedMirrors} mirrors, epoch {metadata.Epoch}" : null),
        new("Redundancy", info => info.Store.Redundancy is { } counts
            ? counts.IsHealed ? "complete" : $"{Many(counts.LostShards, counts)} shards and {Many(counts.LostDrives, counts)} drives lack"
            : "not counted yet"),
        new("Garbage", info => info.Store.Redundancy is { } counts ? $"{Many(counts.GarbageContents, counts)} contents to be freed" : null),
        new("Healed", info => info.Store.Background is { } work ? $"{Texts.Count(work.HealedShards)} shards, last pass {Texts.Time(work.HealingLastPass) ?? "never"}" : null),
        new("Freed", info => info.Store.Background is { } work ? $"{Texts.Count(work.FreedContents)} contents, last pass {Texts.Time(work.GarbageLastPass) ?? "never"}" : null),
        new("Orphans", info => info.Store.Background is { } work
            ? $"{Texts.Count(work.FreedOrphans)} freed ({Texts.Bytes(work.FreedOrphanBytes)}), {Texts.Count(work.UnexplainedShards)} unexplained, last pass {Texts.Time(work.OrphansLastPass) ?? "never"}"
            : null));

    private static async Task DrivesAsync(CommandContext context, CancellationToken ct) => context.Printer.List(
        "drives", (await context.Admin.GetAsync("info", AdminJson.Default.ServerDocument, ct)).Store.Drives, AdminJson.Default.DriveDocument,
        new("Path", drive => drive.Path), new("State", drive => drive.State),
        new("Size", drive => drive.TotalBytes is { } bytes ? Texts.Bytes(bytes) : null, IsNumber: true),
        new("Free", drive => drive.AvailableBytes is { } bytes ? Texts.Bytes(bytes) : null, IsNumber: true),
        new("Metadata", drive => drive.IsMirror ? "mirror" : null), new("ID", drive => drive.Id), new("Reason", drive => drive.Reason));

    private static async Task HealthAsync(CommandContext context, CancellationToken ct)
    {
        var health = await context.Admin.GetAsync("health", AdminJson.Default.HealthDocument, ct);
        context.Printer.Show(health, AdminJson.Default.HealthDocument, new("Ready", told => Texts.YesNo(told.Ready)), new("Reason", told => told.Reason));
        if (!health.Ready) throw new CliException(ExitCode.Failed, "NotReady", "The server is not ready.");
    }

    private static string Summary(IReadOnlyList<DriveDocument> drives)
    {
        var online = drives.Count(drive => drive.State == "online");
        var free = drives.Sum(drive => drive.AvailableBytes ?? 0);
        return $"{online} of {drives.Count} online, {Texts.Bytes(free)} free";
    }

    private static string Many(int count, RedundancyDocument counts) => count >= counts.CountedUpTo ? $"at least {Texts.Count(count)}" : Texts.Count(count);
}
