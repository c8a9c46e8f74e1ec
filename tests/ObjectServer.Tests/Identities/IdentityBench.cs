using System.Security.Cryptography;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.Configuration;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Identities;

/// <summary>Identities over metadata in memory, and a clock that stands.</summary>
internal sealed class IdentityBench
{
    public const string RootUser = "operator";
    public const string RootPassword = "operator-password";

    public const string AllowAll = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";

    public InMemoryKeyValueStore Store { get; } = new();

    public FixedTime Time { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    public IdentityService Service { get; private set; } = null!;

    public Account Account { get; private set; } = null!;

    public static async Task<IdentityBench> OpenAsync()
    {
        var bench = new IdentityBench();
        await bench.ReopenAsync();
        bench.Account = Ok(await bench.Service.Accounts.CreateAsync(new NewAccount("alice", "alice@example.com"), default));
        return bench;
    }

    /// <summary>What a restart does: another service on the same rows.</summary>
    public async Task ReopenAsync(string rootPassword = RootPassword, bool insecureOidc = false, bool withoutAccount = false, S3Dialect? dialect = null) => Service =
        await IdentityService.OpenAsync(Store, RootUser, new Secret(rootPassword), Time, RandomNumberGenerator.Create(), default, insecureOidc, withoutAccount, dialect);

    public async Task<(User User, AccessKey Key)> NewUserAsync(string name, params string[] policies)
    {
        Ok(await Service.Users.CreateAsync(Account.Id, new NewUser(name), default));
        for (var i = 0; i < policies.Length; i++)
            Ok(await Service.Attachments.PutInlineAsync(Account.Id, new PolicyHolder(PolicyHolderKind.User, name), $"policy-{i}", policies[i], default));
        var key = Ok(await Service.Users.CreateKeyAsync(Account.Id, name, null, default));
        return (Service.Users.Find(Account.Id, name)!, key);
    }

    public async Task<Role> NewRoleAsync(string name, string trusted, string? policy = AllowAll, int maxSeconds = 3600, string extra = "")
    {
        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{{trusted}},"Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity","sts:TagSession"]{{extra}}}]}""";
        var role = Ok(await Service.Roles.CreateAsync(Account.Id, new NewRole(name, trust, MaxSessionSeconds: maxSeconds), default));
        if (policy is not null) Ok(await Service.Attachments.PutInlineAsync(Account.Id, new PolicyHolder(PolicyHolderKind.Role, name), "policy", policy, default));
        return role;
    }

    public Credential Find(AccessKey key) => Service.Find(key.Id, null).Credential.ShouldNotBeNull();

    public static T Ok<T>(IdentityResult<T> result) => result.IsOk ? result.Value : throw new InvalidOperationException($"{result.Refusal.Fault}: {result.Refusal.Message}");
}
