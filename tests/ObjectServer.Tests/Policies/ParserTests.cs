using System.Text;
using ObjectStore.Server.Policies;
using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

public class ParserTests
{
    private const string Rest = "\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"";

    [Theory]
    [InlineData("", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData(" {\"Statement\":{REST}}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("[]", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Statement\":{REST}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Statement\":{REST},}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Statement\":{REST}} x", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{/**/\"Statement\":{REST}}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Statement\":{REST},\"Statement\":{REST}}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringEquals\":{\"aws:a\":\"1\",\"aws:a\":\"2\"}}}}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Id\":\"\\ud800\",\"Statement\":{REST}}", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Version\":\"2012-10-17\"}", "Missing required field Statement")]
    [InlineData("{\"Statement\":[]}", "Could not parse the policy: Statement is empty!")]
    [InlineData("{\"Statement\":\"x\"}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":[1]}", "Invalid policy syntax.")]
    [InlineData("{\"Version\":\"2010-10-17\",\"Statement\":{REST}}", "The policy must contain a valid version string")]
    [InlineData("{\"Version\":20121017,\"Statement\":{REST}}", "The policy must contain a valid version string")]
    [InlineData("{\"statement\":{REST}}", "Unknown field statement")]
    [InlineData("{\"Statement\":{REST,\"Extra\":1}}", "Unknown field Extra")]
    [InlineData("{\"Statement\":{REST,\"NotAction\":\"s3:PutObject\"}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"NotPrincipal\":\"*\"}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"NotResource\":\"arn:aws:s3:::b\"}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"Sid\":1}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"Condition\":[]}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringMatches\":{\"aws:a\":\"1\"}}}}", "Invalid Condition type : StringMatches")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"NullIfExists\":{\"aws:a\":\"true\"}}}}", "Invalid Condition type : NullIfExists")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringEquals\":{\"a\":\"1\"}}}}", "Policy has an invalid condition key")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringEquals\":{\"s3:x-amz-acll\":\"1\"}}}}", "Policy has an invalid condition key")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringEquals\":{\"s3:ExistingObjectTag\":\"1\"}}}}", "Policy has an invalid condition key")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringEquals\":{\"aws:a\":{}}}}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"StringEquals\":{\"aws:a\":null}}}}", "Invalid policy syntax.")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/33\"}}}}", "Invalid value for the condition IpAddress of aws:SourceIp")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":\"ten\"}}}}", "Invalid value for the condition NumericEquals of s3:max-keys")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":\"tomorrow\"}}}}", "Invalid value for the condition DateLessThan of aws:CurrentTime")]
    [InlineData("{\"Statement\":{REST,\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"bucket\"}}}}", "Invalid value for the condition ArnLike of aws:SourceArn")]
    public void A_bucket_policy_that_is_not_one_is_refused_in_the_words_of_S3(string json, string message) =>
        ErrorOf(json.Replace("REST", Rest, StringComparison.Ordinal), PolicyType.Resource).ShouldBe(message);

    [Theory]
    [InlineData("\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b\"", "Missing required field Effect")]
    [InlineData("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b\"", "Missing required field Principal")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"arn:aws:s3:::b\"", "Missing required field Action")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\"", "Missing required field Resource")]
    [InlineData("\"Effect\":\"allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b\"", "Invalid effect: allow")]
    [InlineData("\"Effect\":true,\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b\"", "Invalid effect: true")]
    [InlineData("\"Effect\":\"Allow\",\"NotPrincipal\":{\"AWS\":\"111111111111\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b\"", "Allow with NotPrincipal is not allowed.")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[],\"Resource\":\"arn:aws:s3:::b\"", "Invalid policy syntax.")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[1],\"Resource\":\"arn:aws:s3:::b\"", "Invalid policy syntax.")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"GetObject\",\"Resource\":\"arn:aws:s3:::b\"", "Policy has invalid action")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObjct\",\"Resource\":\"arn:aws:s3:::b\"", "Policy has invalid action")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"iam:GetUser\",\"Resource\":\"arn:aws:s3:::b\"", "Policy has invalid action")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"b\"", "Policy has invalid resource")]
    [InlineData("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":[]", "Invalid policy syntax.")]
    public void A_statement_needs_its_elements(string statement, string message) =>
        ErrorOf(Document($"{{{statement}}}"), PolicyType.Resource).ShouldBe(message);

    [Theory]
    [InlineData("\"arn:aws:iam::111111111111:root\"")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"AWS\":[]}")]
    [InlineData("{\"AWS\":\"bob\"}")]
    [InlineData("{\"AWS\":\"11111111111\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111111111111:user/*\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::*:root\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::tenant:root\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam:::user/bob\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111111111111:group/all\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111111111111:user/\"}")]
    [InlineData("{\"AWS\":\"arn:aws:sts::111111111111:assumed-role/reader\"}")]
    [InlineData("{\"AWS\":\"arn:aws:s3:::b\"}")]
    [InlineData("{\"CanonicalUser\":\"abc\"}")]
    [InlineData("{\"Service\":\"*\"}")]
    [InlineData("{\"Federated\":\"*\"}")]
    [InlineData("{\"aws\":\"*\"}")]
    public void A_principal_that_nobody_can_be_is_refused(string principal) =>
        ErrorOf(Document($$"""{"Effect":"Deny","Principal":{{principal}},"Action":"s3:*","Resource":"arn:aws:s3:::b"}"""), PolicyType.Resource).ShouldNotBeNull();

    [Theory]
    [InlineData("\"*\"", "")]
    [InlineData("{\"AWS\":\"*\"}", "")]
    [InlineData("{\"AWS\":\"111111111111\"}", "Account 111111111111")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111111111111:root\"}", "Account 111111111111")]
    [InlineData("{\"AWS\":[\"arn:aws:iam::111111111111:user/a/b/bob\",\"222222222222\"]}", "Arn arn:aws:iam::111111111111:user/a/b/bob, Account 222222222222")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111111111111:role/reader\"}", "Arn arn:aws:iam::111111111111:role/reader")]
    [InlineData("{\"AWS\":\"arn:aws:sts::111111111111:assumed-role/reader/job@x\"}", "Arn arn:aws:sts::111111111111:assumed-role/reader/job@x")]
    [InlineData("{\"CanonicalUser\":\"1111111111111111111111111111111111111111111111111111111111111111\"}", "Canonical 1111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("{\"Service\":[\"logging.s3.amazonaws.com\"],\"Federated\":\"accounts.google.com\"}", "Service logging.s3.amazonaws.com, Federated accounts.google.com")]
    [InlineData("{\"Federated\":\"arn:aws:iam::111111111111:oidc-provider/localhost:8080/auth/realms/demo\"}", "Federated arn:aws:iam::111111111111:oidc-provider/localhost:8080/auth/realms/demo")]
    public void Principals_are_told_so_that_their_existence_can_be_checked(string principal, string named) =>
        string.Join(", ", Bucket($$"""{"Effect":"Allow","Principal":{{principal}},"Action":"s3:*","Resource":"arn:aws:s3:::b"}""")
            .NamedPrincipals.Select(one => $"{one.Kind} {one.Value}")).ShouldBe(named);

    [Theory]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":\"*\"}", "Policy document should not specify a principal.")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":\"arn:aws:iam:::username\"}", "Policy document should not specify a principal.")]
    [InlineData("{\"Effect\":\"Allow\",\"Resource\":\"*\"}", "Policy statement must contain actions.")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\"}", "Policy statement must contain resources.")]
    [InlineData("{\"Action\":\"*\",\"Resource\":\"*\"}", "Syntax errors in policy.")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"ListBucket\",\"Resource\":\"*\"}", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"s*:ListBucket\",\"Resource\":\"*\"}", "Vendor s* is not valid")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"s3:\",\"Resource\":\"*\"}", "Syntax errors in policy.")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"bucket\"}", "Resource bucket must be in ARN format or \"*\".")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3\"}", "Resource arn:aws:s3 must be in ARN format or \"*\".")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:${aws:username}::b\"}", "Resource arn:aws:s3:${aws:username}::b must be in ARN format or \"*\".")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::b/${aws:username\"}", "Resource arn:aws:s3:::b/${aws:username must be in ARN format or \"*\".")]
    [InlineData("{\"Sid\":\"a b\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}", "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")]
    [InlineData("[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Sid\":\"a\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]", "Statement IDs (SID) in a single policy must be unique.")]
    public void An_identity_policy_that_is_not_one_is_refused_in_the_words_of_IAM(string statement, string message) =>
        ErrorOf(Document(statement), PolicyType.Identity).ShouldBe(message);

    [Theory]
    [InlineData("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}", "Has prohibited field Resource")]
    [InlineData("{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\"}", "Missing required field Principal")]
    [InlineData("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111111111111\"},\"Action\":\"s3:GetObject\"}", "AssumeRole Policy may only specify STS AssumeRole actions.")]
    [InlineData("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111111111111\"},\"Action\":\"*\"}", "AssumeRole Policy may only specify STS AssumeRole actions.")]
    [InlineData("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"bob\"},\"Action\":\"sts:AssumeRole\"}", "Invalid principal in policy: \"AWS\":\"bob\"")]
    public void A_trust_policy_names_principals_and_no_resources(string statement, string message) =>
        ErrorOf(Document(statement), PolicyType.Trust).ShouldBe(message);

    [Fact]
    public void Statements_of_a_bucket_policy_may_share_an_id()
    {
        const string statement = "{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}";
        var parsed = PolicyDocument.Parse(System.Text.Encoding.UTF8.GetBytes($"{{\"Version\":\"2012-10-17\",\"Statement\":[{statement},{statement}]}}"), PolicyType.Resource);
        parsed.Document!.Statements.Count.ShouldBe(2);
    }

    [Fact]
    public void What_was_given_is_kept_byte_for_byte()
    {
        var json = Encoding.UTF8.GetBytes("{ \"Version\" : \"2012-10-17\",\r\n\t\"Statement\":[{" + Rest + "}] , \"Id\":\"\\u00e9é\" }\n");
        PolicyDocument.Parse(json, PolicyType.Resource).Document!.Text.ToArray().ShouldBe(json);
    }

    [Fact]
    public void The_version_counts_wherever_it_stands()
    {
        const string Statement = """{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}""";
        var last = Parse($$"""{"Statement":{{Statement}},"Version":"2012-10-17"}""", PolicyType.Identity);
        var none = Parse($$"""{"Statement":{{Statement}}}""", PolicyType.Identity);
        var keys = new Keys { ["aws:username"] = ["bob"] };
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/bob", new([last]), keys: keys).IsAllowed.ShouldBeTrue();
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/bob", new([none]), keys: keys).IsAllowed.ShouldBeFalse();
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/${aws:username}", new([none]), keys: keys).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void More_than_a_document_may_have_is_refused()
    {
        ErrorOf(Document(new string(' ', PolicyLimits.MaxTextBytes)), PolicyType.Identity).ShouldNotBeNull();
        ErrorOf(Document(new string('[', 1_000)), PolicyType.Identity).ShouldNotBeNull();
        var many = string.Concat(Enumerable.Repeat('?', 1_001));
        ErrorOf(Document($$"""{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{{many}}"}"""), PolicyType.Identity).ShouldNotBeNull();
        ErrorOf(Document($$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:a":"{{many}}" } } }"""), PolicyType.Identity).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" {\r\n\t\"a\" }", 5)]
    public void White_space_does_not_count_for_IAM(string text, int count) => PolicyLimits.CountedLength(text).ShouldBe(count);

    [Fact]
    public void Every_action_of_the_operation_table_can_stand_in_a_bucket_policy() =>
        Server.S3.Routing.OperationTable.Rows.SelectMany(row => new[] { row.Action, row.Version })
            .Where(action => action?.StartsWith("s3:", StringComparison.Ordinal) == true && !S3Actions.All.Contains(action))
            .ShouldBeEmpty();
}
