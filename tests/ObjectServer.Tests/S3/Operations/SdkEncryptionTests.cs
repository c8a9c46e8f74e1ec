using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Encryption at rest as the AWS SDK asks for it and understands the answers.</summary>
public sealed class SdkEncryptionTests : IAsyncLifetime
{
    private const int PartBytes = 5 << 20;
    private static readonly string Key = Convert.ToBase64String(ObjectBench.Bytes(32, 1));
    private static readonly string OtherKey = Convert.ToBase64String(ObjectBench.Bytes(32, 2));
    private readonly SdkServer _server = new() { KeyManager = new TestKeys() };

    public enum Kind
    {
        Plain,
        StoreKey,
        ManagedKey,
        CustomerKey,
    }

    public static TheoryData<Kind> Sealed => [Kind.StoreKey, Kind.ManagedKey, Kind.CustomerKey];

    public static TheoryData<Kind, Kind> Pairs
    {
        get
        {
            var pairs = new TheoryData<Kind, Kind>();
            foreach (var source in Enum.GetValues<Kind>())
            {
                foreach (var target in Enum.GetValues<Kind>()) pairs.Add(source, target);
            }
            return pairs;
        }
    }

    private AmazonS3Client S3 => _server.Client;

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Sealed))]
    public async Task An_object_comes_back_whole_and_in_ranges(Kind kind)
    {
        var bucket = await _server.NewBucketAsync();
        foreach (var length in new[] { 0, 1, 65_536, 200_001 })
        {
            var body = ObjectBench.Bytes(length, length);
            var put = await PutAsync(bucket, "k", body, kind);
            Answer(put.ServerSideEncryptionMethod, put.ServerSideEncryptionKeyManagementServiceKeyId, put.ServerSideEncryptionCustomerMethod).ShouldBe(Told(kind));
            (await ReadAsync(bucket, "k", kind)).ShouldBe(body);
            var head = await HeadAsync(bucket, "k", kind);
            Answer(head.ServerSideEncryptionMethod, head.ServerSideEncryptionKeyManagementServiceKeyId, head.ServerSideEncryptionCustomerMethod).ShouldBe(Told(kind));
            (head.ContentLength, head.ETag).ShouldBe((length, put.ETag));
        }
        var whole = ObjectBench.Bytes(200_001, 200_001);
        foreach (var (start, end) in new[] { (0, 0), (65_535, 65_536), (10, 150_000), (200_000, 200_000) })
            (await ReadAsync(bucket, "k", kind, new ByteRange(start, end))).ShouldBe(whole[start..(end + 1)]);
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public async Task An_upload_in_parts_comes_back_whole_in_ranges_and_in_parts(Kind kind)
    {
        var bucket = await _server.NewBucketAsync();
        var body = ObjectBench.Bytes(PartBytes + 70_000, 7);
        var upload = await BeginAsync(bucket, "k", kind);
        var etags = new List<PartETag>
        {
            await PartAsync(bucket, "k", upload, 1, body[..PartBytes], kind),
            await PartAsync(bucket, "k", upload, 2, body[PartBytes..], kind),
        };
        var completion = new CompleteMultipartUploadRequest { BucketName = bucket, Key = "k", UploadId = upload, PartETags = etags };
        if (kind == Kind.CustomerKey)
        {
            completion.SSECustomerAlgorithm = "AES256";
            completion.SSECustomerKey = Key;
            completion.SSECustomerKeyMD5 = Md5Of(Key);
        }
        var completed = await S3.CompleteMultipartUploadAsync(completion);
        (completed.ServerSideEncryptionMethod?.Value ?? "").ShouldBe(Told(kind).Method);
        (await ReadAsync(bucket, "k", kind)).ShouldBe(body);
        (await ReadAsync(bucket, "k", kind, new ByteRange(PartBytes - 3, PartBytes + 66_000))).ShouldBe(body[(PartBytes - 3)..(PartBytes + 66_001)]);
        var head = await HeadAsync(bucket, "k", kind);
        (head.ContentLength, head.ServerSideEncryptionMethod?.Value ?? "", head.ETag).ShouldBe((body.Length, Told(kind).Method, completed.ETag));
        var request = new GetObjectRequest { BucketName = bucket, Key = "k", PartNumber = 2 };
        GiveKey(request, kind);
        using var part = await S3.GetObjectAsync(request);
        (await BytesAsync(part)).ShouldBe(body[PartBytes..]);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_copy_is_of_the_kind_that_it_asks_for(Kind source, Kind target)
    {
        var bucket = await _server.NewBucketAsync();
        foreach (var length in new[] { 10, 100_000 })
        {
            var body = ObjectBench.Bytes(length, length);
            await PutAsync(bucket, "source", body, source);
            var request = new CopyObjectRequest { SourceBucket = bucket, SourceKey = "source", DestinationBucket = bucket, DestinationKey = "copy" };
            if (source == Kind.CustomerKey)
            {
                request.CopySourceServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
                request.CopySourceServerSideEncryptionCustomerProvidedKey = Key;
            }
            if (target == Kind.CustomerKey)
            {
                request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
                request.ServerSideEncryptionCustomerProvidedKey = Key;
            }
            (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = Asked(target);
            var copied = await S3.CopyObjectAsync(request);
            Answer(copied.ServerSideEncryptionMethod, copied.ServerSideEncryptionKeyManagementServiceKeyId, ServerSideEncryptionCustomerMethod.None).ShouldBe((Told(target).Method, Told(target).KeyId, ""));
            (await ReadAsync(bucket, "copy", target)).ShouldBe(body);
            var head = await HeadAsync(bucket, "copy", target);
            Answer(head.ServerSideEncryptionMethod, head.ServerSideEncryptionKeyManagementServiceKeyId, head.ServerSideEncryptionCustomerMethod).ShouldBe(Told(target));
            (await ReadAsync(bucket, "source", source)).ShouldBe(body);
        }
    }

    [Fact]
    public async Task A_customers_key_opens_only_what_it_has_sealed()
    {
        var bucket = await _server.NewBucketAsync();
        await PutAsync(bucket, "k", [1, 2, 3], Kind.CustomerKey);
        (await ErrorOfAsync(() => ReadAsync(bucket, "k", Kind.Plain))).ShouldBe("400 InvalidRequest");
        var request = new GetObjectRequest { BucketName = bucket, Key = "k" };
        (request.ServerSideEncryptionCustomerMethod, request.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, OtherKey);
        (await ErrorOfAsync(() => S3.GetObjectAsync(request))).ShouldBe("400 InvalidRequest");
        await PutAsync(bucket, "plain", [1, 2, 3], Kind.Plain);
        (await ErrorOfAsync(() => ReadAsync(bucket, "plain", Kind.CustomerKey))).ShouldBe("400 InvalidRequest");
        var upload = await BeginAsync(bucket, "mp", Kind.CustomerKey);
        (await ErrorOfAsync(() => PartAsync(bucket, "mp", upload, 1, [1], Kind.Plain))).ShouldBe("400 InvalidRequest");
    }

    [Fact]
    public async Task A_buckets_default_seals_what_asks_for_nothing()
    {
        var bucket = await _server.NewBucketAsync();
        // The SDK makes an empty answer of the 404.
        ((await S3.GetBucketEncryptionAsync(new() { BucketName = bucket })).ServerSideEncryptionConfiguration?.ServerSideEncryptionRules ?? []).ShouldBeEmpty();
        await SetDefaultAsync(bucket, new() { ServerSideEncryptionAlgorithm = ServerSideEncryptionMethod.AES256 });
        (await PutAsync(bucket, "store", [1], Kind.Plain)).ServerSideEncryptionMethod.ShouldBe(ServerSideEncryptionMethod.AES256);

        await SetDefaultAsync(bucket, new() { ServerSideEncryptionAlgorithm = ServerSideEncryptionMethod.AWSKMS, ServerSideEncryptionKeyManagementServiceKeyId = "second" }, bucketKey: true);
        var rule = (await S3.GetBucketEncryptionAsync(new() { BucketName = bucket })).ServerSideEncryptionConfiguration.ServerSideEncryptionRules.ShouldHaveSingleItem();
        (rule.ServerSideEncryptionByDefault.ServerSideEncryptionAlgorithm, rule.ServerSideEncryptionByDefault.ServerSideEncryptionKeyManagementServiceKeyId, rule.BucketKeyEnabled)
            .ShouldBe((ServerSideEncryptionMethod.AWSKMS, "second", true));
        await PutAsync(bucket, "managed", [2], Kind.Plain);
        var upload = await BeginAsync(bucket, "mp", Kind.Plain);
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "mp", UploadId = upload, PartETags = [await PartAsync(bucket, "mp", upload, 1, [3], Kind.Plain)] });
        await S3.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "store", DestinationBucket = bucket, DestinationKey = "copy" });
        foreach (var key in new[] { "managed", "mp", "copy" })
        {
            var head = await HeadAsync(bucket, key, Kind.Plain);
            (head.ServerSideEncryptionMethod, head.ServerSideEncryptionKeyManagementServiceKeyId, head.BucketKeyEnabled).ShouldBe((ServerSideEncryptionMethod.AWSKMS, "second", true), key);
        }
        (await HeadAsync(bucket, "store", Kind.Plain)).ServerSideEncryptionMethod.ShouldBe(ServerSideEncryptionMethod.AES256);
        await PutAsync(bucket, "customer", [4], Kind.CustomerKey);
        (await ReadAsync(bucket, "customer", Kind.CustomerKey)).ShouldBe([4]);

        await S3.DeleteBucketEncryptionAsync(new() { BucketName = bucket });
        ((await PutAsync(bucket, "plain", [5], Kind.Plain)).ServerSideEncryptionMethod?.Value ?? "").ShouldBe("");
        (await ErrorOfAsync(() => SetDefaultAsync(bucket, new() { ServerSideEncryptionAlgorithm = ServerSideEncryptionMethod.AWSKMS, ServerSideEncryptionKeyManagementServiceKeyId = "third" })))
            .ShouldBe("400 KMS.NotFoundException");
    }

    private static (ServerSideEncryptionMethod? Method, string? KeyId) Asked(Kind kind) => kind switch
    {
        Kind.StoreKey => (ServerSideEncryptionMethod.AES256, null),
        Kind.ManagedKey => (ServerSideEncryptionMethod.AWSKMS, "second"),
        _ => (null, null),
    };

    private static (string Method, string KeyId, string Customer) Told(Kind kind) =>
        (Asked(kind).Method?.Value ?? "", Asked(kind).KeyId ?? "", kind == Kind.CustomerKey ? "AES256" : "");

    // The SDK says null in some answers and nothing in others.
    private static (string Method, string KeyId, string Customer) Answer(ServerSideEncryptionMethod? method, string? keyId, ServerSideEncryptionCustomerMethod? customer) =>
        (method?.Value ?? "", keyId ?? "", customer?.Value ?? "");

    private static string Md5Of(string key) => Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(Convert.FromBase64String(key)));

    private static void GiveKey(GetObjectRequest request, Kind kind)
    {
        if (kind != Kind.CustomerKey) return;
        request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
        request.ServerSideEncryptionCustomerProvidedKey = Key;
    }

    private async Task<PutObjectResponse> PutAsync(string bucket, string key, byte[] body, Kind kind)
    {
        var request = new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(body) };
        (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = Asked(kind);
        if (kind == Kind.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = Key;
        }
        return await S3.PutObjectAsync(request);
    }

    private async Task<string> BeginAsync(string bucket, string key, Kind kind)
    {
        var request = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key };
        (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = Asked(kind);
        if (kind == Kind.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = Key;
        }
        return (await S3.InitiateMultipartUploadAsync(request)).UploadId;
    }

    private async Task<PartETag> PartAsync(string bucket, string key, string upload, int number, byte[] body, Kind kind)
    {
        var request = new UploadPartRequest { BucketName = bucket, Key = key, UploadId = upload, PartNumber = number, InputStream = new MemoryStream(body) };
        if (kind == Kind.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = Key;
        }
        return new PartETag(number, (await S3.UploadPartAsync(request)).ETag);
    }

    private Task<GetObjectMetadataResponse> HeadAsync(string bucket, string key, Kind kind)
    {
        var request = new GetObjectMetadataRequest { BucketName = bucket, Key = key };
        if (kind == Kind.CustomerKey)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            request.ServerSideEncryptionCustomerProvidedKey = Key;
        }
        return S3.GetObjectMetadataAsync(request);
    }

    private async Task<byte[]> ReadAsync(string bucket, string key, Kind kind, ByteRange? range = null)
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = range };
        GiveKey(request, kind);
        using var got = await S3.GetObjectAsync(request);
        return await BytesAsync(got);
    }

    private static async Task<byte[]> BytesAsync(GetObjectResponse got)
    {
        using var bytes = new MemoryStream();
        await got.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private Task SetDefaultAsync(string bucket, ServerSideEncryptionByDefault rule, bool bucketKey = false) => S3.PutBucketEncryptionAsync(new()
    {
        BucketName = bucket,
        ServerSideEncryptionConfiguration = new() { ServerSideEncryptionRules = [new() { ServerSideEncryptionByDefault = rule, BucketKeyEnabled = bucketKey }] },
    });

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }
}
