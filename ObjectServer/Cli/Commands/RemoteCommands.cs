using System.CommandLine;
using System.Globalization;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin remote ...</c>: other S3 endpoints, over the admin API.</summary>
internal static class RemoteCommands
{
    private static readonly Argument<string> Name = Parts.Argument("NAME", "What the remote is called here");
    private static readonly Argument<string> Endpoint = Parts.Argument("URL", "http://HOST[:PORT] or https://HOST[:PORT]");
    private static readonly Option<string> KeyId = new("--key-id") { Description = "Access key there", HelpName = "ID", Required = true };
    private static readonly Option<string> SecretFile = Parts.Option("--secret-file", "FILE", "Its secret, the file's first line; - for the standard input. Without it, set keeps the one from before");
    private static readonly Option<string> Region = Parts.Option("--remote-region", "NAME", "The region to sign for there (us-east-1)");
    private static readonly Option<string> Authorities = Parts.Option("--remote-ca-file", "FILE", "PEM certificates to trust there, instead of the system's");
    private static readonly Option<bool> VirtualHosts = Parts.Switch("--virtual-hosts", "The bucket stands in the host's name there (BUCKET.HOST), not in the path");
    private static readonly Option<string> Bucket = Parts.Option("--bucket", "BUCKET", "Write an object there, read and delete it");
    private static readonly Option<string> Prefix = Parts.Option("--prefix", "TEXT", "Beginning of that object's key");

    public static CommandGroup Build() => new("remote", "Other S3 endpoints, for tiers and replication",
        new AdminCommand("add", "Set one up", (context, ct) => PutAsync(context, isNew: true, ct), Name, Endpoint, KeyId, SecretFile, Region, Authorities, VirtualHosts)
        {
            Examples = ["objectstore admin remote add cold https://s3.example.com --key-id AKIA... --secret-file secret.txt --remote-region eu-west-1"],
        },
        new AdminCommand("set", "Change one as a whole, or set it up", (context, ct) => PutAsync(context, isNew: false, ct), Name, Endpoint, KeyId, SecretFile, Region, Authorities, VirtualHosts),
        new AdminCommand("list", "All of them", ListAsync),
        new AdminCommand("show", "One of them", ShowAsync, Name),
        new AdminCommand("test", "Try whether it answers and lets the server in", TestAsync, Name, Bucket, Prefix)
        {
            Examples = ["objectstore admin remote test cold --bucket tier"],
        },
        new AdminCommand("remove", "Forget one that nothing needs any more", RemoveAsync, Name));

    private static async Task PutAsync(CommandContext context, bool isNew, CancellationToken ct)
    {
        if (isNew && context.Get(SecretFile) is null) throw CliException.Usage("A new remote needs the secret of its key: --secret-file FILE.");
        var wish = new NewRemoteDocument
        {
            Endpoint = context.Get(Endpoint),
            AccessKey = context.Get(KeyId)!,
            SecretKey = context.Get(SecretFile) is { } file ? context.ReadText(file).Split('\n')[0].TrimEnd('\r') : null,
            Region = context.Get(Region),
            Authorities = context.Get(Authorities) is { } certificates ? context.ReadText(certificates) : null,
            VirtualHosts = context.Get(VirtualHosts),
        };
        var path = PathOf(context) + (isNew ? "?create=true" : "");
        Show(context, await context.Admin.SendAsync(HttpMethod.Put, path, wish, AdminJson.Default.NewRemoteDocument, AdminJson.Default.RemoteDocument, ct));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var list = await context.Admin.GetAsync("remotes", AdminJson.Default.RemoteListDocument, ct);
        context.Printer.List(
            "remotes", [.. list.Remotes], AdminJson.Default.RemoteDocument,
            new("Name", remote => remote.Name), new("Endpoint", remote => remote.Endpoint), new("Region", remote => remote.Region), new("Access key", remote => remote.AccessKey));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) =>
        Show(context, await context.Admin.GetAsync(PathOf(context), AdminJson.Default.RemoteDocument, ct));

    private static async Task TestAsync(CommandContext context, CancellationToken ct)
    {
        var wish = new RemoteTestDocument { Bucket = context.Get(Bucket), Prefix = context.Get(Prefix) };
        var result = await context.Admin.SendAsync(
            HttpMethod.Post, PathOf(context) + "/test", wish, AdminJson.Default.RemoteTestDocument, AdminJson.Default.RemoteTestResultDocument, ct);
        if (!result.IsOk) throw ClientException.Refused(502, "RemoteFailed", $"{result.Code}: {result.Message}");
        context.Printer.Show(
            result, AdminJson.Default.RemoteTestResultDocument, new("Result", told => told.Message), new("Milliseconds", told => told.ElapsedMs.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task RemoveAsync(CommandContext context, CancellationToken ct)
    {
        await context.Admin.DeleteAsync(PathOf(context), ct);
        context.Printer.Done($"remote {context.Get(Name)} removed");
    }

    private static string PathOf(CommandContext context) => $"remotes/{Uri.EscapeDataString(context.Get(Name))}";

    private static void Show(CommandContext context, RemoteDocument remote) => context.Printer.Show(
        remote, AdminJson.Default.RemoteDocument,
        new("Name", known => known.Name), new("Endpoint", known => known.Endpoint), new("Region", known => known.Region), new("Access key", known => known.AccessKey),
        new("Buckets", known => known.VirtualHosts ? "in the host's name" : "in the path"), new("Certificates", known => known.Authorities is null ? "the system's" : "its own"),
        new("Changed", known => known.ModifiedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
}
