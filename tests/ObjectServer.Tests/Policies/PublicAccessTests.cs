using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of public".</summary>
public class PublicAccessTests
{
    [Theory]
    [InlineData("\"*\"", true)]
    [InlineData("{\"AWS\":\"*\"}", true)]
    [InlineData("{\"AWS\":[\"111111111111\",\"*\"]}", true)]
    [InlineData("{\"AWS\":\"111111111111\"}", false)]
    [InlineData("{\"Service\":\"logging.s3.amazonaws.com\"}", false)]
    [InlineData("{\"CanonicalUser\":\"1111111111111111111111111111111111111111111111111111111111111111\"}", false)]
    public void A_principal_that_is_fixed_is_not_public(string principal, bool isPublic) =>
        Bucket($$"""{"Effect":"Allow","Principal":{{principal}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}""").IsPublic.ShouldBe(isPublic);

    [Theory]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/32\"}", false)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}", false)]
    [InlineData("\"IpAddress\":{\"AWS:sourceip\":\"203.0.113.7\"}", false)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"12.0.0.0/8\"}", false)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"12.0.0.0/7\"}", true)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/1\"}", true)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":[\"203.0.113.0/24\",\"0.0.0.0/0\"]}", true)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::/32\"}", false)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::/31\"}", true)]
    [InlineData("\"IpAddress\":{\"aws:SourceIp\":\"172.16.0.0/12\"}", false)]
    [InlineData("\"NotIpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}", true)]
    [InlineData("\"IpAddressIfExists\":{\"aws:SourceIp\":\"203.0.113.0/24\"}", true)]
    [InlineData("\"IpAddress\":{\"aws:VpcSourceIp\":\"203.0.113.0/24\"}", true)]
    [InlineData("\"StringEquals\":{\"aws:SourceVpc\":\"vpc-91237329\"}", false)]
    [InlineData("\"StringLike\":{\"aws:SourceVpc\":\"vpc-91237329\"}", false)]
    [InlineData("\"StringLike\":{\"aws:SourceVpc\":\"vpc-*\"}", true)]
    [InlineData("\"StringEquals\":{\"aws:SourceVpc\":\"${aws:PrincipalTag/vpc}\"}", true)]
    [InlineData("\"StringEquals\":{\"aws:SourceVpc\":[\"vpc-1\",\"vpc-*\"]}", true)]
    [InlineData("\"StringNotEquals\":{\"aws:SourceVpc\":\"vpc-1\"}", true)]
    [InlineData("\"StringEqualsIfExists\":{\"aws:SourceVpc\":\"vpc-1\"}", true)]
    [InlineData("\"ForAllValues:StringEquals\":{\"aws:SourceVpc\":\"vpc-1\"}", true)]
    [InlineData("\"ForAnyValue:StringEquals\":{\"aws:SourceVpc\":\"vpc-1\"}", false)]
    [InlineData("\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-123\"}", false)]
    [InlineData("\"StringEquals\":{\"aws:PrincipalAccount\":\"111111111111\"}", false)]
    [InlineData("\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::111111111111:role/reader\"}", false)]
    [InlineData("\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::111111111111:role/*\"}", true)]
    [InlineData("\"ArnEquals\":{\"aws:SourceArn\":\"arn:aws:sns:us-east-1:111111111111:topic\"}", false)]
    [InlineData("\"StringLike\":{\"aws:userid\":\"AROAEXAMPLE:*\"}", true)]
    [InlineData("\"StringEquals\":{\"aws:userid\":\"AIDAEXAMPLE\"}", false)]
    [InlineData("\"StringEquals\":{\"aws:userid\":[\"AIDAEXAMPLE\",\"anonymous\"]}", true)]
    [InlineData("\"StringEqualsIgnoreCase\":{\"aws:userid\":\"Anonymous\"}", true)]
    [InlineData("\"ArnLike\":{\"s3:DataAccessPointArn\":\"arn:aws:s3:us-west-2:111111111111:accesspoint/*\"}", false)]
    [InlineData("\"ArnLike\":{\"s3:DataAccessPointArn\":\"arn:aws:s3:us-west-2:*:accesspoint/*\"}", true)]
    [InlineData("\"StringEquals\":{\"aws:Referer\":\"http://example.com/\"}", true)]
    [InlineData("\"Null\":{\"aws:SourceVpc\":\"false\"}", true)]
    [InlineData("\"Bool\":{\"aws:SecureTransport\":\"true\"}", true)]
    [InlineData("\"Bool\":{\"aws:SecureTransport\":\"true\"},\"StringEquals\":{\"aws:SourceVpc\":\"vpc-1\"}", false)]
    public void A_condition_fixes_who_it_is_or_does_not(string condition, bool isPublic) =>
        Bucket($$"""{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{ {{condition}} } }""")
            .IsPublic.ShouldBe(isPublic);

    [Fact]
    public void One_public_statement_makes_the_policy_public_and_denies_do_not()
    {
        const string Fixed = """{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}""";
        const string Open = """{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}""";
        const string Deny = """{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}""";
        Bucket($"[{Fixed},{Open}]").IsPublic.ShouldBeTrue();
        Bucket($"[{Fixed},{Deny}]").IsPublic.ShouldBeFalse();
    }
}
