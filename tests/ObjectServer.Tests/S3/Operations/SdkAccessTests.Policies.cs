using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

public sealed partial class SdkAccessTests
{
    [Fact]
    public async Task A_bucket_policy_opens_a_prefix_to_another_account_and_closes_it_again()
    {
        var bucket = await NewBucketAsync("shared/a", "private/a");
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "shared/a"))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(bucket, Policy($$$"""
            {"Effect":"Allow","Principal":{"AWS":"{{{_neighbour.Id}}}"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::{{{bucket}}}/shared/*"}
            """));
        (await S3.GetBucketPolicyStatusAsync(new() { BucketName = bucket })).PolicyStatus.IsPublic.ShouldBe(false);
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "shared/a"))).ShouldBe("ok");
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "private/a"))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => _neighbours.DeleteObjectAsync(bucket, "shared/a"))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => _neighbours.GetBucketPolicyAsync(bucket))).ShouldNotBe("ok");
        await _neighbours.PutObjectAsync(new() { BucketName = bucket, Key = "shared/b", ContentBody = "theirs" });
        (await S3.GetObjectMetadataAsync(bucket, "shared/b")).ContentLength.ShouldBe(6);
        await S3.DeleteBucketPolicyAsync(bucket);
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "shared/a"))).ShouldBe("403 AccessDenied");
        // The SDK takes this error for an answer.
        (await S3.GetBucketPolicyAsync(bucket)).Policy.ShouldContain("NoSuchBucketPolicy");
    }

    [Fact]
    public async Task Everybody_reads_what_a_policy_makes_public_unless_the_bucket_or_the_account_blocks_it()
    {
        var bucket = await NewBucketAsync("k");
        var open = Policy($$$"""{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{{bucket}}}/*"}""");
        (await OutcomeAsync(() => S3.PutBucketPolicyAsync(bucket, open))).ShouldBe("403 AccessDenied", "new buckets block public policies");
        await S3.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        await S3.PutBucketPolicyAsync(bucket, open);
        (await S3.GetBucketPolicyStatusAsync(new() { BucketName = bucket })).PolicyStatus.IsPublic.ShouldBe(true);
        (await AnybodyAsync(bucket, "k")).ShouldBe(HttpStatusCode.OK);
        (await AnybodyAsync(bucket, "none")).ShouldBe(HttpStatusCode.Forbidden, "who may not list does not learn what is not there");
        await S3.PutPublicAccessBlockAsync(new() { BucketName = bucket, PublicAccessBlockConfiguration = new() { RestrictPublicBuckets = true } });
        (await AnybodyAsync(bucket, "k")).ShouldBe(HttpStatusCode.Forbidden);
        (await OutcomeAsync(() => S3.GetObjectAsync(bucket, "k"))).ShouldBe("ok");
    }

    [Fact]
    public async Task A_user_s_group_lets_it_list_and_its_boundary_and_denials_take_away()
    {
        var bucket = await NewBucketAsync("k");
        var (name, user) = await NewUserAsync();
        var group = NewName("group");
        await server.Identities.Groups.CreateAsync(RootCredentialStore.AccountId, group, "/", default);
        await server.Identities.Groups.AddUserAsync(RootCredentialStore.AccountId, group, name, default);
        (await OutcomeAsync(() => user.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        await server.Identities.Attachments.PutInlineAsync(RootCredentialStore.AccountId, new PolicyHolder(PolicyHolderKind.Group, group), "p",
            Policy("""{"Effect":"Allow","Action":"s3:*","Resource":"*"}"""), default);
        (await OutcomeAsync(() => user.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("ok");
        var boundary = (await server.Identities.Policies.CreateAsync(RootCredentialStore.AccountId,
            new NewPolicy(NewName("boundary"), Policy("""{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}""")), default)).Value;
        await server.Identities.Attachments.SetBoundaryAsync(RootCredentialStore.AccountId, new PolicyHolder(PolicyHolderKind.User, name), boundary.Arn, default);
        (await OutcomeAsync(() => user.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => user.GetObjectAsync(bucket, "k"))).ShouldBe("ok");
        await S3.PutBucketPolicyAsync(bucket, Policy($$$"""{"Effect":"Deny","Principal":"*","NotAction":"s3:*Policy","Resource":["arn:aws:s3:::{{{bucket}}}","arn:aws:s3:::{{{bucket}}}/*"]}"""));
        (await OutcomeAsync(() => user.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => S3.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied", "an explicit denial goes before everything, also of the root");
        await S3.DeleteBucketPolicyAsync(bucket);
        (await OutcomeAsync(() => user.GetObjectAsync(bucket, "k"))).ShouldBe("ok");
    }

    [Fact]
    public async Task The_requester_pays_where_the_owner_says_so()
    {
        var bucket = await NewBucketAsync("k");
        await S3.PutBucketPolicyAsync(bucket, Policy($$$"""{"Effect":"Allow","Principal":{"AWS":"{{{_neighbour.Id}}}"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{{{bucket}}}/*"}"""));
        await S3.PutBucketRequestPaymentAsync(new() { BucketName = bucket, RequestPaymentConfiguration = new() { Payer = "Requester" } });
        (await S3.GetBucketRequestPaymentAsync(bucket)).Payer.ShouldBe("Requester");
        (await OutcomeAsync(() => _neighbours.GetObjectAsync(bucket, "k"))).ShouldBe("403 AccessDenied");
        var paid = await _neighbours.GetObjectAsync(new() { BucketName = bucket, Key = "k", RequestPayer = RequestPayer.Requester });
        paid.RequestCharged.ShouldBe(RequestCharged.Requester);
        (await OutcomeAsync(() => S3.GetObjectAsync(bucket, "k"))).ShouldBe("ok", "the owner pays anyway");
    }

    [Fact]
    public async Task Many_deletes_are_decided_key_by_key()
    {
        var bucket = await NewBucketAsync("mine/a", "theirs/a", "theirs/b");
        await S3.PutBucketPolicyAsync(bucket, Policy($$$"""{"Effect":"Allow","Principal":{"AWS":"{{{_neighbour.Id}}}"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::{{{bucket}}}/theirs/*"}"""));
        var failed = await Should.ThrowAsync<DeleteObjectsException>(() => _neighbours.DeleteObjectsAsync(new()
        {
            BucketName = bucket, Objects = [new() { Key = "mine/a" }, new() { Key = "theirs/a" }, new() { Key = "theirs/b" }],
        }));
        failed.Response.DeletedObjects.Select(deleted => deleted.Key).Order().ShouldBe(["theirs/a", "theirs/b"]);
        failed.Response.DeleteErrors.ShouldHaveSingleItem().Code.ShouldBe("AccessDenied");
        (await S3.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects.ShouldHaveSingleItem().Key.ShouldBe("mine/a");
    }

    [Fact]
    public async Task A_copy_needs_to_read_there_and_to_write_here()
    {
        var (source, target) = (await NewBucketAsync("k"), NewName("target"));
        await _neighbours.PutBucketAsync(target);
        (await OutcomeAsync(() => _neighbours.CopyObjectAsync(source, "k", target, "k"))).ShouldBe("403 AccessDenied");
        await S3.PutBucketPolicyAsync(source, Policy($$$"""{"Effect":"Allow","Principal":{"AWS":"{{{_neighbour.Id}}}"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{{{source}}}/*"}"""));
        (await OutcomeAsync(() => _neighbours.CopyObjectAsync(source, "k", target, "k"))).ShouldBe("ok");
        (await OutcomeAsync(() => S3.CopyObjectAsync(source, "k", target, "k"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task Annotations_are_copied_and_renamed_by_those_who_may_read_and_put_them()
    {
        var bucket = await NewBucketAsync("from/k", "from/bare");
        await S3.PutObjectAnnotationAsync(new() { BucketName = bucket, Key = "from/k", AnnotationName = "n", AnnotationPayload = new MemoryStream([65]) });
        var (name, user) = await NewUserAsync();
        await AllowAsync($"\"arn:aws:s3:::{bucket}/*\"", "s3:GetObject", "s3:PutObject", "s3:DeleteObject");
        (await OutcomeAsync(() => user.GetObjectAnnotationAsync(new() { BucketName = bucket, Key = "from/k", AnnotationName = "n" }))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => user.CopyObjectAsync(bucket, "from/k", bucket, "to/k"))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => user.CopyObjectAsync(bucket, "from/bare", bucket, "to/bare"))).ShouldBe("ok");
        (await OutcomeAsync(() => user.CopyObjectAsync(new()
        {
            SourceBucket = bucket, SourceKey = "from/k", DestinationBucket = bucket, DestinationKey = "to/k", AnnotationDirective = AnnotationDirective.EXCLUDE,
        }))).ShouldBe("ok");
        (await OutcomeAsync(() => user.RenameObjectAsync(new() { BucketName = bucket, Key = "to/k", RenameSource = "from/k" }))).ShouldBe("403 AccessDenied");
        (await OutcomeAsync(() => user.RenameObjectAsync(new() { BucketName = bucket, Key = "to/bare", RenameSource = "from/bare" }))).ShouldBe("ok");

        await AllowAsync($"\"arn:aws:s3:::{bucket}/*\"", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAnnotation");
        (await OutcomeAsync(() => user.CopyObjectAsync(bucket, "from/k", bucket, "to/k"))).ShouldBe("403 AccessDenied");
        await AllowAsync($"\"arn:aws:s3:::{bucket}/*\"", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAnnotation", "s3:PutObjectAnnotation");
        (await OutcomeAsync(() => user.CopyObjectAsync(bucket, "from/k", bucket, "to/k"))).ShouldBe("ok");
        (await OutcomeAsync(() => user.RenameObjectAsync(new() { BucketName = bucket, Key = "to/other", RenameSource = "from/k" }))).ShouldBe("ok");
        using var got = await user.GetObjectAnnotationAsync(new() { BucketName = bucket, Key = "to/other", AnnotationName = "n" });
        got.ContentLength.ShouldBe(1);

        Task AllowAsync(string resource, params string[] actions) => S3.PutBucketPolicyAsync(bucket, Policy(
            $$"""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{RootCredentialStore.AccountId}}:user/{{name}}"},"Action":[{{string.Join(',', actions.Select(action => $"\"{action}\""))}}],"Resource":{{resource}}}"""));
    }
}
