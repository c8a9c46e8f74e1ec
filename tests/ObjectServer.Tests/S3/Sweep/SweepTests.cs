using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Tests.S3.Sweep;

/// <summary>
/// Nobody gets through but who may. Every row of the operation table is walked, also those that are not built: they are refused before the
/// answer says so. What root is told is what everybody is told who is allowed to make the call.
/// </summary>
public sealed class SweepTests(SweepServer server) : IClassFixture<SweepServer>
{
    private const string Account = RootCredentialStore.AccountId;
    private const string PolicyName = "sweep";

    private static int _names;

    [Fact]
    public async Task Nobody_gets_through_who_has_not_been_allowed_to()
    {
        var foreign = (await server.Identities.Accounts.CreateAsync(new NewAccount(NewName("foreign")), default)).Value;
        var foreignRoot = Caller.Of((await server.Identities.Accounts.CreateKeyAsync(foreign.Id, null, default)).Value);
        var (foreignUser, foreignKey) = await NewUserAsync(foreign.Id);
        await AllowAsync(foreign.Id, foreignUser, SweepPolicies.Everything);
        var (_, powerless) = await NewUserAsync(Account);

        var bucket = await server.NewBucketAsync();
        await WalkAsync(async call =>
        {
            var request = call.Make(bucket);
            var problems = new List<string>();
            await ShouldBeDeniedAsync(problems, "anonymous", request, null);
            await ShouldBeDeniedAsync(problems, "a user without a policy", request, powerless);
            if (call.IsOfOwnAccount) return problems;
            await ShouldBeDeniedAsync(problems, "a foreign root", request, foreignRoot);
            await ShouldBeDeniedAsync(problems, "a foreign user who may do everything", request, foreignKey);
            return problems;
        });
        await ShouldBeUntouchedAsync(bucket);
    }

    [Fact]
    public async Task Only_a_user_with_exactly_the_right_policy_gets_through()
    {
        var (user, key) = await NewUserAsync(Account);
        var denied = await server.NewBucketAsync();
        await WalkAsync(async call =>
        {
            var problems = new List<string>();
            var request = call.Make(denied);
            foreach (var grant in request.Grants)
            {
                await AllowAsync(Account, user, SweepPolicies.AllBut(grant));
                await ShouldBeDeniedAsync(problems, $"all but {grant}", request, key);
                await AllowAsync(Account, user, SweepPolicies.EverythingWithDenial(grant));
                await ShouldBeDeniedAsync(problems, $"everything, and a denial of {grant}", request, key);
            }

            var (own, ofRoot) = (call.Make(await server.NewBucketAsync()), call.Make(await server.NewBucketAsync()));
            await AllowAsync(Account, user, SweepPolicies.Exactly(own.Grants));
            await ShouldBeToldTheSameAsync(problems, "exactly the right policy", own, key, ofRoot);
            return problems;
        });
        await ShouldBeUntouchedAsync(denied);
    }

    [Fact]
    public async Task Sessions_and_boundaries_only_take_away()
    {
        var (user, key) = await NewUserAsync(Account);
        var (bounded, boundedKey) = await NewUserAsync(Account);
        await AllowAsync(Account, bounded, SweepPolicies.Everything);
        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{Account}}"},"Action":"sts:AssumeRole"}]}""";
        var role = (await server.Identities.Roles.CreateAsync(Account, new NewRole(NewName("role"), trust), default)).Value;
        await server.Identities.Attachments.PutInlineAsync(Account, new PolicyHolder(PolicyHolderKind.Role, role.Name), PolicyName, SweepPolicies.Everything, default);
        var ofUser = server.Identities.Sessions.Start(server.Identities.Find(key.AccessKey, null).Credential!, TimeSpan.FromHours(1));

