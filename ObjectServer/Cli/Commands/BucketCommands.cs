using System.CommandLine;
using System.Text;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.S3;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary><c>admin bucket ...</c>: looks at everybody's over the admin API, changes those of one account over S3.</summary>
internal static class BucketCommands
{
    private static readonly Argument<string> Name = Parts.Argument("BUCKET", "The bucket's name");
    private static readonly Argument<string> File = Parts.Argument("FILE", "The JSON document; - for the standard input");
    private static readonly Argument<string> State = new("STATE") { Description = "enabled or suspended; without it, what it is", HelpName = "STATE", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Prefix = Parts.Option("--prefix", "TEXT", "Only those whose names begin so");
    private static readonly Option<bool> ObjectLock = Parts.Switch("--object-lock", "With object lock, and so with versioning");
    private static readonly Option<bool> Force = Parts.Switch("--force", "Delete everything in it first: all versions, for good");
    private static readonly Option<bool> Bypass = Parts.Switch("--bypass-governance", "With --force: also what is retained in governance mode");

    public static CommandGroup Build() => new("bucket", "Buckets", CliOptions.Account,
        new AdminCommand("list", "All buckets, or those of --account, with what they hold", ListAsync, Prefix),
        new AdminCommand("show", "One bucket, whoever owns it", ShowAsync, Name),
        new AdminCommand("create", "Make a bucket", CreateAsync, Name, ObjectLock) { Examples = ["objectstore admin bucket create holiday --account photos"] },
        new AdminCommand("delete", "Remove a bucket", DeleteAsync, Name, Force, Bypass),
        new AdminCommand("versioning", "Show or set versioning", VersioningAsync, Name, State),
        BucketQuotaCommands.Build(),
        BucketStorageClassCommands.Build(),
        BucketCompressionCommands.Build(),
        new CommandGroup("policy", "The bucket policy",
            new AdminCommand("show", "Show it", ShowPolicyAsync, Name),
            new AdminCommand("set", "Write it", SetPolicyAsync, Name, File),
            new AdminCommand("delete", "Remove it", DeletePolicyAsync, Name)))
    {
        Examples = ["objectstore admin bucket list", "objectstore admin bucket versioning holiday enabled --account photos"],
    };

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        var account = context.Get(CliOptions.Account) is { } named ? await context.Admin.FindAccountIdAsync(named, ct) : null;
        var buckets = new List<OwnedBucketDocument>();
        for (string? after = null; ;)
        {
            var query = AdminClient.Query(("account", account), ("prefix", context.Get(Prefix)), ("after", after));
            var page = await context.Admin.GetAsync("buckets" + query, AdminJson.Default.BucketListDocument, ct);
            buckets.AddRange(page.Buckets);
            if ((after = page.Next) is null) break;
        }
        context.Printer.List(
            "buckets", buckets, AdminJson.Default.OwnedBucketDocument,
            new("Name", bucket => bucket.Name), new("Account", bucket => bucket.OwnerAccountId ?? "(gone)"), new("Owner", bucket => bucket.OwnerName),
            new("Objects", bucket => Texts.Count(bucket.Usage.Objects), IsNumber: true), new("Versions", bucket => Texts.Count(bucket.Usage.Versions), IsNumber: true),
            new("Size", bucket => Texts.Bytes(bucket.Usage.Bytes), IsNumber: true), new("Versioning", bucket => bucket.Versioning),
            new("Lock", bucket => Texts.YesNo(bucket.ObjectLock)), new("Created", bucket => Texts.Time(bucket.CreatedAt)));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken ct) => context.Printer.Show(
        await context.Admin.GetAsync("buckets/" + Uri.EscapeDataString(context.Get(Name)), AdminJson.Default.OwnedBucketDocument, ct), AdminJson.Default.OwnedBucketDocument,
        new("Name", bucket => bucket.Name), new("Account", bucket => bucket.OwnerAccountId ?? "(gone)"), new("Owner", bucket => bucket.OwnerName),
        new("Owner's canonical id", bucket => bucket.OwnerCanonicalId), new("Region", bucket => bucket.Region), new("Created", bucket => Texts.Time(bucket.CreatedAt)),
        new("Versioning", bucket => bucket.Versioning), new("Object lock", bucket => Texts.YesNo(bucket.ObjectLock)),
        new("Objects", bucket => Texts.Count(bucket.Usage.Objects)), new("Versions", bucket => Texts.Count(bucket.Usage.Versions)),
        new("Delete markers", bucket => Texts.Count(bucket.Usage.DeleteMarkers)), new("Size", bucket => Texts.Bytes(bucket.Usage.Bytes)),
        new("Quota", bucket => BucketQuotaCommands.Describe(bucket.Quota)));

    private static async Task CreateAsync(CommandContext context, CancellationToken ct)
    {
        var s3 = await context.S3Async(ct);
        await s3.CreateBucketAsync(new NewBucket(context.Get(Name)) { ObjectLock = context.Get(ObjectLock) }, ct);
        context.Printer.Done($"bucket {context.Get(Name)} created");
    }

    private static async Task DeleteAsync(CommandContext context, CancellationToken ct)
    {
        var s3 = await context.S3Async(ct);
        var name = context.Get(Name);
        if (context.Get(Force)) await BucketEmptier.EmptyAsync(s3, name, context.Get(Bypass), context.Printer, ct);
        await s3.DeleteBucketAsync(name, ct);
        context.Printer.Done($"bucket {name} deleted");
    }

    private static async Task VersioningAsync(CommandContext context, CancellationToken ct)
    {
        var s3 = await context.S3Async(ct);
        var name = context.Get(Name);
        if (context.GetOptional(State) is { } state)
        {
            await s3.PutVersioningAsync(name, state switch
            {
                "enabled" or "enable" => BucketVersioning.Enabled,
                "suspended" or "suspend" => BucketVersioning.Suspended,
                _ => throw CliException.Usage($"\"{state}\" is neither enabled nor suspended."),
            }, ct);
        }
        var versioning = await s3.GetVersioningAsync(name, ct);
        context.Printer.Show(
            new VersioningView(name, versioning == BucketVersioning.Off ? "unversioned" : versioning.ToString().ToLowerInvariant()), CliJson.Default.VersioningView,
            new("Bucket", view => view.Name), new("Versioning", view => view.Versioning));
    }

    private static async Task ShowPolicyAsync(CommandContext context, CancellationToken ct) =>
        context.Printer.Document(Encoding.UTF8.GetString(await (await context.S3Async(ct)).SendAsync(HttpMethod.Get, context.Get(Name), "policy", [], ct)));

    private static async Task SetPolicyAsync(CommandContext context, CancellationToken ct)
    {
        var document = Encoding.UTF8.GetBytes(context.ReadText(context.Get(File)));
        await (await context.S3Async(ct)).SendAsync(HttpMethod.Put, context.Get(Name), "policy", document, ct);
        context.Printer.Done($"policy of bucket {context.Get(Name)} written");
    }

    private static async Task DeletePolicyAsync(CommandContext context, CancellationToken ct)
    {
        await (await context.S3Async(ct)).SendAsync(HttpMethod.Delete, context.Get(Name), "policy", [], ct);
        context.Printer.Done($"policy of bucket {context.Get(Name)} removed");
    }
}
