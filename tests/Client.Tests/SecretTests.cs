using ObjectStore.Client.Admin;

namespace ObjectStore.Client.Tests;

public sealed class SecretTests
{
    [Fact]
    public void What_holds_a_secret_is_not_told_by_its_text()
    {
        const string secret = "a-secret-text";
        object[] documents =
        [
            new Credentials("key", secret, secret),
            new UserKeyDocument { AccessKeyId = "key", IsActive = true, CreatedAt = default, SecretAccessKey = secret },
            new RootKeyDocument { AccessKeyId = "key", IsActive = true, CreatedAt = default, SecretAccessKey = secret },
            new NewRootKeyDocument { AccessKeyId = "key", SecretAccessKey = secret },
            new SessionDocument { AccountId = "1", Arn = "arn", AccessKeyId = "key", SecretAccessKey = secret, SessionToken = secret, ExpiresAt = default },
        ];
        foreach (var document in documents) document.ToString().ShouldBe("key");
    }
}
