using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.Iam;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Authorization;

/// <summary>Policies that look at the tags of buckets, and the calls of S3 Control that change these; its SDK does not restore here.</summary>
public sealed class AbacTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Own = "000000000000";

    private AmazonS3Client S3 => server.Client;

    private Task EnableAsync(string bucket, bool on = true) =>
        S3.PutBucketAbacAsync(new PutBucketAbacRequest { BucketName = bucket, AbacStatus = new AbacStatus { Status = on ? BucketAbacStatus.Enabled : BucketAbacStatus.Disabled } });

    private static string Tags(params (string Key, string Value)[] tags) =>
        $"<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags>{string.Concat(tags.Select(tag => $"<Tag><Key>{tag.Key}</Key><Value>{tag.Value}</Value></Tag>"))}</Tags></TagResourceRequest>";

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(
        string method, string bucket, string query = "", string body = "", string account = Own, (string Access, string Secret)? key = null)
    {
        var path = $"{S3Control.TagsPath}arn%3Aaws%3As3%3A%3A%3A{bucket}";
        var headers = new HeaderDictionary { ["host"] = server.Address.Authority, [S3Control.AccountHeader] = account };
        var bytes = Encoding.UTF8.GetBytes(body);
        var (access, secret) = key ?? ("access-key", "secret-key-of-the-tests");
        new TestSigner(access, secret, DateTimeOffset.UtcNow).SignHeaders(method, path, query, headers, TestSigner.Hash(bytes));
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Address, path + (query.Length > 0 ? "?" + query : "")));
        if (method == "POST") request.Content = new ByteArrayContent(bytes);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value.ToString());
        using var client = new HttpClient();
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<(string Access, string Secret)> UserAsync(string policy)
    {
        var name = "user-" + Guid.NewGuid().ToString("N")[..8];
        (await server.Identities.Users.CreateAsync(Own, new(name), default)).IsOk.ShouldBeTrue();
        (await server.Identities.Attachments.PutInlineAsync(Own, new(PolicyHolderKind.User, name), "p", policy, default)).IsOk.ShouldBeTrue();
        var key = (await server.Identities.Users.CreateKeyAsync(Own, name, null, default)).Value;
        return (key.Id, key.Secret.Reveal());
    }

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

    [Fact]
    public async Task Tags_of_a_resource_are_added_replaced_told_and_removed()
    {
        var bucket = await server.NewBucketAsync();
        (await SendAsync("POST", bucket, body: Tags(("a", "1"), ("b", "2")))).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("POST", bucket, body: Tags(("b", "3"), ("c d", "4")))).Status.ShouldBe(HttpStatusCode.NoContent);
        (await S3.GetBucketTaggingAsync(new() { BucketName = bucket })).TagSet.Select(tag => (tag.Key, tag.Value)).ShouldBe([("a", "1"), ("b", "3"), ("c d", "4")]);
        (await SendAsync("DELETE", bucket, "tagKeys=a&tagKeys=c%20d&tagKeys=none")).Status.ShouldBe(HttpStatusCode.NoContent);
        var (status, listed) = await SendAsync("GET", bucket);
        status.ShouldBe(HttpStatusCode.OK);
        listed.ShouldContain("<Tags><Tag><Key>b</Key><Value>3</Value></Tag></Tags>");
        (await SendAsync("DELETE", bucket, "tagKeys=b")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("GET", bucket)).Body.ShouldContain("<Tags></Tags>");
        (await ErrorOfAsync(() => S3.GetBucketTaggingAsync(new() { BucketName = bucket }))).ShouldBe("404 NoSuchTagSet");
    }

    [Fact]
    public async Task What_names_no_bucket_no_tag_or_another_account_is_refused()
    {
        var bucket = await server.NewBucketAsync();
        (await SendAsync("POST", bucket, body: Tags(("a", "1")), account: "111111111111")).ShouldBeError(HttpStatusCode.Forbidden, "AccessDenied");
        (await SendAsync("POST", "never-made-one", body: Tags(("a", "1")))).ShouldBeError(HttpStatusCode.NotFound, "NoSuchBucket");
        (await SendAsync("POST", bucket + "%2Fkey", body: Tags(("a", "1")))).ShouldBeError(HttpStatusCode.NotImplemented, "NotImplemented");
        (await SendAsync("POST", bucket, body: Tags())).ShouldBeError(HttpStatusCode.BadRequest, "MalformedXML");
        (await SendAsync("POST", bucket, body: Tags(("aws:x", "1")))).ShouldBeError(HttpStatusCode.BadRequest, "InvalidTag");
        (await SendAsync("DELETE", bucket)).ShouldBeError(HttpStatusCode.BadRequest, "InvalidArgument");
        for (var i = 0; i < 5; i++) (await SendAsync("POST", bucket, body: Tags([.. Enumerable.Range(i * 10, 10).Select(n => ($"t{n}", ""))]))).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("POST", bucket, body: Tags(("one-more", "")))).ShouldBeError(HttpStatusCode.BadRequest, "InvalidTag");
    }

    [Fact]
    public async Task Where_policies_look_at_tags_the_older_calls_do_not_change_them()
    {
        var bucket = await server.NewBucketAsync();
        (await S3.GetBucketAbacAsync(new GetBucketAbacRequest { BucketName = bucket })).AbacStatus.Status.ShouldBe(BucketAbacStatus.Disabled);
        await EnableAsync(bucket);
        (await S3.GetBucketAbacAsync(new GetBucketAbacRequest { BucketName = bucket })).AbacStatus.Status.ShouldBe(BucketAbacStatus.Enabled);
        (await ErrorOfAsync(() => S3.PutBucketTaggingAsync(new() { BucketName = bucket, TagSet = [new Tag { Key = "a", Value = "b" }] }))).ShouldBe("400 InvalidRequest");
        (await ErrorOfAsync(() => S3.DeleteBucketTaggingAsync(bucket))).ShouldBe("400 InvalidRequest");
        await EnableAsync(bucket, on: false);
        await S3.PutBucketTaggingAsync(new() { BucketName = bucket, TagSet = [new Tag { Key = "a", Value = "b" }] });
    }

    [Theory]
    [InlineData("aws:ResourceTag")]
    [InlineData("s3:BucketTag")]
    public async Task A_policy_that_looks_at_tags_counts_where_the_bucket_says_so(string condition)
    {
        var (red, blue) = (await server.NewBucketAsync(), await server.NewBucketAsync());
        foreach (var (bucket, team) in new[] { (red, "red"), (blue, "blue") })
        {
            (await SendAsync("POST", bucket, body: Tags(("Team", team)))).Status.ShouldBe(HttpStatusCode.NoContent);
            await S3.PutObjectAsync(new() { BucketName = bucket, Key = "key", ContentBody = "x" });
        }
        var user = await UserAsync($$"""
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"{{condition}}/team": "red"} } }]}
            """);
        using var client = server.NewClientOf(user.Access, user.Secret);
        (await ErrorOfAsync(() => client.GetObjectAsync(red, "key"))).ShouldBe("403 AccessDenied", "the bucket does not let policies look yet");
        await EnableAsync(red);
        await EnableAsync(blue);
        (await client.GetObjectAsync(red, "key")).HttpStatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.ListObjectsV2Async(new() { BucketName = red })).KeyCount.ShouldBe(1);
        (await ErrorOfAsync(() => client.GetObjectAsync(blue, "key"))).ShouldBe("403 AccessDenied");

        (await SendAsync("DELETE", red, "tagKeys=Team")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await ErrorOfAsync(() => client.GetObjectAsync(red, "key"))).ShouldBe("403 AccessDenied");
        (await SendAsync("POST", red, body: Tags(("Team", "red")))).Status.ShouldBe(HttpStatusCode.NoContent);
        await EnableAsync(red, on: false);
        (await ErrorOfAsync(() => client.GetObjectAsync(red, "key"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task A_policy_may_bind_which_tags_are_set_and_removed()
    {
        var bucket = await server.NewBucketAsync();
        var user = await UserAsync("""
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Action": "s3:TagResource", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/stage": "test"} } },
              {"Effect": "Allow", "Action": "s3:UntagResource", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]} } }]}
            """);
        (await SendAsync("POST", bucket, body: Tags(("stage", "production")), key: user)).ShouldBeError(HttpStatusCode.Forbidden, "AccessDenied");
        (await SendAsync("POST", bucket, body: Tags(("stage", "test")), key: user)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("GET", bucket, key: user)).ShouldBeError(HttpStatusCode.Forbidden, "AccessDenied");
        (await SendAsync("DELETE", bucket, "tagKeys=owner", key: user)).ShouldBeError(HttpStatusCode.Forbidden, "AccessDenied");
        (await SendAsync("DELETE", bucket, "tagKeys=stage", key: user)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_tag_that_a_policy_forbids_is_not_set_in_another_case()
    {
        var bucket = await server.NewBucketAsync();
        var user = await UserAsync("""
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Action": "s3:TagResource", "Resource": "*"},
              {"Effect": "Deny", "Action": "s3:TagResource", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "admin"} } }]}
            """);
        (await SendAsync("POST", bucket, body: Tags(("TEAM", "admin")), key: user)).ShouldBeError(HttpStatusCode.Forbidden, "AccessDenied");
        // Policies would see the first in the request, and the other on the bucket.
        (await SendAsync("POST", bucket, body: Tags(("team", "users"), ("TEAM", "admin")), key: user)).ShouldBeError(HttpStatusCode.BadRequest, "InvalidTag");
        (await SendAsync("POST", bucket, body: Tags(("team", "users")), key: user)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("POST", bucket, body: Tags(("Team", "others")), key: user)).ShouldBeError(HttpStatusCode.BadRequest, "InvalidTag");
        (await SendAsync("POST", bucket, body: Tags(("team", "others")), key: user)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Tags_of_a_new_bucket_need_the_right_to_tag()
    {
        var user = await UserAsync("""
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"},
              {"Effect": "Allow", "Action": "s3:TagResource", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/stage": "test"} } }]}
            """);
        using var client = server.NewClientOf(user.Access, user.Secret);
        (await CreateAsync("production")).ShouldBe("403 AccessDenied");
        (await CreateAsync("test")).ShouldBe("none");
        (await CreateAsync(null)).ShouldBe("none");

        Task<string> CreateAsync(string? stage) => ErrorOfAsync(() => client.PutBucketAsync(new PutBucketRequest
        {
            BucketName = "tagged-" + Guid.NewGuid().ToString("N"),
            PutBucketConfiguration = stage is null ? null : new PutBucketConfiguration { Tags = [new Tag { Key = "stage", Value = stage }] },
        }));
    }
}
