using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using ObjectStore.Server.Tests.S3.Sweep;
using Xunit.Abstractions;

namespace ObjectStore.Server.Tests.S3.Fuzz;

/// <summary>
/// Whatever is sent to the server, signed by the root: the answer is a success or an error of S3, never a 500, a connection that ends without
/// an answer, or none. OBJECTSTORE_FUZZ_SECONDS makes it longer, OBJECTSTORE_FUZZ_SEED makes it other requests.
/// </summary>
public sealed class WireFuzzTests(SweepServer server, ITestOutputHelper output) : IClassFixture<SweepServer>
{
    private const int RequestsPerBucket = 150;

    private static double Seconds => double.Parse(Environment.GetEnvironmentVariable("OBJECTSTORE_FUZZ_SECONDS") ?? "8", CultureInfo.InvariantCulture);

    private static int Seed => int.Parse(Environment.GetEnvironmentVariable("OBJECTSTORE_FUZZ_SEED") ?? "20261120", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Any_request_gets_an_answer_of_S3()
    {
        using var connection = new FuzzConnection(server.Address);
        var statuses = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var running = Stopwatch.StartNew();
        SweepBucket bucket = null!;
        for (var i = 0; running.Elapsed.TotalSeconds < Seconds; i++)
        {
            // What has been done to a bucket must not be in the way of the rest.
            if (i % RequestsPerBucket == 0) bucket = await server.NewBucketAsync();
            var random = new Random(unchecked(Seed * 1_000_003 + i));
            var request = FuzzCorpus.Base(random, bucket);
            for (var n = random.Next(5); n > 0; n--) FuzzCorpus.Spoil(random, request);
            var bytes = request.ToBytes(server.Root, server.Address.Authority);
            var what = $"seed {Seed}, request {i}:\n{Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 2000)])}\n";

            var answer = await SendAsync(connection, bytes, request.Method == "HEAD", what);
            Check(answer, what);
            var outcome = answer.Status < 300 ? $"{answer.Status}" : $"{answer.Status} {CodeOf(answer)}";
            statuses[outcome] = statuses.GetValueOrDefault(outcome) + 1;
        }

        var sum = statuses.Values.Sum();
        output.WriteLine($"{sum} requests in {running.Elapsed.TotalSeconds:0} s: {string.Join(", ", statuses.OrderByDescending(entry => entry.Value).Select(entry => $"{entry.Value} × {entry.Key}"))}");
        // Requests that are refused for their signature would test nothing.
        var unsigned = statuses.Where(entry => entry.Key.EndsWith("SignatureDoesNotMatch", StringComparison.Ordinal)).Sum(entry => entry.Value);
        unsigned.ShouldBeLessThan(Math.Max(20, sum / 4));
    }

    private async Task<FuzzAnswer> SendAsync(FuzzConnection connection, byte[] bytes, bool isHead, string what)
    {
        try
        {
            return await connection.SendAsync(bytes, isHead);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"No answer. {what}", e);
        }
    }

    private void Check(FuzzAnswer answer, string what)
    {
        if (answer.Status is 0 or 500 or 503 || !answer.IsWhole)
            throw new ShouldAssertException($"{answer.Status} {(answer.IsWhole ? "" : "(broken)")} {answer.Text}\n{server.LastFault}\n{what}");
        if (answer.Status < 400 || answer.Body.Length == 0)
            return;
        if (answer.Head.Contains("application/json", StringComparison.OrdinalIgnoreCase))
            return;
        try
        {
            // References to characters that XML 1.0 cannot hold are written, as S3 does.
            using var reader = XmlReader.Create(new StringReader(answer.Text), new XmlReaderSettings { CheckCharacters = false });
            XDocument.Load(reader);
        }
        catch (XmlException e)
        {
            throw new ShouldAssertException($"The error is no document: {answer.Text}\n{what}", e);
        }
    }

    private static string CodeOf(FuzzAnswer answer)
    {
        var start = answer.Text.IndexOf("<Code>", StringComparison.Ordinal);
        return start < 0 ? "" : answer.Text[(start + 6)..answer.Text.IndexOf("</Code>", start, StringComparison.Ordinal)];
    }
}
