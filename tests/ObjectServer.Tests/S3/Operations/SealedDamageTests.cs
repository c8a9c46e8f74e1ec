using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>What is encrypted and was changed below the checksums of drives, as clients see it.</summary>
public sealed class SealedDamageTests : IAsyncLifetime
{
    private static readonly string Key = Convert.ToBase64String(ObjectBench.Bytes(32, 1));
    private readonly SdkServer _server = new() { KeyManager = new TestKeys() };

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("AES256", false, 1)]
    [InlineData("AES256", true, 2)]
    [InlineData("aws:kms", false, 3)]
    [InlineData("aws:kms", true, 4)]
    [InlineData("SSE-C", false, 5)]
    public async Task Invariant_3_A_chunk_that_does_not_open_breaks_the_answer_and_never_sends_other_bytes(string method, bool compressed, int seed)
    {
        var bucket = await _server.NewBucketAsync();
        if (compressed) (await _server.Buckets.SetCompressionAsync(bucket, BucketCompression.Default, default)).IsOk.ShouldBeTrue();
        var body = ObjectBench.Bytes(1_000_000, seed);
        if (compressed)
        {
            foreach (ref var letter in body.AsSpan()) letter &= 0x3f;
        }
        var put = new PutObjectRequest { BucketName = bucket, Key = "k", InputStream = new MemoryStream(body) };
        if (method == "SSE-C") (put.ServerSideEncryptionCustomerMethod, put.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, Key);
        else put.ServerSideEncryptionMethod = new ServerSideEncryptionMethod(method);
        await _server.Client.PutObjectAsync(put);
        (await ReadAsync(bucket, method)).Bytes.ShouldBe(body);

        var stored = ((MemoryBlobStore)_server.Services.Engine.Blobs).Stored.ShouldHaveSingleItem();
        stored.Length.ShouldBeInRange(compressed ? 100_000 : 1_000_000, compressed ? 900_000 : 1_001_000);
        var random = new Random(seed);
        foreach (var at in (int[])[0, stored.Length - 1, .. Enumerable.Range(0, 12).Select(_ => random.Next(stored.Length))])
        {
            var bit = (byte)(1 << random.Next(8));
            stored[at] ^= bit;
            var (bytes, isWhole, isError) = await ReadAsync(bucket, method);
            isWhole.ShouldBeFalse($"seed {seed}: bit {bit} of byte {at}");
            bytes.ShouldBe(body[..bytes.Length], $"seed {seed}: bit {bit} of byte {at}");
            // Nothing was sent yet, so that the answer can say what is wrong.
            if (at == 0) (isError, bytes.Length).ShouldBe((true, 0));
            stored[at] ^= bit;
        }
        (await ReadAsync(bucket, method)).Bytes.ShouldBe(body);
    }

    /// <summary>What came until the end, or until the answer broke.</summary>
    private async Task<(byte[] Bytes, bool IsWhole, bool IsError)> ReadAsync(string bucket, string method)
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = "k" };
        if (method == "SSE-C") (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, Key);
        using var bytes = new MemoryStream();
        try
        {
            using var answer = await _server.Client.GetObjectAsync(request);
            await answer.ResponseStream.CopyToAsync(bytes);
            return (bytes.ToArray(), bytes.Length == answer.ContentLength, false);
        }
        catch (Exception e) when (e is AmazonS3Exception { StatusCode: >= System.Net.HttpStatusCode.InternalServerError } or HttpIOException or IOException)
        {
            return (bytes.ToArray(), false, e is AmazonS3Exception);
        }
    }
}
