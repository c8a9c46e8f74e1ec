using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;
using ObjectStore.Server.Tests.Admin;
using ObjectStore.Server.Tests.Cli;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Remotes;

/// <summary>Remotes: set up by the operator, tried out against a second server, their secrets sealed.</summary>
public sealed class RemoteTests : IAsyncLifetime
{
    private const string Secret = "secret-key-of-the-tests";

    private readonly TestKeys _keys = new();
    private readonly SdkServer _other = new();
    private readonly SdkServer _server;
    private readonly CliRun[] _cli = new CliRun[1];

    public RemoteTests() => _server = new SdkServer { KeyManager = _keys };

    private CliRun Cli => _cli[0];

    private string Endpoint => _other.Address.GetLeftPart(UriPartial.Authority);

    public async Task InitializeAsync()
    {
        await Task.WhenAll(_server.InitializeAsync(), _other.InitializeAsync());
        _cli[0] = new CliRun(_server.Address) { Input = Secret + "\n" };
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task A_remote_is_added_shown_tried_changed_and_removed()
    {
        var bucket = await _other.NewBucketAsync(versioned: true);
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id access-key --secret-file -")).Ok();
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id access-key --secret-file -")).Error.ShouldContain("EntityAlreadyExists");
        var shown = (await Cli.RunAsync("remote show cold --json")).Ok();
        (shown["endpoint"], shown["region"], shown["accessKey"], shown["virtualHosts"]).ShouldBe((Endpoint, "us-east-1", "access-key", "False"));
        (await Cli.RunAsync("remote list")).Ok().Output.ShouldContain(Endpoint);
        (await Cli.RunAsync("remote test cold")).Ok().Output.ShouldContain("knows the access key");
        (await Cli.RunAsync($"remote test cold --bucket {bucket} --prefix tier/")).Ok().Output.ShouldContain("written");
        (await _other.Client.ListVersionsAsync(bucket)).Versions.ShouldBeNull("the trial leaves nothing behind");

        (await Cli.RunAsync($"remote set cold {Endpoint} --key-id access-key --remote-region eu-west-1")).Ok();
        (await Cli.RunAsync("remote test cold")).Error.ShouldContain("AuthorizationHeaderMalformed", Case.Sensitive, "the change counts at once, and the secret stayed");
        (await Cli.RunAsync("remote remove cold --json")).Ok().Output.Trim().ShouldBe("{}");
        (await Cli.RunAsync("remote show cold")).Error.ShouldContain("NoSuchEntity");
        (await Cli.RunAsync("remote remove cold")).Error.ShouldContain("NoSuchEntity");
        (await Cli.RunAsync("remote test cold")).Error.ShouldContain("NoSuchEntity");
    }

    [Fact]
    public async Task A_wrong_secret_and_an_endpoint_that_is_away_are_told()
    {
        Cli.Input = "another-secret";
        (await Cli.RunAsync($"remote add wrong {Endpoint} --key-id access-key --secret-file -")).Ok();
        var wrong = await Cli.RunAsync("remote test wrong");
        (wrong.ExitCode, wrong.Error.Contains("SignatureDoesNotMatch", StringComparison.Ordinal)).ShouldBe((1, true), wrong.Error);

        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        (await Cli.RunAsync($"remote add away http://127.0.0.1:{port} --key-id access-key --secret-file -")).Ok();
        (await Cli.RunAsync("remote test away")).Error.ShouldContain("Unreachable");
        (await Cli.RunAsync("remote test away --bucket b")).Error.ShouldContain("Unreachable");
    }

    [Fact]
    public async Task The_secret_is_told_to_nobody_and_lies_sealed()
    {
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id other-key --secret-file -")).Ok();
        (await Cli.RunAsync("remote show cold --json")).Output.ShouldNotContain(Secret);
        (await Cli.RunAsync("remote list --json")).Output.ShouldNotContain(Secret);
        using var snapshot = _server.Rows.Snapshot();
        var row = (await snapshot.GetAsync(SchemaKeys.Remote("cold"), CancellationToken.None))!.Value;
        row.Span.IndexOf(Encoding.UTF8.GetBytes(Secret)).ShouldBe(-1);
        _server.Remotes.Registry.Find("cold")!.ToString().ShouldNotContain(Secret);
    }

    [Fact]
    public async Task A_remote_is_there_after_a_restart()
    {
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id access-key --secret-file -")).Ok();
        await using var again = await RemoteService.OpenAsync(_server.Services.Engine, _keys, TimeProvider.System, null, CancellationToken.None);
        (await again.Trial.RunAsync("cold", null, "", CancellationToken.None))!.Value.Code.ShouldBeNull();
        await using var without = await RemoteService.OpenAsync(_server.Services.Engine, null, TimeProvider.System, null, CancellationToken.None);
        (await without.Trial.RunAsync("cold", null, "", CancellationToken.None))!.Value.Code.ShouldBe("SecretSealed");
    }

    [Fact]
    public async Task A_client_is_kept_until_its_remote_changes()
    {
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id access-key --secret-file -")).Ok();
        var first = await _server.Remotes.Clients.FindAsync("cold", CancellationToken.None);
        (await _server.Remotes.Clients.FindAsync("cold", CancellationToken.None)).ShouldBeSameAs(first);
        (await Cli.RunAsync($"remote set cold {Endpoint} --key-id access-key")).Ok();
        (await _server.Remotes.Clients.FindAsync("cold", CancellationToken.None)).ShouldNotBeSameAs(first);
        (await _server.Remotes.Clients.FindAsync("none", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_remote_in_use_is_not_removed()
    {
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id access-key --secret-file -")).Ok();
        _server.Remotes.Registry.AddUser(new User("cold"));
        var refused = await Cli.RunAsync("remote remove cold");
        refused.Error.ShouldContain("in use: storage class COLD");
        refused.Error.ShouldContain("DeleteConflict");
        (await Cli.RunAsync("remote show cold")).Ok();
    }

    [Fact]
    public async Task Who_begins_to_use_a_remote_and_who_removes_it_do_not_both_win()
    {
        (await Cli.RunAsync($"remote add cold {Endpoint} --key-id access-key --secret-file -")).Ok();
        // Begins within the removal, behind the question whether anybody needs it.
        var user = new LateUser(_server.Rows);
        _server.Remotes.Registry.AddUser(user);
        (await Cli.RunAsync("remote remove cold")).Error.ShouldContain("in use: a row");
        user.Questions.ShouldBe(2);
    }

    [Theory]
    [InlineData("bad.name", """{"endpoint": "http://x", "accessKey": "a", "secretKey": "s"}""", "400 ValidationError")]
    [InlineData("r", """{"endpoint": "http://x/path", "accessKey": "a", "secretKey": "s"}""", "400 ValidationError")]
    [InlineData("r", """{"endpoint": "ftp://x", "accessKey": "a", "secretKey": "s"}""", "400 ValidationError")]
    [InlineData("r", """{"endpoint": "http://x", "accessKey": "a"}""", "400 ValidationError")]
    [InlineData("r", """{"endpoint": "http://x", "accessKey": "a b", "secretKey": "s"}""", "400 ValidationError")]
    [InlineData("r", """{"endpoint": "http://x", "accessKey": "a", "secretKey": "s", "authorities": "no certificate"}""", "400 ValidationError")]
    [InlineData("r", """{"endpoint": "http://x", "accessKey": "a", "secretKey": "s", "other": 1}""", "400 MalformedDocument")]
    public async Task What_cannot_be_is_refused(string name, string body, string outcome)
    {
        using var admin = new AdminCaller(_server);
        (await admin.SendAsync("PUT", "remotes/" + name, body)).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_kept_and_the_answer_says_what_to_do()
    {
        using var admin = new AdminCaller(_other);
        var reply = await admin.SendAsync("PUT", "remotes/r", """{"endpoint": "http://x", "accessKey": "a", "secretKey": "s"}""");
        reply.Outcome.ShouldBe("400 ValidationError");
        reply["message"].ShouldContain("--kms-key-file");
    }

    [Fact]
    public async Task A_key_manager_that_is_away_is_no_reason_to_ask_for_another()
    {
        _keys.IsDown = true;
        using var admin = new AdminCaller(_server);
        (await admin.SendAsync("PUT", "remotes/r", """{"endpoint": "http://x", "accessKey": "a", "secretKey": "s"}""")).Outcome.ShouldBe("503 ServiceUnavailable");
    }

    [Fact]
    public async Task A_sealed_secret_opens_only_where_it_belongs()
    {
        var sealer = new SecretSealer(_keys);
        var record = await sealer.SealAsync(Secret, "remote/a", CancellationToken.None);
        (await sealer.OpenAsync(record, "remote/a", CancellationToken.None)).ShouldBe(Secret);
        await Should.ThrowAsync<KeyManagerException>(async () => await sealer.OpenAsync(record, "remote/b", CancellationToken.None));
        for (var at = 0; at < record.Sealed.Length; at++)
        {
            var bytes = record.Sealed.ToByteArray();
            bytes[at] ^= 1;
            var changed = new SealedSecretRecord { KeyId = record.KeyId, WrappedKey = record.WrappedKey, Sealed = ByteString.CopyFrom(bytes) };
            await Should.ThrowAsync<KeyManagerException>(async () => await sealer.OpenAsync(changed, "remote/a", CancellationToken.None));
        }
        await Should.ThrowAsync<KeyManagerException>(async () => await sealer.OpenAsync(
            new SealedSecretRecord { KeyId = record.KeyId, WrappedKey = record.WrappedKey, Sealed = ByteString.CopyFrom(1, 2) }, "remote/a", CancellationToken.None));
    }

    private sealed class User(string used) : IRemoteUser
    {
        public ValueTask<string?> FindUseAsync(IKvReader reader, string remote, CancellationToken ct) => ValueTask.FromResult(remote == used ? "storage class COLD" : null);
    }

    private sealed class LateUser(IKeyValueStore store) : IRemoteUser
    {
        private static readonly byte[] Row = "zrow-of-the-test"u8.ToArray();

        public int Questions { get; private set; }

        public async ValueTask<string?> FindUseAsync(IKvReader reader, string remote, CancellationToken ct)
        {
            Questions++;
            if (await reader.GetAsync(Row, ct) is not null) return "a row";
            using var other = store.Begin();
            (await other.GetAsync(SchemaKeys.Remote(remote), ct)).ShouldNotBeNull();
            other.Put(Row, new byte[] { 1 });
            await other.CommitAsync(ct);
            return null;
        }
    }
}
