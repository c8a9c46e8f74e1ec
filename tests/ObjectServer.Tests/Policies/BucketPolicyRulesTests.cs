using ObjectStore.Server.Policies;
using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

public class BucketPolicyRulesTests
{
    [Theory]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::photos/*\"", null)]
    [InlineData("\"s3:ListBucket\"", "[\"arn:aws:s3:::photos\",\"arn:aws:s3:::photos/*\"]", null)]
    [InlineData("[\"s3:ListBucket\",\"s3:GetObject\"]", "[\"arn:aws:s3:::photos\",\"arn:aws:s3:::photos/a/b\"]", null)]
    [InlineData("\"*\"", "\"arn:aws:s3:::photos/*\"", null)]
    [InlineData("\"s3:*\"", "\"arn:aws:s3:::photos\"", null)]
    [InlineData("\"s3:List*\"", "\"arn:aws:s3:::photos/*\"", null)]
    [InlineData("\"s3:getobject\"", "\"arn:aws:s3:::photos/*\"", null)]
    [InlineData("\"s3:ListBucket\"", "[\"arn:aws:s3:::*\",\"arn:aws:s3:::*/*\"]", null)]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::photos*\"", null)]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::pho?os/*\"", null)]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::photos/${aws:username}/*\"", null)]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::photos\"", "Action does not apply to any resource(s) in statement")]
    [InlineData("\"s3:ListBucket\"", "\"arn:aws:s3:::photos/*\"", "Action does not apply to any resource(s) in statement")]
    [InlineData("[\"s3:GetObject\",\"s3:ListBucket\"]", "\"arn:aws:s3:::photos/*\"", "Action does not apply to any resource(s) in statement")]
    [InlineData("\"s3:ListAllMyBuckets\"", "\"arn:aws:s3:::photos\"", "Action does not apply to any resource(s) in statement")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::other/*\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "[\"arn:aws:s3:::photos/*\",\"arn:aws:s3:::other/*\"]", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::photos2/*\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::Photos/*\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:eu-west-1::photos/*\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:sqs:::photos/*\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::${aws:username}/*\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"arn:aws:s3:::photos${aws:username}\"", "Policy has invalid resource")]
    [InlineData("\"s3:GetObject\"", "\"*\"", "Policy has invalid resource")]
    public void Resources_are_the_bucket_s_and_actions_apply_to_them(string actions, string resources, string? message) =>
        (Bucket($$"""{"Effect":"Allow","Principal":"*","Action":{{actions}},"Resource":{{resources}}}""").CheckBucket("photos")?.Message).ShouldBe(message);

    [Fact]
    public void What_is_not_named_needs_no_fit_but_has_to_be_of_the_bucket()
    {
        Bucket("""{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","NotResource":"arn:aws:s3:::photos/a"}""").CheckBucket("photos").ShouldBeNull();
        Bucket("""{"Effect":"Deny","Principal":"*","NotAction":"s3:ListBucket","Resource":"arn:aws:s3:::photos/a"}""").CheckBucket("photos").ShouldBeNull();
        Bucket("""{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","NotResource":"arn:aws:s3:::other"}""").CheckBucket("photos").ShouldNotBeNull();
    }
}
