using static ObjectStore.ObjectServer.Tests.Identities.IdentityBench;

namespace ObjectStore.ObjectServer.Tests.Identities;

public sealed class LabelledKeyTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_key_that_is_asked_for_again_is_the_very_same_also_after_a_restart()
    {
        var bench = await WithUserAsync();
        var made = await EnsureAsync(bench);
        made.IsNew.ShouldBeTrue();
        made.Key.ExpiresAt.ShouldBeNull();
        bench.Find(made.Key).Principal.UserName.ShouldBe("bob");
        (await EnsureAsync(bench)).ShouldBe(made with { IsNew = false });
        await bench.ReopenAsync();
        var again = await EnsureAsync(bench, new LabelledKey("ci", 1) { Lifetime = Hour });
        again.IsNew.ShouldBeFalse();
        again.Key.Id.ShouldBe(made.Key.Id);
        again.Key.Secret.Reveal().ShouldBe(made.Key.Secret.Reveal());
        again.Key.ExpiresAt.ShouldBeNull("a repeat changes nothing");
    }

    [Fact]
    public async Task Many_who_ask_at_once_get_one_key()
    {
        var bench = await WithUserAsync();
        var keys = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => EnsureAsync(bench))));
        keys.Select(key => key.Key.Id).Distinct().ShouldHaveSingleItem();
        keys.Count(key => key.IsNew).ShouldBe(1);
        User(bench).Keys.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_higher_generation_ends_older_ones_after_the_grace_and_none_later_than_it_would_have_ended()
    {
        var bench = await WithUserAsync();
        var first = (await EnsureAsync(bench, new LabelledKey("ci", 1) { Lifetime = TimeSpan.FromMinutes(10) })).Key;
        var other = (await EnsureAsync(bench, new LabelledKey("other", 1))).Key;
        var second = (await EnsureAsync(bench, new LabelledKey("ci", 2) { Grace = Hour })).Key;
        var third = (await EnsureAsync(bench, new LabelledKey("ci", 7) { Grace = Hour })).Key;
        Key(bench, first.Id).ExpiresAt.ShouldBe(first.ExpiresAt, "it ends sooner by itself");
        Key(bench, second.Id).ExpiresAt.ShouldBe(bench.Time.Now + Hour);
        Key(bench, other.Id).ExpiresAt.ShouldBeNull("it is another label's");

        // While it lives, an older generation can still be asked for.
        (await EnsureAsync(bench, new LabelledKey("ci", 2))).Key.Id.ShouldBe(second.Id);
        bench.Time.Now += TimeSpan.FromMinutes(10);
        bench.Service.Find(first.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        bench.Find(second);
        bench.Time.Now += TimeSpan.FromMinutes(50);
        bench.Service.Find(second.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        bench.Find(third);
        (await FaultAsync(bench, new LabelledKey("ci", 2))).ShouldBe(IdentityFault.StaleGeneration);
        (await FaultAsync(bench, new LabelledKey("ci", 5))).ShouldBe(IdentityFault.StaleGeneration, "an older generation is never made");
        await bench.ReopenAsync();
        (await FaultAsync(bench, new LabelledKey("ci", 2))).ShouldBe(IdentityFault.StaleGeneration);
        bench.Find(third);
    }

    [Fact]
    public async Task Without_a_grace_the_old_key_ends_at_once_and_is_gone()
    {
        var bench = await WithUserAsync();
        var first = (await EnsureAsync(bench)).Key;
        await EnsureAsync(bench, new LabelledKey("ci", 2));
        bench.Service.Find(first.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        User(bench).Keys.ShouldHaveSingleItem().Generation.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_ends_to_the_second_and_is_not_made_again_in_its_generation()
    {
        var bench = await WithUserAsync();
        var end = bench.Time.Now + Hour;
        var key = (await EnsureAsync(bench, new LabelledKey("ci", 1) { ExpiresAt = end + TimeSpan.FromMilliseconds(900) })).Key;
        key.ExpiresAt.ShouldBe(end);
        bench.Time.Now = end - TimeSpan.FromTicks(1);
        bench.Find(key);
        bench.Time.Now = end;
        bench.Service.Find(key.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        (await FaultAsync(bench, new LabelledKey("ci", 1))).ShouldBe(IdentityFault.StaleGeneration);
        (await EnsureAsync(bench, new LabelledKey("ci", 2))).IsNew.ShouldBeTrue();
    }

    [Fact]
    public async Task A_label_that_is_deleted_takes_all_its_keys_and_begins_anew()
    {
        var bench = await WithUserAsync();
        var first = (await EnsureAsync(bench)).Key;
        var second = (await EnsureAsync(bench, new LabelledKey("ci", 2) { Grace = Hour })).Key;
        Ok(await bench.Service.LabelledKeys.DeleteAsync(bench.Account.Id, "bob", "ci", default));
        bench.Service.Find(first.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        bench.Service.Find(second.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        (await bench.Service.LabelledKeys.DeleteAsync(bench.Account.Id, "bob", "ci", default)).Refusal!.Fault.ShouldBe(IdentityFault.NoSuchEntity);
        (await EnsureAsync(bench)).Key.Id.ShouldNotBe(first.Id);
    }

    [Fact]
    public async Task Labelled_keys_and_the_two_that_a_user_may_have_do_not_count_for_each_other()
    {
        var bench = await WithUserAsync();
        for (var i = 0; i < IdentityQuotas.KeyLabelsPerUser; i++) await EnsureAsync(bench, new LabelledKey($"label-{i}", 1));
        (await FaultAsync(bench, new LabelledKey("one-more", 1))).ShouldBe(IdentityFault.LimitExceeded);
        for (var i = 0; i < 2; i++) Ok(await bench.Service.Users.CreateKeyAsync(bench.Account.Id, "bob", null, default));
        (await bench.Service.Users.CreateKeyAsync(bench.Account.Id, "bob", null, default)).Refusal!.Fault.ShouldBe(IdentityFault.LimitExceeded);

        // So many generations that live at once; when they have ended there is room again.
        for (var i = 2; i < 2 + IdentityQuotas.LabelledKeysPerUser - IdentityQuotas.KeyLabelsPerUser; i++) await EnsureAsync(bench, new LabelledKey("label-0", i) { Grace = Hour });
        (await FaultAsync(bench, new LabelledKey("label-0", 100) { Grace = Hour })).ShouldBe(IdentityFault.LimitExceeded);
        bench.Time.Now += Hour;
        await EnsureAsync(bench, new LabelledKey("label-0", 100) { Grace = Hour });
    }

    [Fact]
    public async Task A_key_that_was_deleted_by_its_id_is_not_made_again()
    {
        var bench = await WithUserAsync();
        var key = (await EnsureAsync(bench)).Key;
        Ok(await bench.Service.Users.DeleteKeyAsync(bench.Account.Id, "bob", key.Id, default));
        (await FaultAsync(bench, new LabelledKey("ci", 1))).ShouldBe(IdentityFault.StaleGeneration);
    }

    [Theory]
    [InlineData("", 1, 60, 0)]
    [InlineData("a/b", 1, 60, 0)]
    [InlineData("ci", 0, 60, 0)]
    [InlineData("ci", 1, 0, 0)]
    [InlineData("ci", 1, -5, 0)]
    [InlineData("ci", 1, 60, -1)]
    [InlineData("ci", 1, 60, 2_592_001)]
    public async Task What_makes_no_sense_is_refused(string label, int generation, int lifetimeSeconds, int graceSeconds)
    {
        var bench = await WithUserAsync();
        var wish = new LabelledKey(label, generation) { Lifetime = TimeSpan.FromSeconds(lifetimeSeconds), Grace = TimeSpan.FromSeconds(graceSeconds) };
        (await FaultAsync(bench, wish)).ShouldBe(IdentityFault.ValidationError);
        (await FaultAsync(bench, new LabelledKey("ci", 1) { ExpiresAt = bench.Time.Now })).ShouldBe(IdentityFault.ValidationError);
        (await bench.Service.LabelledKeys.EnsureAsync(bench.Account.Id, "nobody", new LabelledKey("ci", 1), default)).Refusal!.Fault.ShouldBe(IdentityFault.NoSuchEntity);
    }

    [Fact]
    public async Task Expired_keys_are_shown_for_a_while_and_then_removed()
    {
        var bench = await WithUserAsync();
        var lasting = (await EnsureAsync(bench, new LabelledKey("lasting", 1))).Key;
        await EnsureAsync(bench, new LabelledKey("ci", 1) { Lifetime = Hour });
        var sweep = new ExpiredKeys(bench.Service.LabelledKeys, bench.Time);
        bench.Time.Now += Hour;
        (await sweep.RemoveAsync(default)).ShouldBe(0);
        User(bench).Keys.Length.ShouldBe(2);
        bench.Time.Now += ExpiredKeys.KeptFor;
        (await sweep.RemoveAsync(default)).ShouldBe(1);
        User(bench).Keys.ShouldHaveSingleItem().Id.ShouldBe(lasting.Id);
        (await FaultAsync(bench, new LabelledKey("ci", 1))).ShouldBe(IdentityFault.StaleGeneration, "what has ended is not made again, though its row is gone");
    }

    [Fact]
    public async Task A_session_ends_with_the_key_that_it_was_asked_with()
    {
        var bench = await WithUserAsync();
        var key = (await EnsureAsync(bench, new LabelledKey("ci", 1) { Lifetime = TimeSpan.FromMinutes(20) })).Key;
        var session = bench.Service.Sessions.Start(bench.Find(key), Hour);
        session.ExpiresAt.ShouldBe(key.ExpiresAt!.Value);
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.RootArn}}"}""");
        SessionCredentials Assume(Credential asker) => bench.Service.Sessions.Start(new RoleSessionRequest(role, new RoleSession("night"), Hour, null, []) { NotAfter = asker.NotAfter });
        var assumed = Assume(bench.Find(key));
        assumed.ExpiresAt.ShouldBe(key.ExpiresAt.Value);
        // Further roles and operators' sessions through sessions end by then, too.
        Assume(Found(bench, session)).ExpiresAt.ShouldBe(key.ExpiresAt.Value);
        Assume(Found(bench, assumed)).ExpiresAt.ShouldBe(key.ExpiresAt.Value);
        bench.Service.Sessions.StartAsRoot(bench.Find(key), null, bench.Account, Hour).ExpiresAt.ShouldBe(key.ExpiresAt.Value);
        bench.Service.Sessions.StartAsRoot(Found(bench, session), session.Token, bench.Account, Hour).ExpiresAt.ShouldBe(key.ExpiresAt.Value);
        bench.Time.Now = key.ExpiresAt.Value;
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.ExpiredToken);
        bench.Service.Find(assumed.AccessKey, assumed.Token).Fault.ShouldBe(CredentialFault.ExpiredToken);
    }

    [Fact]
    public async Task A_session_of_a_key_that_is_retired_ends_with_the_grace()
    {
        var bench = await WithUserAsync();
        var session = bench.Service.Sessions.Start(bench.Find((await EnsureAsync(bench)).Key), Hour);
        var root = bench.Service.Sessions.StartAsRoot(bench.Find((await EnsureAsync(bench)).Key), null, bench.Account, Hour);
        await EnsureAsync(bench, new LabelledKey("ci", 2) { Grace = TimeSpan.FromMinutes(10) });
        bench.Time.Now += TimeSpan.FromMinutes(9);
        Found(bench, session);
        Found(bench, root);
        // Nothing changes in the store at that moment: only time passes.
        bench.Time.Now += TimeSpan.FromMinutes(1);
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
        bench.Service.Find(root.AccessKey, root.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
    }

    private static async Task<IdentityBench> WithUserAsync()
    {
        var bench = await OpenAsync();
        Ok(await bench.Service.Users.CreateAsync(bench.Account.Id, new NewUser("bob"), default));
        return bench;
    }

    private static async Task<EnsuredKey> EnsureAsync(IdentityBench bench, LabelledKey? wish = null) =>
        Ok(await bench.Service.LabelledKeys.EnsureAsync(bench.Account.Id, "bob", wish ?? new LabelledKey("ci", 1), default));

    private static async Task<IdentityFault> FaultAsync(IdentityBench bench, LabelledKey wish) =>
        (await bench.Service.LabelledKeys.EnsureAsync(bench.Account.Id, "bob", wish, default)).Refusal.ShouldNotBeNull().Fault;

    private static User User(IdentityBench bench) => bench.Service.Users.Find(bench.Account.Id, "bob").ShouldNotBeNull();

    private static AccessKey Key(IdentityBench bench, string id) => User(bench).Keys.Single(key => key.Id == id);

    private static Credential Found(IdentityBench bench, SessionCredentials session) => bench.Service.Find(session.AccessKey, session.Token).Credential.ShouldNotBeNull();
}
