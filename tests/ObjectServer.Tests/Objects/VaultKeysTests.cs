using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Keys in a Vault, whose wire form a fake speaks in this process: outages, wrong answers, rotation, tokens.</summary>
public sealed class VaultKeysTests : IAsyncLifetime
{
    private static readonly byte[] DataKey = ObjectBench.Bytes(32, 1);
    private static readonly byte[] Bound = ObjectBench.Bytes(16, 2);
    private readonly string _directory = Directory.CreateTempSubdirectory("objectstore-vault-").FullName;
    private readonly StepTime _time = new();
    private readonly List<VaultKeys> _opened = [];
    private FakeVault _vault = null!;

    private string TokenFile => Path.Combine(_directory, "token");

    public async Task InitializeAsync()
    {
        _vault = await FakeVault.StartAsync();
        _vault.AddVersion("first");
        _vault.AddVersion("second");
        _vault.AddToken("token-1");
        await File.WriteAllTextAsync(TokenFile, "token-1\n");
    }

    public async Task DisposeAsync()
    {
        foreach (var keys in _opened) await keys.DisposeAsync();
        await _vault.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_it_wraps_it_unwraps_and_only_under_the_same_binding_and_key()
    {
        var keys = Open(cacheSize: 0);
        var wrapped = await keys.WrapAsync("first", DataKey, Bound, default);
        System.Text.Encoding.ASCII.GetString(wrapped).ShouldStartWith("vault:v1:");
        (await keys.UnwrapAsync("first", wrapped, Bound, default)).ShouldBe(DataKey);
        foreach (var (key, bound) in new[] { ("first", new byte[16]), ("second", Bound), ("first", []) })
            (await FaultOfAsync(() => keys.UnwrapAsync(key, wrapped, bound, default).AsTask())).IsTransient.ShouldBeFalse();
        // Not at the end, where bits of Base64 stand for nothing.
        wrapped[^20] ^= 1;
        (await FaultOfAsync(() => keys.UnwrapAsync("first", wrapped, Bound, default).AsTask())).IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_told_as_that_and_none_is_made()
    {
        var keys = Open();
        (await keys.HasKeyAsync("first", default)).ShouldBeTrue();
        foreach (var name in new[] { "third", "", ".", "..", "a/b", "../keys/first", "a?b", "a b" }) (await keys.HasKeyAsync(name, default)).ShouldBeFalse(name);
        var fault = await FaultOfAsync(() => keys.WrapAsync("third", DataKey, Bound, default).AsTask());
        (fault.IsTransient, fault.Message).ShouldBe((false, "There is no key 'third'."));
        _vault.Remove("first");
        (await FaultOfAsync(() => keys.UnwrapAsync("first", "vault:v1:AAAA"u8.ToArray(), Bound, default).AsTask())).IsTransient.ShouldBeFalse();
    }

    [Theory]
    [InlineData(500, """{"errors":["internal error"]}""")]
    [InlineData(503, """{"errors":["Vault is sealed"]}""")]
    [InlineData(429, "")]
    [InlineData(473, "")]
    [InlineData(307, "")]
    [InlineData(403, """{"errors":["permission denied"]}""")]
    [InlineData(404, "{\"errors\":[\"no handler for route \\\"transit/decrypt/first\\\"\"]}")]
    [InlineData(200, "<html>Welcome</html>")]
    [InlineData(200, "null")]
    [InlineData(200, "{}")]
    [InlineData(200, "")]
    [InlineData(200, """{"data":[]}""")]
    public async Task An_outage_is_transient_and_tells_nothing_of_the_address(int status, string body)
    {
        var keys = Open(cacheSize: 0);
        var wrapped = await keys.WrapAsync("first", DataKey, Bound, default);
        _vault.Instead = path => path.StartsWith("transit/", StringComparison.Ordinal) ? (status, body) : null;
        foreach (var call in new Func<Task>[] { () => keys.UnwrapAsync("first", wrapped, Bound, default).AsTask(), () => keys.WrapAsync("first", DataKey, Bound, default).AsTask(), () => keys.HasKeyAsync("first", default).AsTask() })
        {
            var fault = await FaultOfAsync(call);
            fault.IsTransient.ShouldBeTrue();
            fault.Message.ShouldNotContain("127.0.0.1");
            fault.Message.ShouldNotContain("token-1");
        }
        _vault.Instead = null;
        (await keys.UnwrapAsync("first", wrapped, Bound, default)).ShouldBe(DataKey);
    }

    [Fact]
    public async Task Another_key_than_was_wrapped_is_never_taken_for_it()
    {
        var keys = Open(cacheSize: 0);
        var wrapped = await keys.WrapAsync("first", DataKey, Bound, default);
        foreach (var answer in new[] { new byte[32], new byte[64], DataKey, new byte[0], [.. ObjectBench.Bytes(32, 9), .. new byte[32]], new byte[65] })
        {
            _vault.Instead = path => path.StartsWith("transit/decrypt", StringComparison.Ordinal) ? (200, $$$"""{"data":{"plaintext":"{{{Convert.ToBase64String(answer)}}}"}}""") : null;
            (await FaultOfAsync(() => keys.UnwrapAsync("first", wrapped, Bound, default).AsTask())).IsTransient.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("vault:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("garbage")]
    [InlineData("")]
    public async Task What_cannot_be_opened_again_is_not_kept_as_wrapped(string ciphertext)
    {
        var keys = Open();
        _vault.Instead = path => path.StartsWith("transit/encrypt", StringComparison.Ordinal) ? (200, $$$"""{"data":{"ciphertext":"{{{ciphertext}}}"}}""") : null;
        await FaultOfAsync(() => keys.WrapAsync("first", DataKey, Bound, default).AsTask());
    }

    [Fact]
    public async Task No_answer_in_time_and_no_server_are_transient()
    {
        var keys = Open(cacheSize: 0, timeout: TimeSpan.FromMilliseconds(100));
        _vault.Before = new TaskCompletionSource().Task;
        (await FaultOfAsync(() => keys.HasKeyAsync("first", default).AsTask())).IsTransient.ShouldBeTrue();
        await _vault.DisposeAsync();
        (await FaultOfAsync(() => Open(cacheSize: 0, address: new Uri("http://127.0.0.1:1")).HasKeyAsync("first", default).AsTask())).IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_newer_version_of_a_key_wraps_and_the_old_ones_still_open()
    {
        var keys = Open(cacheSize: 0);
        var old = await keys.WrapAsync("first", DataKey, Bound, default);
        _vault.AddVersion("first");
        System.Text.Encoding.ASCII.GetString(await keys.WrapAsync("first", DataKey, Bound, default)).ShouldStartWith("vault:v2:");
        (await keys.UnwrapAsync("first", old, Bound, default)).ShouldBe(DataKey);
        _vault.MinDecryptionVersion = 2;
        var fault = await FaultOfAsync(() => keys.UnwrapAsync("first", old, Bound, default).AsTask());
        fault.IsTransient.ShouldBeFalse();
        fault.Message.ShouldContain("min_decryption_version");
    }

    [Fact]
    public async Task Open_data_keys_are_kept_for_a_while_and_not_more_than_so_many()
    {
        var keys = Open(cacheSize: 2);
        var first = await keys.WrapAsync("first", DataKey, Bound, default);
        var asked = _vault.CountOf("decrypt");
        _vault.Instead = _ => (503, "");
        (await keys.UnwrapAsync("first", first, Bound, default)).ShouldBe(DataKey);
        (await FaultOfAsync(() => keys.UnwrapAsync("first", first, new byte[16], default).AsTask())).IsTransient.ShouldBeTrue();
        _time.Advance(TimeSpan.FromMinutes(6));
        (await FaultOfAsync(() => keys.UnwrapAsync("first", first, Bound, default).AsTask())).IsTransient.ShouldBeTrue();
        _vault.Instead = null;
        (await keys.UnwrapAsync("first", first, Bound, default)).ShouldBe(DataKey);
        await keys.WrapAsync("first", DataKey, Bound, default);
        await keys.WrapAsync("first", DataKey, Bound, default);
        _vault.Instead = _ => (503, "");
        (await FaultOfAsync(() => keys.UnwrapAsync("first", first, Bound, default).AsTask())).IsTransient.ShouldBeTrue();
        _vault.CountOf("decrypt").ShouldBeGreaterThan(asked);
    }

    [Fact]
    public async Task A_token_that_is_replaced_in_its_file_is_taken_at_once()
    {
        var keys = Open(cacheSize: 0);
        var wrapped = await keys.WrapAsync("first", DataKey, Bound, default);
        _vault.RevokeTokens();
        (await FaultOfAsync(() => keys.UnwrapAsync("first", wrapped, Bound, default).AsTask())).IsTransient.ShouldBeTrue();
        _vault.AddToken("token-2");
        await File.WriteAllTextAsync(TokenFile, "token-2");
        (await keys.UnwrapAsync("first", wrapped, Bound, default)).ShouldBe(DataKey);
        File.Delete(TokenFile);
        (await FaultOfAsync(() => keys.UnwrapAsync("first", wrapped, Bound, default).AsTask())).IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_token_is_renewed_after_two_thirds_of_its_life()
    {
        _vault.LeaseSeconds = 90;
        var keys = Open(cacheSize: 0);
        var wrapped = await keys.WrapAsync("first", DataKey, Bound, default);
        _vault.CountOf("renew-self").ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(59));
        await keys.UnwrapAsync("first", wrapped, Bound, default);
        _vault.CountOf("renew-self").ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        await keys.UnwrapAsync("first", wrapped, Bound, default);
        _vault.CountOf("renew-self").ShouldBe(2);
    }

    [Fact]
    public async Task A_role_logs_in_and_again_when_its_token_is_refused()
    {
        _vault.Namespace = "team";
        var file = Path.Combine(_directory, "secret-id");
        await File.WriteAllTextAsync(file, "secret-id\n");
        var keys = Open(new VaultOptions { Address = _vault.Address, DefaultKey = "first", Namespace = "team", RoleId = "role-id", SecretIdFile = file, CacheSize = 0 });
        var wrapped = await keys.WrapAsync("first", DataKey, Bound, default);
        _vault.RevokeTokens();
        (await keys.UnwrapAsync("first", wrapped, Bound, default)).ShouldBe(DataKey);
        _vault.CountOf("login").ShouldBe(2);
        _vault.RevokeTokens();
        _vault.SecretId = "another";
        (await FaultOfAsync(() => keys.UnwrapAsync("first", wrapped, Bound, default).AsTask())).IsTransient.ShouldBeTrue();
        (await FaultOfAsync(() => Open().HasKeyAsync("first", default).AsTask())).IsTransient.ShouldBeTrue("there is no engine without the namespace");
    }

    [Fact]
    public async Task Objects_rotate_to_the_newest_version_and_from_a_key_file_by_an_update()
    {
        var file = KeyFile.OpenOrCreate(Path.Combine(_directory, "keys.json"));
        var vault = Open(cacheSize: 0);
        var manager = new SwitchedKeys { Manager = file };
        await using var server = new Started(new SdkServer { KeyManager = manager });
        await server.Server.InitializeAsync();
        var s3 = server.Server.Client;
        var bucket = await server.Server.NewBucketAsync();
        await PutAsync("of-file");
        manager.Manager = new VaultBesideFile(vault, file);
        await PutAsync("of-vault");
        _vault.AddVersion("first");
        (await ReadAsync("of-file"), await ReadAsync("of-vault")).ShouldBe(("of-file", "of-vault"));
        foreach (var key in new[] { "of-file", "of-vault" })
            await s3.UpdateObjectEncryptionAsync(new() { BucketName = bucket, Key = key, ObjectEncryption = new() { SSEKMS = new() { KMSKeyArn = "first" } } });
        _vault.MinDecryptionVersion = 2;
        manager.Manager = vault;
        (await ReadAsync("of-file"), await ReadAsync("of-vault")).ShouldBe(("of-file", "of-vault"));

        _vault.Instead = _ => (503, "");
        foreach (var call in new Func<Task>[] { () => ReadAsync("of-file"), () => PutAsync("new") })
        {
            var error = await Should.ThrowAsync<Amazon.S3.AmazonS3Exception>(call);
            ((int)error.StatusCode, error.ErrorCode).ShouldBe((503, "ServiceUnavailable"));
            error.Message.ShouldContain("key manager");
        }

        Task PutAsync(string key) => s3.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = key, ServerSideEncryptionMethod = Amazon.S3.ServerSideEncryptionMethod.AES256 });

        async Task<string> ReadAsync(string key)
        {
            using var got = await s3.GetObjectAsync(bucket, key);
            using var reader = new StreamReader(got.ResponseStream);
            return await reader.ReadToEndAsync();
        }
    }

    private VaultKeys Open(int cacheSize = 10_000, TimeSpan? timeout = null, Uri? address = null) => Open(new VaultOptions
    {
        Address = address ?? _vault.Address, DefaultKey = "first", TokenFile = TokenFile, CacheSize = cacheSize, Timeout = timeout ?? TimeSpan.FromSeconds(60),
    });

    private VaultKeys Open(VaultOptions options)
    {
        var keys = new VaultKeys(options, _time, NullLogger.Instance);
        _opened.Add(keys);
        return keys;
    }

    private static Task<KeyManagerException> FaultOfAsync(Func<Task> call) => Should.ThrowAsync<KeyManagerException>(call);

    private sealed class Started(SdkServer server) : IAsyncDisposable
    {
        public SdkServer Server => server;

        public async ValueTask DisposeAsync() => await server.DisposeAsync();
    }

    /// <summary>A clock that only tests move; its timers are the machine's.</summary>
    private sealed class StepTime : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);
    }

    private sealed class SwitchedKeys : IKeyManager
    {
        public required IKeyManager Manager { get; set; }

        public string DefaultKeyId => Manager.DefaultKeyId;

        public ValueTask<bool> HasKeyAsync(string keyId, CancellationToken ct) => Manager.HasKeyAsync(keyId, ct);

        public ValueTask<byte[]> WrapAsync(string keyId, ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> boundTo, CancellationToken ct) => Manager.WrapAsync(keyId, dataKey, boundTo, ct);

        public ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct) => Manager.UnwrapAsync(keyId, wrapped, boundTo, ct);
    }
}
