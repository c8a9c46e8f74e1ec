using System.Globalization;
using System.Net.Http.Headers;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;
using Xunit.Abstractions;

namespace ObjectStore.EndToEnd.Tests;

public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Uploads = 64;
    private const long LimitBytes = 1L << 30;

    /// <summary>
    /// 64 uploads side by side, each OBJECTSTORE_TEST_UPLOAD_MIB long (64 by default; 1024 needs 96 GiB of disk).
    /// Memory is bounded per request, so a longer upload holds no more than a short one.
    /// </summary>
    [Fact]
    public async Task Invariant_8_Many_large_uploads_stay_within_1_GiB_of_memory()
    {
        var sizeBytes = long.Parse(Environment.GetEnvironmentVariable("OBJECTSTORE_TEST_UPLOAD_MIB") ?? "64", CultureInfo.InvariantCulture) << 20;
        using var data = new TemporaryDirectory();
        // The managed heap is held to half of it by the runtime; what is native is sampled with the rest.
        await using var server = await ServerProcess.StartAsync(data.Path,
            environment: new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x20000000" });
        using var client = new StoreClient(server);
        await client.S3.PutBucketAsync(StoreClient.Bucket);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Uploads }) { Timeout = TimeSpan.FromMinutes(15) };

        using var stop = new CancellationTokenSource();
        var sampling = Task.Run(() => PeakResidentAsync(server, stop.Token));
        await Task.WhenAll(Enumerable.Range(0, Uploads).Select(async i =>
        {
            using var content = new StreamContent(new PatternStream(sizeBytes, i));
            content.Headers.ContentLength = sizeBytes;
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            using var answer = await http.PutAsync(new Uri(await PresignAsync(client.S3, i)), content);
            answer.EnsureSuccessStatusCode();
        }));
        await stop.CancelAsync();
        var peak = await sampling;
        peak.ShouldBeLessThan(LimitBytes, $"peak of {peak >> 20} MiB");
        output.WriteLine($"{Uploads} uploads of {sizeBytes >> 20} MiB: {peak >> 20} MiB resident at the peak");

        var buffer = new byte[1 << 20];
        using var back = await client.S3.GetObjectAsync(StoreClient.Bucket, "upload-63");
        var expected = new PatternStream(sizeBytes, 63);
        var other = new byte[buffer.Length];
        for (int read; (read = await back.ResponseStream.ReadAsync(buffer)) > 0;)
        {
            expected.ReadExactly(other.AsSpan(0, read));
            buffer.AsSpan(0, read).SequenceEqual(other.AsSpan(0, read)).ShouldBeTrue();
        }
        expected.Position.ShouldBe(sizeBytes);
    }

    /// <summary>The same where what comes is compressed, while ranges of it are read.</summary>
    [Fact]
    public async Task Invariant_8_Uploads_that_are_compressed_and_ranges_of_them_stay_within_1_GiB_of_memory()
    {
        const int uploads = 32;
        const long sizeBytes = 32 << 20;
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path,
            environment: new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x20000000" }, arguments: ["--compression", "1"]);
        using var client = new StoreClient(server);
        await client.S3.PutBucketAsync(StoreClient.Bucket);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 2 * uploads }) { Timeout = TimeSpan.FromMinutes(15) };
        using var stop = new CancellationTokenSource();
        var sampling = Task.Run(() => PeakResidentAsync(server, stop.Token));
        async Task PutAsync(int i)
        {
            using var content = new StreamContent(new PatternStream(sizeBytes, i, 0x0101010101010101));
            content.Headers.ContentLength = sizeBytes;
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            using var answer = await http.PutAsync(new Uri(await PresignAsync(client.S3, i)), content);
            answer.EnsureSuccessStatusCode();
        }
        await Task.WhenAll(Enumerable.Range(0, uploads).Select(PutAsync));
        // Each is written again while it is read, at places that have nothing to do with frames.
        await Task.WhenAll(Enumerable.Range(0, uploads).Select(async i =>
        {
            var writing = PutAsync(i);
            var random = new Random(i);
            for (var n = 0; n < 20; n++)
            {
                var first = random.NextInt64(sizeBytes - 1_000_000);
                using var answer = await client.S3.GetObjectAsync(new() { BucketName = StoreClient.Bucket, Key = $"upload-{i}", ByteRange = new ByteRange(first, first + 999_999) });
                using var read = new MemoryStream();
                await answer.ResponseStream.CopyToAsync(read);
                var expected = new byte[1_000_000];
                new PatternStream(sizeBytes, i, 0x0101010101010101) { Position = first }.ReadExactly(expected);
                read.ToArray().AsSpan().SequenceEqual(expected).ShouldBeTrue();
            }
            await writing;
        }));
        await stop.CancelAsync();
        var peak = await sampling;
        peak.ShouldBeLessThan(LimitBytes, $"peak of {peak >> 20} MiB");
        output.WriteLine($"{uploads} uploads of {sizeBytes >> 20} MiB that are compressed: {peak >> 20} MiB resident at the peak");
        var metrics = await http.GetStringAsync(new Uri(server.Endpoint, "/-/metrics"));
        metrics.ShouldContain($"objectstore_compression_bodies_total{{stored=\"compressed\"}} {2 * uploads}");
    }

    private static async Task<string> PresignAsync(IAmazonS3 s3, int i) => await s3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
    {
        BucketName = StoreClient.Bucket, Key = $"upload-{i}", Verb = HttpVerb.PUT, Protocol = Protocol.HTTP,
        ContentType = "application/octet-stream", Expires = DateTime.UtcNow.AddHours(1),
    });

    private static async Task<long> PeakResidentAsync(ServerProcess server, CancellationToken ct)
    {
        long peak = 0;
        while (!ct.IsCancellationRequested)
        {
            peak = Math.Max(peak, server.ResidentBytes());
            await Task.Delay(50, CancellationToken.None);
        }
        return peak;
    }

    /// <summary>Bytes that depend on their position, without holding them.</summary>
    /// <param name="mask">Of each word; few bits of it shrink.</param>
    private sealed class PatternStream(long lengthBytes, int seed, ulong mask = ulong.MaxValue) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => lengthBytes;
        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, lengthBytes - Position);
            var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(buffer[..count]);
            var aligned = Position % 8 == 0 ? words.Length * 8 : 0;
            for (var i = 0; i < aligned / 8; i++) words[i] = Word(Position / 8 + i);
            for (var i = aligned; i < count; i++) buffer[i] = (byte)(Word((Position + i) / 8) >> (int)((Position + i) % 8 * 8));
            Position += count;
            return count;
        }

        private ulong Word(long index) => ((ulong)(index + 1) * 0x9E3779B97F4A7C15 + (ulong)seed) & mask;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
