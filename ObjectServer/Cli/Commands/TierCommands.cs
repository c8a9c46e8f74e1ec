using System.CommandLine;
using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin tier ...</c>: storage classes whose objects lie in other S3 endpoints, over the admin API.</summary>
internal static class TierCommands
{
    private static readonly Argument<string> StorageClass = Parts.Argument("CLASS", "The storage class, as rules of lifecycle name it");
    private static readonly Option<string> Remote = new("--remote") { Description = "The remote that it lies in", HelpName = "NAME", Required = true };
    private static readonly Option<string> Bucket = new("--bucket") { Description = "The bucket there; ${bucket} in it stands for the name of the objects' bucket", HelpName = "BUCKET", Required = true };
    private static readonly Option<string> Prefix = Parts.Option("--prefix", "TEXT", "Beginning of keys there");
    private static readonly Option<bool> ReadThrough = Parts.Switch("--read-through", "GET reads from there, without a restore");
    private static readonly Option<int?> KeepDays = new("--keep-days") { Description = "With --read-through: what was read is restored for so long", HelpName = "NUMBER" };
    private static readonly Option<string> TargetClass = Parts.Option("--target-class", "CLASS", "Storage class of objects there");
    private static readonly Option<bool> PlainNames = Parts.Switch("--plain-names", "Keys there are those of here, where they can be");

    public static CommandGroup Build() => new("tier", "Storage classes whose objects lie in other S3 endpoints",
        new AdminCommand("add", "Set one up, or change how it behaves", AddAsync, StorageClass, Remote, Bucket, Prefix, ReadThrough, KeepDays, TargetClass, PlainNames)
        {
            Examples = ["objectstore admin tier add COLD --remote cold --bucket tier --prefix store1/"],
        },
        new AdminCommand("list", "All of them", ListAsync),
        new AdminCommand("show", "One of them", ShowAsync, StorageClass),
        new AdminCommand("remove", "Remove one that no object and no rule needs any more", RemoveAsync, StorageClass));

    private static async Task AddAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new NewTierDocument
        {
            Remote = context.Get(Remote)!,
            Bucket = context.Get(Bucket)!,
            Prefix = context.Get(Prefix),
            ReadThrough = context.Get(ReadThrough),
            KeepDays = context.Get(KeepDays),
            TargetClass = context.Get(TargetClass),
            PlainNames = context.Get(PlainNames),
        };
        Show(context, await context.Admin.SendAsync(HttpMethod.Put, PathOf(context), wish, AdminJson.Default.NewTierDocument, AdminJson.Default.TierDocument, ct));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var list = await context.Admin.GetAsync("tiers", AdminJson.Default.TierListDocument, ct);
        context.Printer.List(
            "tiers", [.. list.Tiers], AdminJson.Default.TierDocument,
            new("Class", tier => tier.StorageClass), new("Remote", tier => tier.Remote), new("Bucket", tier => tier.Bucket), new("Prefix", tier => tier.Prefix),
            new("Objects", tier => Texts.Count(tier.Objects), IsNumber: true), new("Waiting", tier => Texts.Count(tier.WaitingMoves + tier.WaitingRestores + tier.WaitingDeletions), IsNumber: true),
            new("Error", tier => tier.LastError));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.GetAsync(PathOf(context), AdminJson.Default.TierDocument, ct));

    private static async Task RemoveAsync(CommandContext context, CancellationToken ct)
    {
        await context.Admin.DeleteAsync(PathOf(context), ct);
        context.Printer.Done($"tier {context.Get(StorageClass)} removed");
    }

    private static string PathOf(CommandContext context) => $"tiers/{Uri.EscapeDataString(context.Get(StorageClass))}";

    private static void Show(CommandContext context, TierDocument tier) => context.Printer.Show(
        tier, AdminJson.Default.TierDocument,
        new("Class", known => known.StorageClass), new("Remote", known => known.Remote), new("Bucket", known => known.Bucket), new("Prefix", known => known.Prefix),
        new("GET", known => known.ReadThrough ? "reads through" : "needs a restore"), new("Kept", known => known.KeepDays > 0 ? known.KeepDays.ToString(CultureInfo.InvariantCulture) + " days" : null),
        new("Class there", known => known.TargetClass), new("Objects", known => Texts.Count(known.Objects)), new("To be moved", known => Texts.Count(known.WaitingMoves)),
        new("To be restored", known => Texts.Count(known.WaitingRestores)), new("To be deleted", known => Texts.Count(known.WaitingDeletions)), new("Error", known => known.LastError));
}
