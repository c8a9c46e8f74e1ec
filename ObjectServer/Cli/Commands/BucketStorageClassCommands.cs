using System.CommandLine;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin bucket storage-class ...</c>, over the admin API.</summary>
internal static class BucketStorageClassCommands
{
    private static readonly Argument<string> Name = Parts.Argument("BUCKET", "The bucket's name");
    private static readonly Argument<string> StorageClass = Parts.Argument("CLASS", "STANDARD, or a class that the server has");

    public static CommandGroup Build() => new("storage-class", "How objects are stored whose writers name no storage class",
        new AdminCommand("show", "The class", ShowAsync, Name),
        new AdminCommand("set", "Set it, for what is written from now on", SetAsync, Name, StorageClass)
        {
            Examples = ["objectstore admin bucket storage-class set scratch REDUCED_REDUNDANCY"],
        });

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.GetAsync(PathOf(context), AdminJson.Default.BucketStorageClassDocument, ct));

    private static async Task SetAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.SendAsync(
            HttpMethod.Put, PathOf(context), new BucketStorageClassDocument { StorageClass = context.Get(StorageClass) },
            AdminJson.Default.BucketStorageClassDocument, AdminJson.Default.BucketStorageClassDocument, ct));

    private static string PathOf(CommandContext context) => $"buckets/{Uri.EscapeDataString(context.Get(Name))}/storage-class";

    private static void Show(CommandContext context, BucketStorageClassDocument document) =>
        context.Printer.Show(document, AdminJson.Default.BucketStorageClassDocument, new Column<BucketStorageClassDocument>("Storage class", known => known.StorageClass));
}
