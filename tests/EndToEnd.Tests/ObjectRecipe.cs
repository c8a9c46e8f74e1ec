using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.EndToEnd.Tests;

internal enum Sealing
{
    None,
    StoreKey,
    ManagedKey,
    CustomerKey,
}

/// <summary>The calls that bring an object to where it is.</summary>
internal enum Making
{
    Put,
    Parts,
    Append,
    Copy,

    /// <summary>Put, and its data key wrapped anew then: the bytes are readable at any moment.</summary>
    Rewrap,
}

/// <summary>All that a seed says of an object: its bytes, how they are encrypted, and how it is made.</summary>
internal sealed record ObjectRecipe(int Seed, int LengthBytes, Sealing Sealing, Making Making)
{
    public const string Bucket = "end-to-end";
    public const string SecondKeyId = "second";

    private const int PartBytes = 5 << 20;
    private static readonly string CustomerKey = Convert.ToBase64String(SHA256.HashData("a customer's key"u8));
    private static readonly string CustomerKeyMd5 = Convert.ToBase64String(MD5.HashData(Convert.FromBase64String(CustomerKey)));

    // Inlined in the index; log records; one bulk extent a shard; more than one stripe group; two parts.
    private static readonly int[] Sizes = [0, 1, 700, 16 * 1024, 16 * 1024 + 1, 100_000, 700_000, 1 << 20, (1 << 20) + 1, 3_000_000];
    private static readonly int[] VariedSizes = [.. Sizes, PartBytes + 70_000];

    public string Key => $"{Seed % 7}/object-{Seed}";

    /// <summary>Put in one call, and not encrypted.</summary>
    public static ObjectRecipe Plain(int seed) => new(seed, Sizes[seed % Sizes.Length], Sealing.None, Making.Put);

    public static ObjectRecipe Varied(int seed)
    {
        var random = new Random(seed * 31);
        var (sealing, making) = ((Sealing)random.Next(4), (Making)random.Next(5));
        // Only what is under a key of the store can be wrapped anew.
        if (making == Making.Rewrap && sealing is Sealing.None or Sealing.CustomerKey) making = Making.Put;
        return new(seed, VariedSizes[seed % VariedSizes.Length], sealing, making);
    }

    /// <summary>Random bytes; two of three have repetitions between them, and so are compressed where their bucket compresses, some only at their beginning.</summary>
    public byte[] Content()
    {
        var bytes = new byte[LengthBytes];
        var random = new Random(Seed);
        random.NextBytes(bytes);
        if (Seed % 3 == 0) return bytes;
        var end = Seed % 3 == 1 ? LengthBytes : Math.Min(LengthBytes, 400_000);
        for (var at = 1000; at < end; at += 1000) bytes.AsSpan(at, Math.Min(900, end - at)).Fill((byte)random.Next(256));
        return bytes;
    }

    public async Task MakeAsync(IAmazonS3 s3, CancellationToken ct)
    {
        var bytes = Content();
        switch (Making)
        {
            case Making.Parts:
                await PutPartsAsync(s3, bytes, ct);
                break;
            case Making.Append when bytes.Length > 0:
                var first = Math.Max(1, bytes.Length - 1000);
                await PutAsync(s3, Key, bytes[..first], Sealing, ct);
                await AppendAsync(s3, first, bytes[first..], ct);
                break;
            case Making.Copy:
                var source = (Sealing)(((int)Sealing + Seed) % 4);
                await PutAsync(s3, Key + ".source", bytes, source, ct);
                await CopyAsync(s3, source, ct);
                break;
            default:
                await PutAsync(s3, Key, bytes, Sealing, ct);
                break;
        }
    }

    /// <summary>Wraps the data key anew, under the same key or another.</summary>
    public Task RewrapAsync(IAmazonS3 s3, CancellationToken ct) => s3.UpdateObjectEncryptionAsync(new()
    {
        BucketName = Bucket, Key = Key, ObjectEncryption = new() { SSEKMS = new() { KMSKeyArn = SecondKeyId } },
    }, ct);

