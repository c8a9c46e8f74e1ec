using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>Secrets of targets lie sealed in the metadata of a store that has a key.</summary>
public sealed class TargetSecretTests
{
    private const string Arn = "arn:aws:sqs:us-east-1:000000000000:q";

    private readonly InMemoryKeyValueStore _store = new();
    private readonly TestKeys _keys = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_secret_is_stored_sealed_and_opens_again(bool isToken)
    {
        await SetAsync(await OpenAsync(_keys), isToken);
        RowsHold("hidden").ShouldBeFalse();
        var endpoint = (await OpenAsync(_keys)).Find(Arn)!.Endpoint!;
        (isToken ? endpoint.BearerToken : endpoint.Password)!.Reveal().ShouldBe("hidden");
        endpoint.IsSealed.ShouldBeFalse();
    }

    [Fact]
    public async Task What_an_older_server_has_stored_plain_is_read_and_sealed_when_the_store_has_a_key()
    {
        await SetAsync(await OpenAsync(null));
        RowsHold("hidden").ShouldBeTrue();
        (await OpenAsync(_keys)).Find(Arn)!.Endpoint!.Password!.Reveal().ShouldBe("hidden");
        RowsHold("hidden").ShouldBeFalse();
        (await OpenAsync(_keys)).Find(Arn)!.Endpoint!.Password!.Reveal().ShouldBe("hidden");
    }

    [Fact]
    public async Task Without_the_key_the_target_stays_with_its_secret_sealed_and_says_so()
    {
        await SetAsync(await OpenAsync(_keys));
        var targets = new EventTargets(_store, TimeProvider.System);
        (await targets.LoadAsync(default)).ShouldNotBeNull().ShouldContain("sealed");
        (await Should.ThrowAsync<KeyManagerException>(async () => await targets.OpenAsync(targets.Find(Arn)!, default))).IsTransient.ShouldBeFalse();
        // A change of something else keeps it.
        (await targets.ChangeAsync(Arn, target => target! with { Accounts = ["*"] }, default)).IsOk.ShouldBeTrue();
        var again = (await OpenAsync(_keys)).Find(Arn)!;
        (again.Endpoint!.Password!.Reveal(), again.Accounts.Single()).ShouldBe(("hidden", "*"));
    }

    [Fact]
    public async Task A_key_manager_that_is_down_at_the_start_is_asked_again_with_the_next_event()
    {
        await SetAsync(await OpenAsync(_keys));
        _keys.IsDown = true;
        var targets = new EventTargets(_store, TimeProvider.System, new EventTargetSecrets(new SecretSealer(_keys)));
        (await targets.LoadAsync(default)).ShouldNotBeNull();
        await Should.ThrowAsync<KeyManagerException>(async () => await targets.OpenAsync(targets.Find(Arn)!, default));
        _keys.IsDown = false;
        (await targets.OpenAsync(targets.Find(Arn)!, default)).Endpoint!.Password!.Reveal().ShouldBe("hidden");
        targets.Find(Arn)!.Endpoint!.IsSealed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_secret_that_cannot_be_sealed_now_is_not_taken()
    {
        var targets = await OpenAsync(_keys);
        _keys.IsDown = true;
        await Should.ThrowAsync<KvException>(() => SetAsync(targets));
        targets.Find(Arn).ShouldBeNull();
        _store.Rows.ShouldBeEmpty();
    }

    private async Task<EventTargets> OpenAsync(IKeyManager? keys)
    {
        var targets = new EventTargets(_store, TimeProvider.System, new EventTargetSecrets(new SecretSealer(keys)));
        (await targets.LoadAsync(default)).ShouldBeNull();
        return targets;
    }

    private static async Task SetAsync(EventTargets targets, bool isToken = false)
    {
        var endpoint = new EventEndpoint(new Uri("https://hooks.example.com/"));
        endpoint = isToken ? endpoint with { BearerToken = new Secret("hidden") } : endpoint with { UserName = "u", Password = new Secret("hidden") };
        var target = new EventTarget { Kind = EventTargetKind.Queue, Arn = Arn, AccountId = "000000000000", Name = "q", CreatedAt = DateTimeOffset.UnixEpoch, Endpoint = endpoint };
        (await targets.ChangeAsync(Arn, _ => target, default)).IsOk.ShouldBeTrue();
    }

    private bool RowsHold(string text) => _store.Rows.Any(row => row.Value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
}