        var denied = await server.NewBucketAsync();
        await WalkAsync(async call =>
        {
            var problems = new List<string>();
            var request = call.Make(denied);
            foreach (var grant in request.Grants)
            {
                var allBut = SweepPolicies.AllBut(grant);
                await AllowAsync(Account, user, allBut);
                await ShouldBeDeniedAsync(problems, $"a session of a user with all but {grant}", request, Caller.Of(ofUser));
                await ShouldBeDeniedAsync(problems, $"a session of a role that leaves out {grant}", request, StartSession(role, allBut));
                await BoundAsync(bounded, allBut);
                await ShouldBeDeniedAsync(problems, $"a boundary that leaves out {grant}", request, boundedKey);
            }

            var requests = new SweepRequest[4];
            for (var i = 0; i < requests.Length; i++) requests[i] = call.Make(await server.NewBucketAsync());
            await AllowAsync(Account, user, SweepPolicies.Exactly(requests[0].Grants));
            var expected = await server.SendAsync(requests[3], server.Root);
            await ShouldBeToldAsync(problems, "a session of a user with exactly the right policy", requests[0], Caller.Of(ofUser), expected);
            await ShouldBeToldAsync(problems, "a session of a role with exactly the right policy", requests[1], StartSession(role, SweepPolicies.Exactly(requests[1].Grants)), expected);
            await BoundAsync(bounded, SweepPolicies.Exactly(requests[2].Grants));
            await ShouldBeToldAsync(problems, "a boundary of exactly the right", requests[2], boundedKey, expected);
            return problems;
        });
        await ShouldBeUntouchedAsync(denied);
    }

    private static async Task WalkAsync(Func<SweepCall, Task<List<string>>> test)
    {
        var problems = new List<string>();
        foreach (var call in SweepCalls.All)
        {
            // A form says who sends it, so nobody but its handler can decide.
            if (call.Row.Name == S3OperationName.PostObject && !OperationHandlers.Built.Contains(call.Row.Name)) continue;
            problems.AddRange((await test(call)).Select(problem => $"{call}: {problem}"));
        }

        problems.ShouldBeEmpty();
    }

    private async Task ShouldBeDeniedAsync(List<string> problems, string who, SweepRequest request, Caller? caller)
    {
        var answer = await server.SendAsync(request, caller);
        if (!answer.IsDenied) problems.Add($"{who} was answered {answer}");
    }

    private async Task ShouldBeToldTheSameAsync(List<string> problems, string who, SweepRequest request, Caller caller, SweepRequest ofRoot) =>
        await ShouldBeToldAsync(problems, who, request, caller, await server.SendAsync(ofRoot, server.Root));

    private async Task ShouldBeToldAsync(List<string> problems, string who, SweepRequest request, Caller caller, SweepAnswer expected)
    {
        // A request that is refused for its form proves nothing. What is in no tier cannot be restored by anybody, and those who may are told so.
        if (expected.Status is 400 or 403 or >= 500 and not 501 && expected.Code != "InvalidObjectState") problems.Add($"root was answered {expected}: {expected.Body}");
        var answer = await server.SendAsync(request, caller);
        if (answer.Status != expected.Status || answer.Code != expected.Code) problems.Add($"{who} was answered {answer}, and root {expected}");
    }

    /// <summary>Whoever is refused changes nothing.</summary>
    private async Task ShouldBeUntouchedAsync(SweepBucket bucket)
    {
        async Task<SweepAnswer> GetAsync(string path, string query) => await server.SendAsync(new SweepRequest("GET", path, query, [], [], []), server.Root);
        (await GetAsync($"/{bucket.Name}/{SweepBucket.Key}", "")).Body.ShouldBe("content");
        (await GetAsync($"/{bucket.Name}/{SweepBucket.Key}", $"uploadId={bucket.UploadId}")).Element("ETag").ShouldBe(bucket.PartETag);
        (await GetAsync($"/{bucket.OtherName}", "")).Status.ShouldBe(404);
    }

    private static string NewName(string what) => $"{what}-{Interlocked.Increment(ref _names)}";

    private async Task<(string Name, Caller Key)> NewUserAsync(string accountId)
    {
        var name = NewName("user");
        (await server.Identities.Users.CreateAsync(accountId, new NewUser(name), default)).IsOk.ShouldBeTrue();
        return (name, Caller.Of((await server.Identities.Users.CreateKeyAsync(accountId, name, null, default)).Value));
    }

    private async Task AllowAsync(string accountId, string user, string policy) => (await server.Identities.Attachments.PutInlineAsync(
        accountId, new PolicyHolder(PolicyHolderKind.User, user), PolicyName, policy, default)).IsOk.ShouldBeTrue(policy);

    private Caller StartSession(Role role, string policy) =>
        Caller.Of(server.Identities.Sessions.Start(new RoleSessionRequest(role, new RoleSession("sweeper"), TimeSpan.FromHours(1), policy, [])));

    private async Task BoundAsync(string user, string policy)
    {
        var managed = (await server.Identities.Policies.CreateAsync(Account, new NewPolicy(NewName("boundary"), policy), default)).Value;
        (await server.Identities.Attachments.SetBoundaryAsync(Account, new PolicyHolder(PolicyHolderKind.User, user), managed.Arn, default)).IsOk.ShouldBeTrue();
    }
}
