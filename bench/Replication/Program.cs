using System.Diagnostics;
using System.Globalization;
using System.Text;
using ObjectStore.Bench.Replication;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Harness;

// Two servers on this machine, one the remote of the other: objects are written to the first, and counted at the second.
var objects = Number("--objects", 2000);
var sizeBytes = Number("--size", 4096);
var concurrency = Number("--concurrency", 32);
var drives = Number("--drives", 4);
using var here = new TemporaryDirectory();
using var there = new TemporaryDirectory();
await using var source = await ServerProcess.StartAsync(here.Path, drives, ["--kms-key-file", here["keys.json"]]);
await using var target = await ServerProcess.StartAsync(there.Path, drives);
var (from, to) = (Pair.ClientOf(source), Pair.ClientOf(target));
await Pair.CreateBucketAsync(from);
await Pair.CreateBucketAsync(to);
await Pair.AddRemoteAsync(source, target, here["secret"]);

await MeasureAsync("after the fact", ruleFirst: false, "a");
await MeasureAsync("while writing", ruleFirst: true, "b");
return;

// Written first and sent by the rule for what exists: the rate of replication alone. Or both at once, as in service.
async Task MeasureAsync(string what, bool ruleFirst, string prefix)
{
    await from.DeleteReplicationAsync();
    if (ruleFirst) await from.PutReplicationAsync(prefix, existing: false);
    var watch = Stopwatch.StartNew();
    var body = new byte[sizeBytes];
    new Random(1).NextBytes(body);
    await Parallel.ForAsync(0, objects, new ParallelOptions { MaxDegreeOfParallelism = concurrency }, async (i, ct) => await from.PutAsync($"{prefix}/{i:d6}", body, ct));
    var written = watch.Elapsed;
    if (!ruleFirst)
    {
        watch.Restart();
        await from.PutReplicationAsync(prefix, existing: true);
    }
    while (await to.CountAsync(prefix) < objects) await Task.Delay(20);
    var (seconds, bytes) = (watch.Elapsed.TotalSeconds, (double)objects * sizeBytes);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {objects} objects of {sizeBytes} bytes written in {written.TotalSeconds:0.00} s, all at the target after {seconds:0.00} s: {objects / seconds:0} versions/s, {bytes / seconds / 1e6:0.0} MB/s"));
}

int Number(string name, int standard)
{
    var index = Array.IndexOf(args, name);
    if (index < 0) return standard;
    var text = args[index + 1];
    var factor = text.EndsWith("MiB", StringComparison.Ordinal) ? 1 << 20 : text.EndsWith("KiB", StringComparison.Ordinal) ? 1 << 10 : 1;
    return factor * int.Parse(text.TrimEnd('M', 'K', 'i', 'B'), CultureInfo.InvariantCulture);
}

namespace ObjectStore.Bench.Replication
{
    /// <summary>The two servers, and what the measurement asks of them.</summary>
    internal static class Pair
    {
        private const string Bucket = "replicated";

        public static S3Client ClientOf(ServerProcess server) => new(
            new Connection(new ConnectionOptions { Endpoint = server.Endpoint }, TimeProvider.System, new Random(1)), new Credentials(ServerProcess.AccessKey, ServerProcess.SecretKey));

        public static async Task CreateBucketAsync(S3Client client)
        {
            await client.CreateBucketAsync(new NewBucket(Bucket), default);
            await client.PutVersioningAsync(Bucket, BucketVersioning.Enabled, default);
        }

        public static async Task AddRemoteAsync(ServerProcess source, ServerProcess target, string secretFile)
        {
            await File.WriteAllTextAsync(secretFile, ServerProcess.SecretKey + "\n");
            var added = await ServerProcess.RunToEndAsync(
                ["admin", "remote", "add", "away", target.Endpoint.ToString().TrimEnd('/'), "--key-id", ServerProcess.AccessKey, "--secret-file", secretFile],
                new Dictionary<string, string>
                {
                    ["OBJECTSTORE_ENDPOINT"] = source.Endpoint.ToString(), ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey, ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
                });
            added.Succeeded();
        }

        public static Task PutAsync(this S3Client client, string key, byte[] body, CancellationToken ct) => client.PutObjectAsync(Bucket, key, StreamedBody.Of(body), [], ct);

        public static Task DeleteReplicationAsync(this S3Client client) => client.SendAsync(HttpMethod.Delete, Bucket, "replication", [], default);

        public static Task PutReplicationAsync(this S3Client client, string prefix, bool existing) => client.SendAsync(HttpMethod.Put, Bucket, "replication", Encoding.UTF8.GetBytes(
            "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>arn:aws:iam::000000000000:root</Role><Rule><ID>all</ID><Priority>1</Priority><Status>Enabled</Status>"
            + $"<Filter><Prefix>{prefix}/</Prefix></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"
            + (existing ? "<ExistingObjectReplication><Status>Enabled</Status></ExistingObjectReplication>" : "")
            + $"<Destination><Bucket>arn:objectstore:s3:away::{Bucket}</Bucket></Destination></Rule></ReplicationConfiguration>"), default);

        /// <summary>How many objects the bucket has below the prefix.</summary>
        public static async Task<int> CountAsync(this S3Client client, string prefix)
        {
            var (count, after) = (0, "");
            while (true)
            {
                var page = WireXml.Parse(await client.SendAsync(HttpMethod.Get, Bucket, $"list-type=2&prefix={prefix}%2F&start-after={Uri.EscapeDataString(after)}", [], default));
                var keys = page.Children("Contents").Select(element => element.Required("Key")).ToArray();
                count += keys.Length;
                if (page.Text("IsTruncated") != "true") return count;
                after = keys[^1];
            }
        }
    }
}
