using System.CommandLine;
using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin replication ...</c>: how it stands, and existing objects, over the admin API.</summary>
internal static class ReplicationCommands
{
    private static readonly Argument<string> Name = Parts.Argument("BUCKET", "The bucket that is replicated");
    private static readonly Option<string> Prefix = Parts.Option("--prefix", "TEXT", "Only keys that begin so");
    private static readonly Option<bool> FailedOnly = Parts.Switch("--failed-only", "Only versions whose replication has failed");
    private static readonly Option<bool> Again = Parts.Switch("--again", "Also what the destinations have already");

    public static CommandGroup Build() => new("replication", "Replication of buckets; its rules are set over S3 (PutBucketReplication)",
        new AdminCommand("status", "What waits for each destination, and the last walk through existing versions", StatusAsync, Name),
        new AdminCommand("sync", "Replicate what was there before the rules, or has failed", SyncAsync, Name, Prefix, FailedOnly, Again)
        {
            Examples = ["objectstore admin replication sync photos", "objectstore admin replication sync photos --failed-only"],
        },
        new AdminCommand("cancel", "End the walk through existing versions; what it has queued stays", CancelAsync, Name));

    private static async Task StatusAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.GetAsync(PathOf(context), AdminJson.Default.BucketReplicationDocument, ct));

    private static async Task SyncAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new NewReplicationSyncDocument { Prefix = context.Get(Prefix), FailedOnly = context.Get(FailedOnly), Again = context.Get(Again) };
        Show(context, await context.Admin.SendAsync(
            HttpMethod.Post, PathOf(context) + "/sync", wish, AdminJson.Default.NewReplicationSyncDocument, AdminJson.Default.BucketReplicationDocument, ct));
    }

    private static async Task CancelAsync(CommandContext context, CancellationToken ct)
    {
        await context.Admin.DeleteAsync(PathOf(context) + "/sync", ct);
        context.Printer.Done($"walk through {context.Get(Name)} cancelled");
    }

    private static string PathOf(CommandContext context) => $"buckets/{Uri.EscapeDataString(context.Get(Name))}/replication";

    private static void Show(CommandContext context, BucketReplicationDocument status)
    {
        if (context.Printer.IsJson)
        {
            context.Printer.Show(status, AdminJson.Default.BucketReplicationDocument);
            return;
        }
        context.Printer.List(
            "destinations", status.Destinations, AdminJson.Default.ReplicationDestinationDocument,
            new("Destination", known => known.Destination), new("Pending", known => Texts.Count(known.Pending), IsNumber: true),
            new("Bytes", known => Texts.Bytes(known.PendingBytes), IsNumber: true),
            new("Lag", known => known.LagSeconds.ToString("0", CultureInfo.InvariantCulture) + " s", IsNumber: true),
            new("Done", known => Texts.Count(known.Done), IsNumber: true), new("Sent", known => Texts.Bytes(known.SentBytes), IsNumber: true),
            new("Failed", known => Texts.Count(known.Failed), IsNumber: true), new("Last trouble", known => known.LastError ?? known.LastRefusal));
        if (status.Sync is { } sync)
            context.Printer.Note($"Existing versions: {sync.State}, {sync.Looked} looked at, {sync.Queued} queued, begun {Texts.Time(sync.BegunAt)}.");
    }
}
