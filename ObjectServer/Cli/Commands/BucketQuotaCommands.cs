using System.CommandLine;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin bucket quota ...</c>, over the admin API.</summary>
internal static class BucketQuotaCommands
{
    private static readonly Argument<string> Name = Parts.Argument("BUCKET", "The bucket's name");
    private static readonly Option<string> MaxBytes = Parts.Option("--max-bytes", "SIZE", "Most bytes of all versions and of parts of unfinished uploads: 500, 10GiB, 1.5TB");
    private static readonly Option<long?> MaxObjects = new("--max-objects") { Description = "Most objects, every version one", HelpName = "NUMBER" };

    public static CommandGroup Build() => new("quota", "What a bucket may hold at most",
        new AdminCommand("show", "The quota and what there is of it", ShowAsync, Name),
        new AdminCommand("set", "Set it; a bound that is not named is none", SetAsync, Name, MaxBytes, MaxObjects)
        {
            Examples = ["objectstore admin bucket quota set holiday --max-bytes 10GiB", "objectstore admin bucket quota set holiday --max-bytes 1TB --max-objects 1000000"],
        },
        new AdminCommand("clear", "Remove it", ClearAsync, Name));

    /// <summary>As one line of a bucket's description.</summary>
    public static string? Describe(BucketQuotaDocument? quota) => quota is null ? null : string.Join(", ", new[]
    {
        quota.MaxBytes is { } bytes ? $"{Texts.Bytes(quota.UsedBytes)} of {Texts.Bytes(bytes)}" : null,
        quota.MaxObjects is { } objects ? $"{Texts.Count(quota.UsedObjects)} of {Texts.Count(objects)} objects" : null,
    }.Where(part => part is not null));

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.GetAsync(PathOf(context), AdminJson.Default.BucketQuotaDocument, ct));

    private static async Task SetAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new NewBucketQuotaDocument { MaxBytes = context.Get(MaxBytes) is { } size ? ParseSize(size) : null, MaxObjects = context.Get(MaxObjects) };
        if (wish is { MaxBytes: null, MaxObjects: null }) throw CliException.Usage("Say what to bound: --max-bytes SIZE, --max-objects NUMBER or both.");
        Show(context, await context.Admin.SendAsync(
            HttpMethod.Put, PathOf(context), wish, AdminJson.Default.NewBucketQuotaDocument, AdminJson.Default.BucketQuotaDocument, ct));
    }

    private static async Task ClearAsync(CommandContext context, CancellationToken ct)
    {
        await context.Admin.DeleteAsync(PathOf(context), ct);
        context.Printer.Done($"bucket {context.Get(Name)} has no quota");
    }

    private static string PathOf(CommandContext context) => $"buckets/{Uri.EscapeDataString(context.Get(Name))}/quota";

    private static void Show(CommandContext context, BucketQuotaDocument quota) => context.Printer.Show(
        quota, AdminJson.Default.BucketQuotaDocument,
        new("Bytes", known => Of(Exact(known.UsedBytes), known.MaxBytes is { } max ? Exact(max) : null)),
        new("Objects", known => Of(Texts.Count(known.UsedObjects), known.MaxObjects is { } max ? Texts.Count(max) : null)));

    private static string Of(string used, string? max) => max is null ? $"{used} (no bound)" : $"{used} of {max}";

    // Near the edge the rounded form would hide what is left.
    private static string Exact(long bytes) => bytes < 1024 ? Texts.Bytes(bytes) : $"{Texts.Bytes(bytes)} ({Texts.Count(bytes)})";

    /// <exception cref="CliException">It is no size, or no whole number of bytes.</exception>
    private static long ParseSize(string text) =>
        ByteSize.TryParse(text, out var bytes) ? bytes : throw CliException.Usage($"\"{text}\" is no size. Write bytes, or a number with KiB, MiB, GiB, TiB, PiB (1024) or KB, MB, GB, TB, PB (1000).");
}
