using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Identities;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>Who may set rules, and what their role may do.</summary>
public sealed class ReplicationRoleTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Operator = RootCredentialStore.AccountId;
    private const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    private static int _names;

    private readonly AmazonS3Client _client = server.Client;

    [Fact]
    public async Task A_role_that_does_not_trust_S3_is_no_role_of_replication()
    {
        var (source, target) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        var role = await NewRoleAsync(Operator, "*", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{Operator}}"},"Action":"sts:AssumeRole"}]}""");
        (await ErrorOfAsync(() => PutAsync(_client, source, role, target))).ShouldBe("400 InvalidArgument");
    }

    [Fact]
    public async Task What_the_role_may_is_asked_when_rules_are_set_and_with_each_version()
    {
        var (source, target) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        var name = NewName();
        var role = await NewRoleAsync(Operator, $"arn:aws:s3:::{source}/*", name: name);
        (await ErrorOfAsync(() => PutAsync(_client, source, role, target))).ShouldBe("403 AccessDenied", "it may not write to the target");
        await AllowAsync(Operator, name, "*");
        await PutAsync(_client, source, role, target);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "first", ContentBody = "x" });
        (await EndsAsAsync(source, "first")).ShouldBe("COMPLETED");

        await AllowAsync(Operator, name, $"arn:aws:s3:::{target}/*");
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "second", ContentBody = "x" });
        (await EndsAsAsync(source, "second")).ShouldBe("FAILED", "it may not read the source any more");

        await server.Identities.Roles.DeleteAsync(Operator, name, withBelongings: true, default);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "third", ContentBody = "x" });
        (await EndsAsAsync(source, "third")).ShouldBe("FAILED", "there is no role any more");
    }

    [Fact]
    public async Task A_bucket_of_another_account_takes_replicas_only_where_its_policy_lets_the_role()
    {
        var account = (await server.Identities.Accounts.CreateAsync(new NewAccount(NewName()), default)).Value;
        using var theirs = await NewClientAsync(account.Id, "*");
        var (source, target) = (NewName(), await server.NewBucketAsync(versioned: true));
        await theirs.PutBucketAsync(source);
        await theirs.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = source, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } });
        var role = await NewRoleAsync(account.Id, "*");
        (await ErrorOfAsync(() => PutAsync(theirs, source, role, target))).ShouldBe("403 AccessDenied");
        await _client.PutBucketPolicyAsync(target, $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{role}}"},"Action":["s3:ReplicateObject","s3:ReplicateDelete"],"Resource":"arn:aws:s3:::{{target}}/*"}]}
            """.Trim());
        await PutAsync(theirs, source, role, target);
        await theirs.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "k", ContentBody = "x" });
        await UntilAsync(async () => (await theirs.GetObjectMetadataAsync(source, "k")).ReplicationStatus?.Value == "COMPLETED");
        await _client.DeleteBucketPolicyAsync(target);
        await theirs.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "later", ContentBody = "x" });
        await UntilAsync(async () => (await theirs.GetObjectMetadataAsync(source, "later")).ReplicationStatus?.Value == "FAILED");
    }

    [Fact]
    public async Task Who_sets_rules_hands_on_a_role_and_needs_the_right_for_that()
    {
        var (source, target) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        var role = await NewRoleAsync(Operator, "*");
        using var user = await NewClientAsync(Operator, $"arn:aws:s3:::{source}", "s3:PutReplicationConfiguration");
        (await ErrorOfAsync(() => PutAsync(user, source, role, target))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => PutAsync(user, source, $"arn:aws:iam::{Operator}:root", target))).ShouldBe("403 AccessDenied", "least of all the root");
        using var trusted = await NewClientAsync(Operator, "*", "s3:PutReplicationConfiguration\",\"iam:PassRole");
        (await ErrorOfAsync(() => PutAsync(trusted, source, role, target))).ShouldBe("none");
    }

    [Fact]
    public async Task Remotes_are_the_operators_and_nobody_elses_to_name()
    {
        var account = (await server.Identities.Accounts.CreateAsync(new NewAccount(NewName()), default)).Value;
        using var theirs = await NewClientAsync(account.Id, "*");
        var source = NewName();
        await theirs.PutBucketAsync(source);
        await theirs.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = source, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } });
        var role = await NewRoleAsync(account.Id, "*");
        (await ErrorOfAsync(() => PutAsync(theirs, source, role, "arn:objectstore:s3:any::bucket"))).ShouldBe("403 AccessDenied", "also of one that is not there");
        var rootKey = (await server.Identities.Accounts.CreateKeyAsync(account.Id, null, default)).Value;
        using var root = server.NewClientOf(rootKey.Id, rootKey.Secret.Reveal());
        (await ErrorOfAsync(() => PutAsync(root, source, $"arn:aws:iam::{account.Id}:root", "arn:objectstore:s3:any::bucket"))).ShouldBe("403 AccessDenied");
    }

    private static Task PutAsync(AmazonS3Client client, string bucket, string role, string destination) => client.PutBucketReplicationAsync(new PutBucketReplicationRequest
    {
        BucketName = bucket,
        Configuration = new ReplicationConfiguration
        {
            Role = role,
            Rules =
            [
                new ReplicationRule
                {
                    Id = "all", Priority = 1, Status = ReplicationRuleStatus.Enabled, Filter = new ReplicationRuleFilter { Prefix = "" },
                    DeleteMarkerReplication = new DeleteMarkerReplication { Status = DeleteMarkerReplicationStatus.Enabled },
                    Destination = new ReplicationDestination { BucketArn = destination.StartsWith("arn:", StringComparison.Ordinal) ? destination : "arn:aws:s3:::" + destination },
                },
            ],
        },
    });

    /// <summary>The role's ARN; it may do everything of S3 with the resource.</summary>
    private async Task<string> NewRoleAsync(string account, string resource, string trust = Trust, string? name = null)
    {
        var role = (await server.Identities.Roles.CreateAsync(account, new NewRole(name ?? NewName(), trust), default)).Value;
        await AllowAsync(account, role.Name, resource);
        return role.Arn;
    }

    private async Task AllowAsync(string account, string role, string resource) => (await server.Identities.Attachments.PutInlineAsync(
        account, new PolicyHolder(PolicyHolderKind.Role, role), "p", PolicyOf("s3:*", resource), default)).IsOk.ShouldBeTrue();

    private async Task<AmazonS3Client> NewClientAsync(string account, string resource, string action = "*")
    {
        var user = (await server.Identities.Users.CreateAsync(account, new NewUser(NewName()), default)).Value;
        (await server.Identities.Attachments.PutInlineAsync(account, new PolicyHolder(PolicyHolderKind.User, user.Name), "p", PolicyOf(action, resource), default)).IsOk.ShouldBeTrue();
        var key = (await server.Identities.Users.CreateKeyAsync(account, user.Name, null, default)).Value;
        return server.NewClientOf(key.Id, key.Secret.Reveal());
    }

    private static string PolicyOf(string action, string resource) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["{{action}}"],"Resource":"{{resource}}"}]}""";

    private async Task<string> EndsAsAsync(string bucket, string key)
    {
        var status = "PENDING";
        await UntilAsync(async () => (status = (await _client.GetObjectMetadataAsync(bucket, key)).ReplicationStatus.Value) != "PENDING");
        return status;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo())
        {
            limit.IsCancellationRequested.ShouldBeFalse("it did not become so");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static string NewName() => $"replication-{Interlocked.Increment(ref _names)}";

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }
}
