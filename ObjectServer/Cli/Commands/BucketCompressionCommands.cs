using System.CommandLine;
using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin bucket compression ...</c>, over the admin API.</summary>
internal static class BucketCompressionCommands
{
    private static readonly Argument<string> Name = Parts.Argument("BUCKET", "The bucket's name");
    private static readonly Option<bool> On = Parts.Switch("--on", "Compress objects that are written from now on");
    private static readonly Option<bool> Off = Parts.Switch("--off", "Store objects that are written from now on as they are");
    private static readonly Option<string> Types = Parts.Option("--types", "TYPE,...", "With --on: only these media types, such as text/*,application/json");
    private static readonly Option<string> Extensions = Parts.Option("--extensions", ".EXT,...", "With --on: only (or also) keys that end so");
    private static readonly Option<int?> Level = new("--level") { Description = "With --on: of Zstandard, 1 (fastest, the default) to 12", HelpName = "LEVEL" };

    public static AdminCommand Build() => new("compression", "Show or set what of new objects is compressed", RunAsync, Name, On, Off, Types, Extensions, Level)
    {
        Examples =
        [
            "objectstore admin bucket compression logs", "objectstore admin bucket compression logs --on",
            "objectstore admin bucket compression logs --on --types text/*,application/json --extensions .log,.csv", "objectstore admin bucket compression logs --off",
        ],
    };

    private static async Task RunAsync(CommandContext context, CancellationToken ct)
    {
        var path = $"buckets/{Uri.EscapeDataString(context.Get(Name))}/compression";
        var (on, off) = (context.Get(On), context.Get(Off));
        if (on && off) throw CliException.Usage("Say --on or --off.");
        if (!on && (context.Get(Types) is not null || context.Get(Extensions) is not null || context.Get(Level) is not null)) throw CliException.Usage("--types, --extensions and --level go with --on.");
        var wish = on
            ? new BucketCompressionDocument { Enabled = true, Level = context.Get(Level), Types = Split(context.Get(Types)), Extensions = Split(context.Get(Extensions)) }
            : new BucketCompressionDocument { Enabled = false };
        var document = on || off
            ? await context.Admin.SendAsync(HttpMethod.Put, path, wish, AdminJson.Default.BucketCompressionDocument, AdminJson.Default.BucketCompressionDocument, ct)
            : await context.Admin.GetAsync(path, AdminJson.Default.BucketCompressionDocument, ct);
        context.Printer.Show(
            document, AdminJson.Default.BucketCompressionDocument,
            new("Compression", known => known.Enabled ? "on" : "off"),
            new("Level", known => known.Level?.ToString(CultureInfo.InvariantCulture)),
            new("Types", known => Joined(known.Types)),
            new("Extensions", known => Joined(known.Extensions)));
    }

    private static string[]? Split(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Joined(IReadOnlyList<string>? items) => items is null or { Count: 0 } ? null : string.Join(", ", items);
}
