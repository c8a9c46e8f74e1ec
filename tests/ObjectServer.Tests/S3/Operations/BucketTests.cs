using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.Tests.S3.Operations;

public class BucketTests
{
    [Fact]
    public async Task A_bucket_is_created_found_listed_and_deleted()
    {
        await using var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        var created = await s3.SendAsync("PUT", "/bucket-a");
        created.Status.ShouldBe(200);
        created.Header("Location").ShouldBe("/bucket-a");
        created.Body.ShouldBeEmpty();

        var head = await s3.SendAsync("HEAD", "/bucket-a");
        head.Status.ShouldBe(200);
        head.Header("x-amz-bucket-region").ShouldBe("us-east-1");

        (await s3.SendAsync("GET", "/")).Xml.ShouldBe(
            "<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + $"<Owner><ID>{OperationHarness.OwnerId}</ID><DisplayName>root</DisplayName></Owner>"
            + $"<Buckets><Bucket><Name>bucket-a</Name><CreationDate>{FixedTime.Iso}</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>");

        (await s3.SendAsync("DELETE", "/bucket-a")).Status.ShouldBe(204);
        (await s3.SendAsync("HEAD", "/bucket-a")).Status.ShouldBe(404);
        (await s3.SendAsync("DELETE", "/bucket-a")).Outcome.ShouldBe("404 NoSuchBucket");
    }

    [Theory]
    [InlineData("us-east-1", "200")]
    [InlineData("eu-central-1", "409 BucketAlreadyOwnedByYou")]
    public async Task Creating_a_bucket_again_is_no_error_in_the_oldest_region_only(string region, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync(region);
        await s3.SendAsync("PUT", "/bucket-a");
        (await s3.SendAsync("PUT", "/bucket-a")).Outcome.ShouldBe(outcome);
    }

    // AWS would reset the ACL of a bucket that is in use.
    [Theory]
    [InlineData("x-amz-acl", "public-read", "200")]
    [InlineData("x-amz-acl", "private", "409 BucketAlreadyExists")]
    [InlineData("x-amz-grant-read", "id=" + OperationHarness.OwnerId, "409 BucketAlreadyExists")]
    [InlineData("x-amz-bucket-object-lock-enabled", "true", "409 BucketAlreadyExists")]
    [InlineData("x-amz-object-ownership", "BucketOwnerPreferred", "409 BucketAlreadyExists")]
    [InlineData("x-unknown", "x", "200")]
    public async Task Creating_a_bucket_again_never_leaves_out_what_it_asks_for(string header, string value, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync(configure: options => options with
        {
            DefaultOwnership = ObjectOwnership.ObjectWriter, DefaultPublicAccess = PublicAccessBlock.None,
        });
        (await s3.SendAsync("PUT", "/bucket-a", "", ("x-amz-acl", "public-read"))).Outcome.ShouldBe("200");
        (await s3.SendAsync("PUT", "/bucket-a", "", (header, value))).Outcome.ShouldBe(outcome);
    }

    [Theory]
    [InlineData("us-east-1", "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>")]
    [InlineData("eu-west-1", "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>")]
    public async Task The_location_of_the_first_region_is_empty(string region, string xml)
    {
        await using var s3 = await OperationHarness.OpenAsync(region);
        await s3.SendAsync("PUT", "/bucket-a");
        (await s3.SendAsync("GET", "/bucket-a?location")).Xml.ShouldBe(xml);
    }

    [Theory]
    [InlineData("", "200")]
    [InlineData("<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>", "200")]
    [InlineData("<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>", "200")]
    [InlineData("<CreateBucketConfiguration/>", "200")]
    [InlineData("<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint></CreateBucketConfiguration>", "400 IllegalLocationConstraintException")]
    [InlineData("<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>", "200")]
    [InlineData("<CreateBucketConfiguration>", "400 MalformedXML")]
    public async Task A_bucket_is_made_in_this_region_or_not_at_all(string body, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync("eu-west-1");
        (await s3.SendAsync("PUT", "/bucket-a", body)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("HEAD", "/bucket-a")).Status.ShouldBe(outcome == "200" ? 200 : 404);
    }

    [Fact]
    public async Task A_bad_name_is_refused()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        (await s3.SendAsync("PUT", "/No_Bucket")).Outcome.ShouldBe("400 InvalidBucketName");
    }

    [Fact]
    public async Task Buckets_are_listed_in_pages_with_a_prefix()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        foreach (var name in new[] { "aaa-1", "aaa-2", "aaa-3", "bbb-1" })
            await s3.SendAsync("PUT", "/" + name);

        var first = await s3.SendAsync("GET", "/?prefix=aaa&max-buckets=2");
        NamesOf(first).ShouldBe(["aaa-1", "aaa-2"]);
        first.Element("Prefix").ShouldBe("aaa");
        first.Element("BucketRegion").ShouldBe("us-east-1");
        var second = await s3.SendAsync("GET", "/?prefix=aaa&max-buckets=2&continuation-token=" + first.Element("ContinuationToken"));
        NamesOf(second).ShouldBe(["aaa-3"]);
        second.Element("ContinuationToken").ShouldBeNull();

        (await s3.SendAsync("GET", "/?continuation-token=AAAA")).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("GET", "/?max-buckets=0")).Outcome.ShouldBe("400 InvalidArgument");
        (await s3.SendAsync("GET", "/?max-buckets=10001")).Outcome.ShouldBe("400 InvalidArgument");
    }

    [Fact]
    public async Task A_bucket_with_an_object_stays()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket-a");
        await s3.SendAsync("PUT", "/bucket-a/k", "x");
        (await s3.SendAsync("DELETE", "/bucket-a")).Outcome.ShouldBe("409 BucketNotEmpty");
    }

    [Theory]
    [InlineData("tagging", "404 NoSuchTagSet")]
    [InlineData("lifecycle", "404 NoSuchLifecycleConfiguration")]
    [InlineData("cors", "404 NoSuchCORSConfiguration")]
    [InlineData("encryption", "404 ServerSideEncryptionConfigurationNotFoundError")]
    [InlineData("object-lock", "404 ObjectLockConfigurationNotFoundError")]
    [InlineData("replication", "404 ReplicationConfigurationNotFoundError")]
    [InlineData("website", "404 NoSuchWebsiteConfiguration")]
    public async Task A_configuration_that_cannot_be_set_is_not_there(string subresource, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync();
        (await s3.SendAsync("GET", "/bucket-a?" + subresource)).Outcome.ShouldBe("404 NoSuchBucket");
        await s3.SendAsync("PUT", "/bucket-a");
        (await s3.SendAsync("GET", "/bucket-a?" + subresource)).Outcome.ShouldBe(outcome);
    }

    [Theory]
    [InlineData("notification", "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></NotificationConfiguration>")]
    [InlineData("logging", "<BucketLoggingStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></BucketLoggingStatus>")]
    [InlineData("accelerate", "<AccelerateConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></AccelerateConfiguration>")]
    [InlineData("requestPayment", "<RequestPaymentConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>")]
    [InlineData("versioning", "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></VersioningConfiguration>")]
    [InlineData("acl", "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID><DisplayName>root</DisplayName></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID><DisplayName>root</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>")]
    public async Task A_default_is_written_out(string subresource, string xml)
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket-a");
        (await s3.SendAsync("GET", "/bucket-a?" + subresource)).Xml.ShouldBe(xml);
    }

    private static string[] NamesOf(Answer answer) =>
        [.. System.Text.RegularExpressions.Regex.Matches(answer.Text, "<Name>([^<]*)</Name>").Select(match => match.Groups[1].Value)];
}
