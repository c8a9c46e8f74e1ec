using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Bucket policies as the AWS SDK sets them, and what they do to requests.</summary>
public sealed class BucketPolicyTests(SdkServer server) : IClassFixture<SdkServer>
{
    private static int _names;

    private AmazonS3Client S3 => server.Client;

    [Fact]
    public async Task A_policy_is_kept_byte_for_byte_until_it_is_deleted()
    {
        var bucket = await server.NewBucketAsync();
        (await HasPolicyAsync(bucket)).ShouldBeFalse();
        var policy = Policy("Allow", await UserArnAsync(), "s3:ListBucket", $"arn:aws:s3:::{bucket}") + " \n";
        (await S3.PutBucketPolicyAsync(bucket, policy)).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await S3.GetBucketPolicyAsync(bucket)).Policy.ShouldBe(policy);
        (await S3.DeleteBucketPolicyAsync(bucket)).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await HasPolicyAsync(bucket)).ShouldBeFalse();
        (await S3.DeleteBucketPolicyAsync(bucket)).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ErrorOfAsync(() => S3.PutBucketPolicyAsync("no-such-bucket", policy))).ShouldBe("404 NoSuchBucket");
    }

    [Fact]
    public async Task A_bucket_without_policy_says_so()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        (await s3.SendAsync("GET", "/bucket?policy")).Outcome.ShouldBe("404 NoSuchBucketPolicy");
        (await s3.SendAsync("GET", "/bucket?policyStatus")).Xml.ShouldBe("<PolicyStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsPublic>false</IsPublic></PolicyStatus>");
    }

    [Theory]
    [InlineData("{", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Version\":\"2012-10-17\"}", "Missing required field Statement")]
    [InlineData("ALLOW s3:GetObjekt arn:aws:s3:::BUCKET/*", "Policy has invalid action")]
    [InlineData("ALLOW s3:GetObject arn:aws:s3:::other/*", "Policy has invalid resource")]
    [InlineData("ALLOW s3:GetObject arn:aws:s3:::BUCKET", "Action does not apply to any resource(s) in statement")]
    public async Task What_is_not_a_policy_of_the_bucket_is_refused(string policy, string message)
    {
        var bucket = await server.NewBucketAsync();
        var text = policy.Replace("BUCKET", bucket, StringComparison.Ordinal);
        if (text.Split(' ') is ["ALLOW", var action, var resource]) text = Policy("Allow", RootArn, action, resource);
        var fault = await Should.ThrowAsync<AmazonS3Exception>(() => S3.PutBucketPolicyAsync(bucket, text));
        (fault.StatusCode, fault.ErrorCode, fault.Message).ShouldBe((HttpStatusCode.BadRequest, "MalformedPolicy", message));
        (await HasPolicyAsync(bucket)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_policy_has_at_most_20_KiB()
    {
        var bucket = await server.NewBucketAsync();
        var policy = Policy("Allow", RootArn, "s3:ListBucket", $"arn:aws:s3:::{bucket}");
        await S3.PutBucketPolicyAsync(bucket, policy.PadRight(PolicyLimits.BucketPolicyBytes));
        (await ErrorOfAsync(() => S3.PutBucketPolicyAsync(bucket, policy.PadRight(PolicyLimits.BucketPolicyBytes + 1)))).ShouldBe("400 MalformedPolicy");
    }

    [Fact]
    public async Task Principals_have_to_exist()
    {
        var bucket = await server.NewBucketAsync();
        var account = await NewAccountAsync();
        string[] known = [RootArn, await UserArnAsync(), account.Id, $"arn:aws:iam::{account.Id}:root"];
        string[] unknown = ["999999999999", "arn:aws:iam::999999999999:root", $"arn:aws:iam::{account.Id}:user/nobody", $"arn:aws:iam::{account.Id}:role/none"];
        foreach (var principal in known) await S3.PutBucketPolicyAsync(bucket, Policy("Deny", principal, "s3:GetObject", $"arn:aws:s3:::{bucket}/*"));
        foreach (var principal in unknown)
            (await ErrorOfAsync(() => S3.PutBucketPolicyAsync(bucket, Policy("Deny", principal, "s3:GetObject", $"arn:aws:s3:::{bucket}/*")))).ShouldBe("400 MalformedPolicy", principal);
    }

    [Fact]
    public async Task A_public_policy_is_refused_while_public_policies_are_blocked()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "hello" });
        var open = Policy("Allow", "*", "s3:GetObject", $"arn:aws:s3:::{bucket}/*");
        (await ErrorOfAsync(() => S3.PutBucketPolicyAsync(bucket, open))).ShouldBe("403 AccessDenied");
        (await IsPublicAsync(bucket)).ShouldBeFalse();

        await S3.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        await S3.PutBucketPolicyAsync(bucket, open);
        (await IsPublicAsync(bucket)).ShouldBeTrue();
        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri(server.Address, $"{bucket}/k"))).ShouldBe("hello");
        (await http.GetAsync(new Uri(server.Address, bucket))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        await S3.DeleteBucketPolicyAsync(bucket);
        (await http.GetAsync(new Uri(server.Address, $"{bucket}/k"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_status_tells_of_policy_and_acl()
    {
        var bucket = $"bucket-status-{Interlocked.Increment(ref _names)}";
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectOwnership = ObjectOwnership.ObjectWriter });
        await S3.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        (await IsPublicAsync(bucket)).ShouldBeFalse();
        await S3.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.AuthenticatedRead });
        (await IsPublicAsync(bucket)).ShouldBeTrue();
        await S3.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.Private });
        (await IsPublicAsync(bucket)).ShouldBeFalse();
        await S3.PutBucketPolicyAsync(bucket, Policy("Allow", "*", "s3:ListBucket", $"arn:aws:s3:::{bucket}", "\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/32\"}"));
        (await IsPublicAsync(bucket)).ShouldBeFalse();
        await S3.PutBucketPolicyAsync(bucket, Policy("Allow", "*", "s3:ListBucket", $"arn:aws:s3:::{bucket}", "\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/1\"}"));
        (await IsPublicAsync(bucket)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_policy_counts_from_the_next_request_on()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "a/k", ContentBody = "hello" });
        using var bob = await NewUserAsync(RootAccount);
        (await ErrorOfAsync(() => bob.Client.GetObjectAsync(bucket, "a/k"))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(bucket, Policy("Allow", bob.Arn, "s3:GetObject", $"arn:aws:s3:::{bucket}/${{aws:username}}/*"));
        (await ErrorOfAsync(() => bob.Client.GetObjectAsync(bucket, "a/k"))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(bucket, Policy("Allow", bob.Arn, "s3:GetObject", $"arn:aws:s3:::{bucket}/a/*"));
        (await ErrorOfAsync(() => bob.Client.GetObjectAsync(bucket, "a/k"))).ShouldBe("none");
        (await ErrorOfAsync(() => bob.Client.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        await S3.DeleteBucketPolicyAsync(bucket);
        (await ErrorOfAsync(() => bob.Client.GetObjectAsync(bucket, "a/k"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task A_policy_lets_another_account_in_whose_own_policies_allow_it()
    {
        var bucket = await server.NewBucketAsync();
        var account = await NewAccountAsync();
        using var theirs = await NewUserAsync(account.Id);
        await S3.PutBucketPolicyAsync(bucket, Policy("Allow", account.Id, "s3:*", $"arn:aws:s3:::{bucket}"));
        (await ErrorOfAsync(() => theirs.Client.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        await AllowAllAsync(account.Id, theirs.Name);
        (await ErrorOfAsync(() => theirs.Client.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("none");

        // Even "s3:*" does not make the policy itself theirs.
        (await ErrorOfAsync(() => theirs.Client.GetBucketPolicyAsync(bucket))).ShouldBe("405 MethodNotAllowed");
        (await ErrorOfAsync(() => theirs.Client.PutBucketPolicyAsync(bucket, Policy("Allow", account.Id, "s3:*", $"arn:aws:s3:::{bucket}")))).ShouldBe("405 MethodNotAllowed");
        (await ErrorOfAsync(() => theirs.Client.DeleteBucketPolicyAsync(bucket))).ShouldBe("405 MethodNotAllowed");
        await S3.DeleteBucketPolicyAsync(bucket);
        (await ErrorOfAsync(() => theirs.Client.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task Nobody_is_locked_out_unasked_and_the_root_never()
    {
        var bucket = await server.NewBucketAsync();
        using var bob = await NewUserAsync(RootAccount);
        await AllowAllAsync(RootAccount, bob.Name);
        var deny = Policy("Deny", "*", "s3:*", $"arn:aws:s3:::{bucket}");
        var request = new PutBucketPolicyRequest { BucketName = bucket, Policy = deny };
        (await ErrorOfAsync(() => bob.Client.PutBucketPolicyAsync(request))).ShouldBe("400 InvalidRequest");
        request.ConfirmRemoveSelfBucketAccess = true;
        (await ErrorOfAsync(() => bob.Client.PutBucketPolicyAsync(request))).ShouldBe("none");
        (await ErrorOfAsync(() => bob.Client.PutBucketPolicyAsync(request))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => bob.Client.DeleteBucketPolicyAsync(bucket))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => S3.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        (await S3.GetBucketPolicyAsync(bucket)).Policy.ShouldBe(deny);
        await S3.PutBucketPolicyAsync(bucket, deny);
        await S3.DeleteBucketPolicyAsync(bucket);
        (await ErrorOfAsync(() => bob.Client.PutBucketPolicyAsync(bucket, Policy("Allow", bob.Arn, "s3:*", $"arn:aws:s3:::{bucket}")))).ShouldBe("none");
    }

    private const string RootAccount = RootCredentialStore.AccountId;
    private const string RootArn = $"arn:aws:iam::{RootAccount}:root";

    private static string Policy(string effect, string principal, string action, string resource, string condition = "") => $$"""
        {"Version":"2012-10-17","Statement":[{"Effect":"{{effect}}","Principal":{"AWS":"{{principal}}"},"Action":"{{action}}","Resource":"{{resource}}","Condition":{ {{condition}} } }]}
        """.Trim();

    private async Task<bool> IsPublicAsync(string bucket) => (await S3.GetBucketPolicyStatusAsync(new() { BucketName = bucket })).PolicyStatus.IsPublic == true;

    // The SDK makes no exception of this error, but hands on its text as the policy.
    private async Task<bool> HasPolicyAsync(string bucket) => (await S3.GetBucketPolicyAsync(bucket)).HttpStatusCode == HttpStatusCode.OK;

    private async Task<Account> NewAccountAsync() =>
        (await server.Identities.Accounts.CreateAsync(new NewAccount($"account-{Interlocked.Increment(ref _names)}"), CancellationToken.None)).Value;

    private async Task<string> UserArnAsync() => (await server.Identities.Users.CreateAsync(RootAccount, new NewUser(NewName()), CancellationToken.None)).Value.Arn;

    private async Task<Person> NewUserAsync(string accountId)
    {
        var user = (await server.Identities.Users.CreateAsync(accountId, new NewUser(NewName()), CancellationToken.None)).Value;
        var key = (await server.Identities.Users.CreateKeyAsync(accountId, user.Name, null, CancellationToken.None)).Value;
        return new Person(user.Name, user.Arn, server.NewClientOf(key.Id, key.Secret.Reveal()));
    }

    private async Task AllowAllAsync(string accountId, string user)
    {
        const string All = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";
        (await server.Identities.Attachments.PutInlineAsync(accountId, new PolicyHolder(PolicyHolderKind.User, user), "all", All, CancellationToken.None)).IsOk.ShouldBeTrue();
    }

    private static string NewName() => $"user-{Interlocked.Increment(ref _names)}";

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

    private sealed record Person(string Name, string Arn, AmazonS3Client Client) : IDisposable
    {
        public void Dispose() => Client.Dispose();
    }
}
