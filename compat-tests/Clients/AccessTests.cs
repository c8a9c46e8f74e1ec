using System.Text.Json;
using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>Who may do what, with the tools that administrators of AWS use.</summary>
public sealed class AccessTests(RunningServer running) : IClassFixture<RunningServer>
{
    private AwsShell Root => new(running.Endpoint, running.AwsEnvironment);

    [Fact]
    public async Task A_user_may_do_what_its_policy_says_until_its_key_is_taken_away()
    {
        using var work = new TemporaryDirectory();
        await File.WriteAllTextAsync(work["body"], "content");
        var (bucket, user) = (running.NewBucketName("access-user"), "alice");
        await Root.RunAsync("s3api", "create-bucket", "--bucket", bucket);
        await Root.RunAsync("s3api", "put-object", "--bucket", bucket, "--key", "shared/a", "--body", work["body"]);
        await Root.RunAsync("s3api", "put-object", "--bucket", bucket, "--key", "secret/a", "--body", work["body"]);
        await Root.RunAsync("iam", "create-user", "--user-name", user);
        var key = (await Root.RunAsync("iam", "create-access-key", "--user-name", user)).GetProperty("AccessKey");
        var alice = Root.As(key);
        (await alice.RunAsync("sts", "get-caller-identity")).GetProperty("Arn").GetString().ShouldBe("arn:aws:iam::000000000000:user/alice");
        await alice.ShouldBeRefusedAsync("AccessDenied", "s3api", "get-object", "--bucket", bucket, "--key", "shared/a", work["out"]);

        await Root.RunAsync("iam", "put-user-policy", "--user-name", user, "--policy-name", "shared", "--policy-document", $$$"""
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::{{{bucket}}}/shared/*"},
              {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::{{{bucket}}}", "Condition": {"StringLike": {"s3:prefix": "shared/*"} } }]}
            """);
        await alice.RunAsync("s3api", "get-object", "--bucket", bucket, "--key", "shared/a", work["out"]);
        (await File.ReadAllTextAsync(work["out"])).ShouldBe("content");
        await alice.RunAsync("s3api", "put-object", "--bucket", bucket, "--key", "shared/b", "--body", work["body"]);
        (await alice.RunAsync("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "shared/")).GetProperty("Contents").GetArrayLength().ShouldBe(2);
        await alice.ShouldBeRefusedAsync("AccessDenied", "s3api", "list-objects-v2", "--bucket", bucket);
        await alice.ShouldBeRefusedAsync("AccessDenied", "s3api", "get-object", "--bucket", bucket, "--key", "secret/a", work["out"]);
        await alice.ShouldBeRefusedAsync("AccessDenied", "s3api", "delete-object", "--bucket", bucket, "--key", "shared/a");
        await alice.ShouldBeRefusedAsync("AccessDenied", "iam", "list-users");

        await Root.RunAsync("iam", "update-access-key", "--user-name", user, "--access-key-id", key.GetProperty("AccessKeyId").GetString()!, "--status", "Inactive");
        await alice.ShouldBeRefusedAsync("InvalidAccessKeyId", "s3api", "get-object", "--bucket", bucket, "--key", "shared/a", work["out"]);
    }

    [Fact]
    public async Task A_role_is_assumed_with_a_narrower_policy()
    {
        using var work = new TemporaryDirectory();
        await File.WriteAllTextAsync(work["body"], "content");
        var bucket = running.NewBucketName("access-role");
        await Root.RunAsync("s3api", "create-bucket", "--bucket", bucket);
        await Root.RunAsync("iam", "create-user", "--user-name", "bob");
        var bob = Root.As((await Root.RunAsync("iam", "create-access-key", "--user-name", "bob")).GetProperty("AccessKey"));
        await Root.RunAsync("iam", "put-user-policy", "--user-name", "bob", "--policy-name", "assume", "--policy-document",
            """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}""");
        var role = (await Root.RunAsync("iam", "create-role", "--role-name", "writer", "--assume-role-policy-document",
            """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/bob"}, "Action": "sts:AssumeRole"}}"""))
            .GetProperty("Role").GetProperty("Arn").GetString()!;
        await Root.RunAsync("iam", "put-role-policy", "--role-name", "writer", "--policy-name", "all", "--policy-document",
            """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}""");

        var session = bob.As((await bob.RunAsync("sts", "assume-role", "--role-arn", role, "--role-session-name", "session")).GetProperty("Credentials"));
        await session.RunAsync("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", work["body"]);
        var narrower = bob.As((await bob.RunAsync("sts", "assume-role", "--role-arn", role, "--role-session-name", "session", "--policy",
            """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}""")).GetProperty("Credentials"));
        await narrower.RunAsync("s3api", "get-object", "--bucket", bucket, "--key", "k", work["out"]);
        await narrower.ShouldBeRefusedAsync("AccessDenied", "s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", work["body"]);
        await bob.ShouldBeRefusedAsync("AccessDenied", "s3api", "get-object", "--bucket", bucket, "--key", "k", work["out"]);
    }

    [Fact]
    public async Task A_locked_version_outlives_even_the_root_and_tags_decide()
    {
        using var work = new TemporaryDirectory();
        await File.WriteAllTextAsync(work["body"], "content");
        var bucket = running.NewBucketName("access-lock");
        await Root.RunAsync("s3api", "create-bucket", "--bucket", bucket, "--object-lock-enabled-for-bucket");
        (await Root.RunAsync("s3api", "get-bucket-versioning", "--bucket", bucket)).GetProperty("Status").GetString().ShouldBe("Enabled");
        var until = DateTime.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        var version = (await Root.RunAsync("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", work["body"], "--tagging", "class=public",
            "--object-lock-mode", "GOVERNANCE", "--object-lock-retain-until-date", until)).GetProperty("VersionId").GetString()!;
        await Root.ShouldBeRefusedAsync("AccessDenied", "s3api", "delete-object", "--bucket", bucket, "--key", "k", "--version-id", version);
        (await Root.RunAsync("s3api", "get-object-retention", "--bucket", bucket, "--key", "k")).GetProperty("Retention").GetProperty("Mode").GetString().ShouldBe("GOVERNANCE");
        await Root.RunAsync("s3api", "put-object-legal-hold", "--bucket", bucket, "--key", "k", "--legal-hold", "Status=ON");

        (await Root.RunAsync("s3api", "get-object-tagging", "--bucket", bucket, "--key", "k")).GetProperty("TagSet")[0].GetProperty("Value").GetString().ShouldBe("public");
        await Root.RunAsync("iam", "create-user", "--user-name", "carol");
        var carol = Root.As((await Root.RunAsync("iam", "create-access-key", "--user-name", "carol")).GetProperty("AccessKey"));
        await Root.RunAsync("s3api", "put-bucket-policy", "--bucket", bucket, "--policy", $$$"""
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/carol"}, "Action": "s3:GetObject",
              "Resource": "arn:aws:s3:::{{{bucket}}}/*", "Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "public"} } } }
            """);
        await carol.RunAsync("s3api", "get-object", "--bucket", bucket, "--key", "k", work["out"]);
        await Root.RunAsync("s3api", "put-object-tagging", "--bucket", bucket, "--key", "k", "--tagging", "TagSet=[{Key=class,Value=private}]");
        await carol.ShouldBeRefusedAsync("AccessDenied", "s3api", "get-object", "--bucket", bucket, "--key", "k", work["out"]);

        // Two locks hold it; either alone would.
        await Root.ShouldBeRefusedAsync("AccessDenied", "s3api", "delete-object", "--bucket", bucket, "--key", "k", "--version-id", version, "--bypass-governance-retention");
        await Root.RunAsync("s3api", "put-object-legal-hold", "--bucket", bucket, "--key", "k", "--legal-hold", "Status=OFF");
        await Root.RunAsync("s3api", "delete-object", "--bucket", bucket, "--key", "k", "--version-id", version, "--bypass-governance-retention");
        await Root.ShouldBeRefusedAsync("404", "s3api", "head-object", "--bucket", bucket, "--key", "k");
    }
}
