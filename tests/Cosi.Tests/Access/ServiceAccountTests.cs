using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Cosi.Tests.Kubernetes;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>Access without keys: a pod exchanges its token for credentials of the access's role.</summary>
[Collection(StoreTests.Name)]
public sealed class ServiceAccountTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _uid = Guid.NewGuid().ToString();
    private FakeIssuer _issuer = null!;
    private TestDriver _driver = null!;

    private string Account => "ba-" + _uid;

    public async Task InitializeAsync()
    {
        _issuer = await FakeIssuer.StartAsync();
        _driver = await TestDriver.StartAsync(store, change: options => options with { OidcIssuer = _issuer.Url });
        await store.Objects.PutBucketAsync(_bucket);
    }

    public async Task DisposeAsync()
    {
        await _driver.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_pod_gets_credentials_for_its_token_and_nobody_else_does()
    {
        await store.Iam.CreateProviderAsync(_issuer.Url, ["sts.amazonaws.com"], [], default);
        var granted = await _driver.CallAsync<V2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, Request(("serviceAccount", "apps/writer"), ("prefix", "logs/")));
        (granted.AccountId, granted.Credentials.S3.AccessKeyId, granted.Credentials.S3.AccessSecretKey).ShouldBe((Account, "", ""));
        var role = (await store.Iam.FindAsync(IamHolder.Role(Account), default))!;
        // What docs/COSI.md tells pods to set.
        role.Arn.ShouldBe($"arn:aws:iam::000000000000:role{AccountPath}{Account}");
        // In a pod the driver finds the issuer in its own token.
        KubernetesOptions.IssuerOf(_issuer.Token("objectstore", "driver") + "\n").ShouldBe(_issuer.Url);
        KubernetesOptions.IssuerOf("nonsense.#.x").ShouldBeNull();

        using var s3 = await store.SessionAsync(role.Arn, _issuer.Token("apps", "writer"));
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "logs/k", ContentBody = "x" }))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "logs/k"))).ShouldBe("ok");
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "other", ContentBody = "x" }))).ShouldBe("AccessDenied");
        foreach (var token in (string[])[_issuer.Token("apps", "reader"), _issuer.Token("other", "writer"), _issuer.Token("apps", "writer", audience: "https://kubernetes.default.svc")])
            (await Should.ThrowAsync<ClientException>(() => store.Sts.AssumeRoleWithWebIdentityAsync(role.Arn, "pod", token, null, default))).Code.ShouldBeOneOf("AccessDenied", "InvalidIdentityToken");

        for (var time = 0; time < 2; time++) await _driver.CallAsync<V2.DriverRevokeBucketAccessResponse>(TestDriver.V2 + Revoke, Revoke2(Account));
        (await store.RemainsOfAsync(Account)).ShouldBe("");
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "logs/k"))).ShouldNotBe("ok", "its sessions end with the role");
        await Should.ThrowAsync<ClientException>(() => store.Sts.AssumeRoleWithWebIdentityAsync(role.Arn, "pod", _issuer.Token("apps", "writer"), null, default));
    }

    [Fact]
    public async Task The_namespace_comes_from_the_BucketAccess_where_the_class_does_not_say_it()
    {
        await store.Iam.CreateProviderAsync(_issuer.Url, ["sts.amazonaws.com"], [], default);
        await using var cluster = await FakeApiServer.StartAsync();
        using var client = new KubernetesClient(cluster.Options());
        await using var driver = await TestDriver.StartAsync(store, change: options => options with { OidcIssuer = _issuer.Url }, kubernetes: client, clusterId: "c");
        cluster.Add("v1alpha1", _uid, """{"serviceAccountName": "writer"}""");

        // v1alpha1 passes no name either.
        var request = Grant1(_bucket, Account, ("credentialLifetime", "2h"));
        request.AuthenticationType = V1.AuthenticationType.Iam;
        var granted = await driver.CallAsync<V1.DriverGrantBucketAccessResponse>(TestDriver.V1 + Grant, request);
        // The sidecar wants one entry, whatever the authentication.
        granted.Credentials.ShouldHaveSingleItem().Value.Secrets.Keys.Order().ShouldBe(["endpoint", "region"]);
        var role = (await store.Iam.FindAsync(IamHolder.Role(Account), default))!;
        (role.MaxSessionSeconds, role.TrustPolicy!.Contains("system:serviceaccount:apps:writer", StringComparison.Ordinal)).ShouldBe((7200, true));
        using var s3 = await store.SessionAsync(role.Arn, _issuer.Token("apps", "writer"));
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");

        await driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Grant, Grant1(_bucket, Account));
        await driver.RevokedAsync(_bucket, Account);
        (await store.RemainsOfAsync(Account)).ShouldBe("");
    }

    [Fact]
    public async Task What_is_missing_for_it_is_said()
    {
        await using (var plain = await TestDriver.StartAsync(store))
            (await plain.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Request(("serviceAccount", "apps/writer")))).ShouldContain("--oidc-issuer");
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Request())).ShouldContain("NAMESPACE/NAME");
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Request(("serviceAccount", "apps/reader")))).ShouldContain("is for service account writer");
        (await _driver.RefusedAsync(GrpcStatusCode.InvalidArgument, TestDriver.V2 + Grant, Request(("serviceAccount", "apps/writer"), ("credentialLifetime", "30m")))).ShouldContain("from 1h to 12h");
        (await _driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V2 + Grant, Request(("serviceAccount", "apps/writer")))).ShouldContain("CreateOpenIDConnectProvider");
        var provider = await store.Iam.CreateProviderAsync(_issuer.Url, ["somebody"], [], default);
        (await _driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V2 + Grant, Request(("serviceAccount", "apps/writer")))).ShouldContain("AddClientIDToOpenIDConnectProvider");
        (await store.RemainsOfAsync(Account)).ShouldBe("");
        await store.Iam.AddClientIdAsync(provider, "sts.amazonaws.com", default);
        await _driver.CallAsync<V2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, Request(("serviceAccount", "apps/writer")));
    }

    private V2.DriverGrantBucketAccessRequest Request(params ReadOnlySpan<(string, string?)> parameters)
    {
        var request = Grant2(Account, (_bucket, ReadWrite, ReadWrite, Any)).With(parameters);
        request.AuthenticationType = new V2.AuthenticationType { Type = V2.AuthenticationType.Types.Type.ServiceAccount };
        request.ServiceAccountName = "writer";
        return request;
    }
}