    /// <param name="range">First and last byte; null for all.</param>
    public async Task<byte[]> ReadAsync(IAmazonS3 s3, (int First, int Last)? range, CancellationToken ct)
    {
        var request = new GetObjectRequest { BucketName = Bucket, Key = Key };
        if (range is var (begin, end)) request.ByteRange = new ByteRange(begin, end);
        if (Sealing == Sealing.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = CustomerKey;
        }
        using var answer = await s3.GetObjectAsync(request, ct);
        using var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes, ct);
        bytes.Length.ShouldBe(answer.ContentLength, $"{this} was cut off");
        return bytes.ToArray();
    }

    private static Task PutAsync(IAmazonS3 s3, string key, byte[] bytes, Sealing sealing, CancellationToken ct)
    {
        var request = new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = new MemoryStream(bytes) };
        (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = MethodOf(sealing);
        if (sealing == Sealing.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = CustomerKey;
        }
        return s3.PutObjectAsync(request, ct);
    }

    private Task AppendAsync(IAmazonS3 s3, long offset, byte[] bytes, CancellationToken ct)
    {
        var request = new PutObjectRequest { BucketName = Bucket, Key = Key, InputStream = new MemoryStream(bytes), WriteOffsetBytes = offset };
        if (Sealing == Sealing.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = CustomerKey;
        }
        return s3.PutObjectAsync(request, ct);
    }

    private async Task CopyAsync(IAmazonS3 s3, Sealing source, CancellationToken ct)
    {
        var request = new CopyObjectRequest { SourceBucket = Bucket, SourceKey = Key + ".source", DestinationBucket = Bucket, DestinationKey = Key };
        (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = MethodOf(Sealing);
        if (source == Sealing.CustomerKey)
        {
            request.CopySourceServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.CopySourceServerSideEncryptionCustomerProvidedKey = CustomerKey;
        }
        if (Sealing == Sealing.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = CustomerKey;
        }
        await s3.CopyObjectAsync(request, ct);
        // The copy may share the source's bytes, and is to be there without it.
        if (Seed % 2 == 0) await s3.DeleteObjectAsync(Bucket, Key + ".source", ct);
    }

    private async Task PutPartsAsync(IAmazonS3 s3, byte[] bytes, CancellationToken ct)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = Bucket, Key = Key };
        (begin.ServerSideEncryptionMethod, begin.ServerSideEncryptionKeyManagementServiceKeyId) = MethodOf(Sealing);
        if (Sealing == Sealing.CustomerKey)
        {
            begin.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            begin.ServerSideEncryptionCustomerProvidedKey = CustomerKey;
        }
        var upload = (await s3.InitiateMultipartUploadAsync(begin, ct)).UploadId;
        var complete = new CompleteMultipartUploadRequest { BucketName = Bucket, Key = Key, UploadId = upload, PartETags = [] };
        for (var (number, offset) = (1, 0); number == 1 || offset < bytes.Length; number++, offset += PartBytes)
        {
            var part = new UploadPartRequest
            {
                BucketName = Bucket, Key = Key, UploadId = upload, PartNumber = number, InputStream = new MemoryStream(bytes, offset, Math.Min(PartBytes, bytes.Length - offset)),
            };
            if (Sealing == Sealing.CustomerKey)
            {
                part.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
                part.ServerSideEncryptionCustomerProvidedKey = CustomerKey;
            }
            complete.PartETags.Add(new PartETag(number, (await s3.UploadPartAsync(part, ct)).ETag));
        }
        if (Sealing == Sealing.CustomerKey)
            (complete.SSECustomerAlgorithm, complete.SSECustomerKey, complete.SSECustomerKeyMD5) = ("AES256", CustomerKey, CustomerKeyMd5);
        await s3.CompleteMultipartUploadAsync(complete, ct);
    }

    private static (ServerSideEncryptionMethod? Method, string? KeyId) MethodOf(Sealing sealing) => sealing switch
    {
        Sealing.StoreKey => (ServerSideEncryptionMethod.AES256, null),
        Sealing.ManagedKey => (ServerSideEncryptionMethod.AWSKMS, SecondKeyId),
        _ => (null, null),
    };
}
