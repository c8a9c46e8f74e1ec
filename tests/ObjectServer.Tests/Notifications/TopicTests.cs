using ObjectStore.ObjectServer.Tests.Iam;
using ObjectStore.ObjectServer.Tests.Identities;
using ObjectStore.Server.Iam;
using ObjectStore.Server.Notifications;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>Topics through the calls of SNS, without HTTP.</summary>
public sealed class TopicTests
{
    private readonly EventTargets _targets = new(new InMemoryKeyValueStore(), TimeProvider.System);

    private async Task<(IdentityBench Identities, QueryBench Query, Principal Root)> OpenAsync(params string[] allowed)
    {
        var identities = await IdentityBench.OpenAsync();
        var key = IdentityBench.Ok(await identities.Service.Accounts.CreateKeyAsync(identities.Account.Id, null, default));
        var topics = new TopicActions(_targets, EndpointList.Parse(allowed).List!, "us-east-1");
        return (identities, new QueryBench(identities) { Topics = topics }, identities.Find(key).Principal);
    }

    [Fact]
    public async Task A_topic_is_made_listed_changed_and_deleted()
    {
        var (identities, query, root) = await OpenAsync("https://hooks.example.com");
        var arn = (await query.SnsAsync(root, "CreateTopic", ("Name", "news"))).Ok()["TopicArn"];
        arn.ShouldBe($"arn:aws:sns:us-east-1:{identities.Account.Id}:news");
        (await query.SnsAsync(root, "CreateTopic", ("Name", "news"))).Ok()["TopicArn"].ShouldBe(arn);
        (await query.SnsAsync(root, "ListTopics")).Ok().All("TopicArn").ShouldBe([arn]);

        (await query.SnsAsync(root, "SetTopicAttributes", ("TopicArn", arn), ("AttributeName", "push-endpoint"), ("AttributeValue", "https://user:hidden@hooks.example.com/x"))).Ok();
        var attributes = (await query.SnsAsync(root, "GetTopicAttributes", ("TopicArn", arn))).Ok();
        attributes.All("value").ShouldContain("https://hooks.example.com/x");
        attributes.Document.ToString().ShouldNotContain("hidden");
        _targets.Find(arn)!.Endpoint!.Password!.Reveal().ShouldBe("hidden");
        (await query.SnsAsync(root, "GetTopic", ("TopicArn", arn))).Ok()["EndpointAddress"].ShouldBe("https://hooks.example.com/x");

        (await query.SnsAsync(root, "CreateTopic", ("Name", "news"), ("Attributes.entry.1.key", "DisplayName"), ("Attributes.entry.1.value", "other"))).Code.ShouldBe("InvalidParameter");
        (await query.SnsAsync(root, "DeleteTopic", ("TopicArn", arn))).Ok();
        (await query.SnsAsync(root, "DeleteTopic", ("TopicArn", arn))).Ok();
        (await query.SnsAsync(root, "GetTopicAttributes", ("TopicArn", arn))).Code.ShouldBe("NotFound");
        (await query.SnsAsync(root, "SetTopicAttributes", ("TopicArn", arn), ("AttributeName", "Policy"))).Code.ShouldBe("NotFound");
    }

    [Theory]
    [InlineData("https://elsewhere.example.com/x")]
    [InlineData("http://hooks.example.com/x")]
    [InlineData("https://hooks.example.com:444/x")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("https://hooks.example.com@evil.example.com/")]
    [InlineData("gopher://hooks.example.com/")]
    [InlineData("hooks.example.com")]
    public async Task An_account_may_not_name_an_endpoint_that_the_operator_does_not_allow(string endpoint)
    {
        var (_, query, root) = await OpenAsync("https://hooks.example.com");
        var refused = await query.SnsAsync(root, "CreateTopic", ("Name", "news"), ("Attributes.entry.1.key", "push-endpoint"), ("Attributes.entry.1.value", endpoint));
        refused.Code.ShouldBe("InvalidParameter");
        _targets.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("persistent", "false")]
    [InlineData("amqp-ack-level", "none")]
    [InlineData("OpaqueData", "x")]
    [InlineData("KmsMasterKeyId", "x")]
    [InlineData("Policy", "{}")]
    public async Task What_would_have_no_effect_is_refused(string name, string value)
    {
        var (_, query, root) = await OpenAsync();
        (await query.SnsAsync(root, "CreateTopic", ("Name", "news"), ("Attributes.entry.1.key", name), ("Attributes.entry.1.value", value))).Code.ShouldBe("InvalidParameter");
        (await query.SnsAsync(root, "Subscribe", ("TopicArn", "arn"))).Status.ShouldBe(501);
    }

