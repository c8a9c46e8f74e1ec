using System.Security.Cryptography.X509Certificates;
using Amazon.S3;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>A Vault over https, whose certificate a private authority has signed.</summary>
public sealed class VaultTlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("objectstore-vault-tls-").FullName;
    private readonly PrivateAuthority _authority = new("the company's");

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_authority_of_the_file_is_trusted_and_no_other()
    {
        using var certificate = _authority.Sign();
        await using var vault = await StartAsync(certificate);
        await using (var keys = Open(vault, _authority)) await RoundTripAsync(keys);
        var asked = vault.CountOf("");

        using var other = new PrivateAuthority("somebody's");
        await using (var keys = Open(vault, other)) (await RefusalAsync(keys)).ShouldContain("certificate chain");
        // Nor do the machine's authorities know it.
        await using (var keys = Open(vault, null)) await RefusalAsync(keys);
        vault.CountOf("").ShouldBe(asked, "neither a token nor a data key goes to who is not trusted");
    }

    [Fact]
    public async Task Several_authorities_may_stand_in_the_file_while_one_follows_another()
    {
        using var next = new PrivateAuthority("the company's next");
        foreach (var authority in new[] { _authority, next })
        {
            using var certificate = authority.Sign();
            await using var vault = await StartAsync(certificate);
            await using var keys = Open(vault, _authority, next);
            await RoundTripAsync(keys);
        }
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        using var certificate = _authority.Sign(ended: true);
        await using var vault = await StartAsync(certificate);
        await using var keys = Open(vault, _authority);
        (await RefusalAsync(keys)).ShouldContain("NotTimeValid");
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_refused()
    {
        using var certificate = _authority.Sign(name: "vault.example.com");
        await using var vault = await StartAsync(certificate);
        await using var keys = Open(vault, _authority);
        (await RefusalAsync(keys)).ShouldContain("NameMismatch");
    }

    /// <summary>A Vault that does not speak TLS where it is asked for is no Vault.</summary>
    [Fact]
    public async Task Plain_http_behind_an_https_address_is_refused()
    {
        await using var vault = await StartAsync(null);
        await using var keys = Open(new UriBuilder(vault.Address) { Scheme = "https" }.Uri, _authority);
        await RefusalAsync(keys);
        vault.CountOf("").ShouldBe(0);
    }

    /// <summary>docs/ADMIN.md: writes are refused, what is kept open still reads, and plain objects do not need it.</summary>
    [Theory]
    [InlineData("sealed")]
    [InlineData("renewal")]
    public async Task While_it_cannot_work_writes_are_refused_and_reads_go_on_with_keys_that_are_open(string outage)
    {
        using var certificate = _authority.Sign();
        await using var vault = await StartAsync(certificate);
        vault.LeaseSeconds = outage == "renewal" ? 90 : 0;
        var time = new ManualTime();
        await using var keys = Open(vault.Address, [_authority], time, cacheTime: TimeSpan.FromHours(1));
        var server = new SdkServer { KeyManager = keys };
        await server.InitializeAsync();
        try
        {
            var s3 = server.Client;
            var bucket = await server.NewBucketAsync();
            foreach (var method in new[] { ServerSideEncryptionMethod.AWSKMS, ServerSideEncryptionMethod.AES256 }) await PutAsync(s3, bucket, method.Value, method);

            if (outage == "sealed") vault.Instead = _ => (503, """{"errors":["Vault is sealed"]}""");
            else
            {
                // Its token ends without having been renewed.
                vault.RevokeTokens();
                time.Advance(TimeSpan.FromSeconds(61));
            }
            foreach (var method in new[] { ServerSideEncryptionMethod.AWSKMS, ServerSideEncryptionMethod.AES256 })
            {
                var error = await Should.ThrowAsync<AmazonS3Exception>(() => PutAsync(s3, bucket, "new", method));
                ((int)error.StatusCode, error.ErrorCode).ShouldBe((503, "ServiceUnavailable"));
                error.Message.ShouldContain("key manager");
                error.Message.ShouldNotContain(vault.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
                (await GetAsync(s3, bucket, method.Value)).ShouldBe(method.Value);
            }
            await PutAsync(s3, bucket, "plain", null);
            (await GetAsync(s3, bucket, "plain")).ShouldBe("plain");
            (await Should.ThrowAsync<AmazonS3Exception>(() => s3.GetObjectMetadataAsync(bucket, "new"))).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);

            vault.Instead = null;
            vault.AddToken("token");
            await PutAsync(s3, bucket, "new", ServerSideEncryptionMethod.AWSKMS);
            (await GetAsync(s3, bucket, "new")).ShouldBe("new");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task RoundTripAsync(VaultKeys keys)
    {
        var dataKey = ObjectBench.Bytes(32, 1);
        (await keys.HasKeyAsync("first", default)).ShouldBeTrue();
        (await keys.UnwrapAsync("first", await keys.WrapAsync("first", dataKey, new byte[16], default), new byte[16], default)).ShouldBe(dataKey);
    }

    private static async Task<string> RefusalAsync(VaultKeys keys)
    {
        var fault = await Should.ThrowAsync<KeyManagerException>(() => keys.HasKeyAsync("first", default).AsTask());
        fault.IsTransient.ShouldBeTrue();
        fault.Message.ShouldNotContain("127.0.0.1");
        fault.Message.ShouldNotContain("token");
        fault.Message.ShouldContain("no trusted connection");
        return fault.Message;
    }

    private static async Task<FakeVault> StartAsync(X509Certificate2? certificate)
    {
        var vault = await FakeVault.StartAsync(certificate);
        vault.AddVersion("first");
        vault.AddToken("token");
        return vault;
    }

    private VaultKeys Open(FakeVault vault, params PrivateAuthority?[]? trusted) => Open(vault.Address, trusted ?? []);

    private VaultKeys Open(Uri address, params PrivateAuthority?[] trusted) => Open(address, trusted, TimeProvider.System, TimeSpan.Zero);

    private VaultKeys Open(Uri address, PrivateAuthority?[] trusted, TimeProvider time, TimeSpan cacheTime)
    {
        var token = Path.Combine(_directory, "token");
        if (!File.Exists(token)) File.WriteAllText(token, "token");
        string? authorities = null;
        if (trusted.OfType<PrivateAuthority>().ToList() is { Count: > 0 } known)
            File.WriteAllText(authorities = Path.Combine(_directory, $"{Guid.NewGuid():n}.pem"), string.Join("\n", known.Select(authority => authority.Pem)));
        return new VaultKeys(
            new VaultOptions
            {
                Address = address, DefaultKey = "first", TokenFile = token, CaFile = authorities, Timeout = TimeSpan.FromSeconds(60),
                CacheSize = cacheTime > TimeSpan.Zero ? 1000 : 0, CacheTime = cacheTime,
            }, time, NullLogger.Instance);
    }

    private static Task PutAsync(AmazonS3Client s3, string bucket, string key, ServerSideEncryptionMethod? method) =>
        s3.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = key, ServerSideEncryptionMethod = method });

    private static async Task<string> GetAsync(AmazonS3Client s3, string bucket, string key)
    {
        using var got = await s3.GetObjectAsync(bucket, key);
        using var reader = new StreamReader(got.ResponseStream);
        return await reader.ReadToEndAsync();
    }
}
