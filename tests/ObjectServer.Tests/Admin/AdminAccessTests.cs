using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Client;
using ObjectStore.ObjectServer.Tests.Identities;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Admin.Calls;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>Nobody gets at the admin API but the operator's root and those of its account whose policies say so.</summary>
public sealed class AdminAccessTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    /// <summary>Every call, with values for its variables that name nothing.</summary>
    public static TheoryData<string, string, string, string> Calls
    {
        get
        {
            var calls = new TheoryData<string, string, string, string>();
            var nobody = IdentityBench.OpenAsync().GetAwaiter().GetResult().Service;
            foreach (var call in new AdminApi(nobody, null!, null!, "", null!, NullLogger<AdminApi>.Instance, [.. new RemoteCalls(null!).All, .. new TierCalls(null!, null!).All, .. new ReplicationCalls(null!, TimeProvider.System).All]).Calls)
            {
                string[] values = call.Template.StartsWith("buckets", StringComparison.Ordinal) ? ["no-such-bucket"]
                    : call.Template.StartsWith("remotes", StringComparison.Ordinal) || call.Template.StartsWith("tiers", StringComparison.Ordinal) ? ["NO_SUCH"] : ["999999999999", "NOSUCHKEY", "nosuchlabel"];
                var variables = call.Segments.Count(segment => segment == "*");
                var path = call.Template;
                foreach (var value in values.Take(variables)) path = path[..path.IndexOf('*', StringComparison.Ordinal)] + value + path[(path.IndexOf('*', StringComparison.Ordinal) + 1)..];
                calls.Add(call.Method, path, AdminResources.NameOf(call.Action), call.Resource(values));
            }
            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_is_for_those_whose_policy_names_exactly_it(string method, string path, string action, string resource)
    {
        async Task<string> OutcomeAsync(Credentials by) => (await _admin.SendAsync(method, path, by: by)).Outcome;
        var (_, root) = await _admin.NewAccountAsync();

        (await OutcomeAsync(root)).ShouldBe("403 AccessDenied", "the root of another account");
        (await OutcomeAsync(await _admin.NewOperatorUserAsync())).ShouldBe("403 AccessDenied", "a user without a policy");
        (await OutcomeAsync(await _admin.NewOperatorUserAsync("Allow", "admin:Other", "*"))).ShouldBe("403 AccessDenied", "a user with another action");
        (await OutcomeAsync(await _admin.NewOperatorUserAsync("Allow", action, "arn:aws:objectstore:::other"))).ShouldBe("403 AccessDenied", "a user with another resource");
        (await OutcomeAsync(await _admin.NewOperatorUserAsync("Deny", action, "*"))).ShouldBe("403 AccessDenied", "a user who is denied it");
        (await OutcomeAsync(await _admin.NewOperatorUserAsync("Allow", "s3:*", "*"))).ShouldBe("403 AccessDenied", "a user who may do all of S3");
        // Past the door: an empty body is refused, or what the path names is not found.
        (await OutcomeAsync(await _admin.NewOperatorUserAsync("Allow", action, resource))).ShouldBeOneOf("200", "400 MalformedDocument", "404 NoSuchEntity");
        (await OutcomeAsync(AdminCaller.Operator)).ShouldBeOneOf("200", "400 MalformedDocument", "404 NoSuchEntity");
    }

    [Theory]
    [InlineData("GET", "accounts")]
    [InlineData("POST", "accounts")]
    [InlineData("GET", "no/such/call")]
    public async Task Strangers_are_told_nothing_but_to_sign(string method, string path)
    {
        var reply = await _admin.SendBytesAsync(method, path, [], @break: request => request.Headers.Authorization = null);
        reply.Outcome.ShouldBe("401 Unauthenticated");
    }

    [Fact]
    public async Task Wrong_signatures_are_refused_each_with_its_reason()
    {
        (await _admin.SendAsync("GET", "accounts", by: AdminCaller.Operator with { SecretKey = "another" })).Outcome.ShouldBe("401 SignatureDoesNotMatch");
        (await _admin.SendAsync("GET", "accounts", by: AdminCaller.Operator with { AccessKey = "nobody" })).Outcome.ShouldBe("401 InvalidAccessKeyId");
        (await _admin.SendAsync("GET", "accounts", by: AdminCaller.Operator with { SessionToken = "made-up" })).Outcome.ShouldBe("401 InvalidToken");
        (await _admin.SendBytesAsync("GET", "accounts", [], clockSkew: TimeSpan.FromMinutes(-16))).Outcome.ShouldBe("401 RequestTimeTooSkewed");
        (await _admin.SendBytesAsync("GET", "accounts", [], service: "iam")).Outcome.ShouldBe("400 AuthorizationHeaderMalformed");
        (await _admin.SendBytesAsync("GET", "accounts", [], region: "mars")).Outcome.ShouldBe("400 AuthorizationHeaderMalformed");
        (await _admin.SendBytesAsync("GET", "accounts", [], service: "s3")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_signature_covers_path_query_and_body()
    {
        (await _admin.SendBytesAsync("GET", "accounts", [], @break: request => request.RequestUri = new Uri(server.Address, "/-/admin/v1/buckets"))).Outcome.ShouldBe("401 SignatureDoesNotMatch");
        (await _admin.SendBytesAsync("GET", "accounts", [], @break: request => request.RequestUri = new Uri(request.RequestUri + "?limit=1"))).Outcome.ShouldBe("401 SignatureDoesNotMatch");
        var body = """{"name": "signed"}"""u8.ToArray();
        var changed = await _admin.SendBytesAsync("POST", "accounts", body, @break: request => request.Content = new ByteArrayContent("""{"name": "forged"}"""u8.ToArray()));
        changed.Outcome.ShouldBe("400 InvalidRequest");
        (await _admin.SendAsync("GET", "accounts")).Text.ShouldNotContain("forged");
    }

    [Fact]
    public async Task A_presigned_link_does_not_open_it()
    {
        using var http = new HttpClient();
        using var link = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, "/-/admin/v1/accounts?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=access-key"));
        using var response = await http.SendAsync(link);
        ((int)response.StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task A_user_that_may_do_everything_does_not_become_the_operators_root()
    {
        var admin = await _admin.NewOperatorUserAsync("Allow", "admin:*");
        const string own = "accounts/000000000000";
        (await _admin.SendAsync("POST", own + "/keys", "{}", admin)).Outcome.ShouldBe("403 AccessDenied");
        (await _admin.SendAsync("PATCH", own, """{"name": "mine"}""", admin)).Outcome.ShouldBe("403 AccessDenied");
        (await _admin.SendAsync("DELETE", own + "/keys/x", by: admin)).Outcome.ShouldBe("403 AccessDenied");
        (await _admin.SendAsync("POST", own + "/sessions", "{}", admin)).Outcome.ShouldBe("400 ValidationError");
        (await _admin.SendAsync("GET", own + "/keys", by: admin)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_policy_may_ask_where_the_caller_is()
    {
        var user = await _admin.NewOperatorUserAsync();
        var name = server.Identities.Users.FindByKey(user.AccessKey)!.Name;
        async Task<int> WithConditionAsync(string condition)
        {
            var policy = $$$"""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "admin:*", "Resource": "*", "Condition": {{{condition}}} }]}""";
            (await server.Identities.Attachments.PutInlineAsync(RootCredentialStore.AccountId, new PolicyHolder(PolicyHolderKind.User, name), "p", policy, CancellationToken.None)).IsOk.ShouldBeTrue();
            return (await _admin.SendAsync("GET", "accounts", by: user)).Status;
        }

        (await WithConditionAsync("""{"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}""")).ShouldBe(200);
        (await WithConditionAsync("""{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}""")).ShouldBe(403);
        (await WithConditionAsync("""{"Bool": {"aws:SecureTransport": "true"}}""")).ShouldBe(403);
        (await WithConditionAsync($$$"""{"StringEquals": {"aws:username": "{{{name}}}"}}""")).ShouldBe(200);
    }
}