    [Fact]
    public async Task Users_need_policies_and_other_accounts_the_topics_own()
    {
        var (identities, query, root) = await OpenAsync();
        var arn = (await query.SnsAsync(root, "CreateTopic", ("Name", "news"))).Ok()["TopicArn"];
        (await query.CallAsync(root, "CreateUser", ("UserName", "bob"))).Ok();
        var key = (await query.CallAsync(root, "CreateAccessKey", ("UserName", "bob"))).Ok();
        var bob = identities.Service.Find(key["AccessKeyId"], null).Credential!.Principal;
        (await query.SnsAsync(bob, "ListTopics")).Code.ShouldBe("AuthorizationError");
        (await query.CallAsync(root, "AttachUserPolicy", ("UserName", "bob"), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"))).Ok();
        (await query.SnsAsync(bob, "ListTopics")).Ok();
        (await query.SnsAsync(bob, "DeleteTopic", ("TopicArn", arn))).Code.ShouldBe("AuthorizationError");

        var other = IdentityBench.Ok(await identities.Service.Accounts.CreateAsync(new NewAccount("other"), default));
        var stranger = identities.Find(IdentityBench.Ok(await identities.Service.Accounts.CreateKeyAsync(other.Id, null, default))).Principal;
        foreach (var action in new[] { "GetTopicAttributes", "DeleteTopic" })
            (await query.SnsAsync(stranger, action, ("TopicArn", arn))).Code.ShouldBe("AuthorizationError");
        (await query.SnsAsync(stranger, "ListTopics")).Ok().All("TopicArn").ShouldBeEmpty();

        bool MayPublish() => _targets.Find(arn)!.MayPublish(stranger, identities.Service.PoliciesOf(stranger), new NoConditions());
        MayPublish().ShouldBeFalse();
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{other.Id}}:root"},"Action":["sns:Publish","sns:GetTopicAttributes"],"Resource":"{{arn}}"}]}""";
        (await query.SnsAsync(root, "SetTopicAttributes", ("TopicArn", arn), ("AttributeName", "Policy"), ("AttributeValue", policy))).Ok();
        MayPublish().ShouldBeTrue();
        (await query.SnsAsync(stranger, "GetTopicAttributes", ("TopicArn", arn))).Ok();
        (await query.SnsAsync(stranger, "DeleteTopic", ("TopicArn", arn))).Code.ShouldBe("AuthorizationError");
    }

    [Fact]
    public async Task Targets_are_there_after_a_restart_with_their_secrets()
    {
        var store = new InMemoryKeyValueStore();
        var first = new EventTargets(store, TimeProvider.System);
        EventEndpoint.TryParse("amqps://u:p%40@broker.example.com:5671/vhost", out var endpoint, out _).ShouldBeTrue();
        var target = new EventTarget
        {
            Kind = EventTargetKind.Queue, Arn = "arn:aws:sqs:us-east-1:000000000000:q", AccountId = "000000000000", Name = "q", CreatedAt = DateTimeOffset.UnixEpoch,
            Endpoint = endpoint! with { Exchange = "e", RoutingKey = "k", VerifyTls = false }, Accounts = ["*"],
        };
        (await first.ChangeAsync(target.Arn, _ => target, default)).IsOk.ShouldBeTrue();
        var second = new EventTargets(store, TimeProvider.System);
        await second.LoadAsync(default);
        var loaded = second.Find(target.Arn)!;
        loaded.Endpoint!.Password!.Reveal().ShouldBe("p@");
        loaded.Endpoint.UserName.ShouldBe("u");
        loaded.Endpoint.Address.ShouldBe(new Uri("amqps://broker.example.com:5671/vhost"));
        (loaded.Endpoint.Exchange, loaded.Endpoint.RoutingKey, loaded.Endpoint.VerifyTls).ShouldBe(("e", "k", false));
        loaded.Accounts.ShouldBe(["*"]);
        loaded.ToString().ShouldNotContain("p@");
    }

    [Theory]
    [InlineData("https://*.example.com", "https://a.example.com/x", true)]
    [InlineData("https://*.example.com", "https://example.com/x", false)]
    [InlineData("https://*.example.com", "https://badexample.com/x", false)]
    [InlineData("http://10.0.0.1:8080", "http://10.0.0.1:8080/", true)]
    [InlineData("http://10.0.0.1:8080", "http://10.0.0.1/", false)]
    [InlineData("amqp://broker", "amqp://broker:5672/v", true)]
    [InlineData("amqp://broker", "amqps://broker/v", false)]
    [InlineData("*", "http://anything:1/", true)]
    public void An_entry_allows_what_it_says(string entry, string endpoint, bool allowed) =>
        EndpointList.Parse([entry]).List!.Allows(new Uri(endpoint)).ShouldBe(allowed);

    [Theory]
    [InlineData("example.com")]
    [InlineData("https://example.com/path")]
    [InlineData("https://u:p@example.com")]
    [InlineData("ftp://example.com")]
    public void What_is_no_entry_is_told(string entry) => EndpointList.Parse([entry]).Wrong.ShouldBe(entry);

    private sealed class NoConditions : ObjectStore.Server.Policies.IConditionContext
    {
        public ObjectStore.Server.Policies.ConditionValues GetValues(ObjectStore.Server.Policies.ConditionKey key) => ObjectStore.Server.Policies.ConditionValues.None;
    }
}
