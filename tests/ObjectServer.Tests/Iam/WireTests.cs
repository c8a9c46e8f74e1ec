using System.Net;
using System.Net.Http;
using System.Text;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.ObjectServer.Tests.Iam;

/// <summary>The whole server: signatures, forms and answers as clients see them.</summary>
public sealed class WireTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string RootKey = "access-key";
    private const string RootSecret = "secret-key-of-the-tests";
    private const string FormType = "application/x-www-form-urlencoded";

    [Fact]
    public async Task A_signed_form_is_answered_with_the_document_that_AWS_describes()
    {
        var (status, body) = await PostAsync($"Action=GetUser&Version=2010-05-08");
        status.ShouldBe(HttpStatusCode.OK);
        body.ShouldStartWith("<GetUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetUserResult><User><Path>/</Path>");
        body.ShouldContain("<Arn>arn:aws:iam::000000000000:root</Arn>");
        body.ShouldContain("</User></GetUserResult><ResponseMetadata><RequestId>");
    }

    [Theory]
    [InlineData("iam", "us-east-1", HttpStatusCode.OK)]
    [InlineData("sts", "eu-west-1", HttpStatusCode.OK)]
    [InlineData("s3", "", HttpStatusCode.OK)]
    [InlineData("ec2", "us-east-1", HttpStatusCode.BadRequest)]
    public async Task Any_region_can_be_signed_for_but_not_any_service(string service, string region, HttpStatusCode expected) =>
        (await PostAsync("Action=GetCallerIdentity&Version=2011-06-15", service: service, region: region)).Status.ShouldBe(expected);

    [Fact]
    public async Task Wrong_signatures_keys_and_bodies_have_the_codes_of_IAM()
    {
        (await PostAsync("Action=GetUser&Version=2010-05-08", secret: "wrong")).ShouldBeError(HttpStatusCode.Forbidden, "SignatureDoesNotMatch");
        (await PostAsync("Action=GetUser&Version=2010-05-08", key: "nobody")).ShouldBeError(HttpStatusCode.Forbidden, "InvalidClientTokenId");
        (await PostAsync("Action=GetUser&Version=2010-05-08", signedBody: "Action=ListUsers&Version=2010-05-08")).ShouldBeError(HttpStatusCode.Forbidden, "SignatureDoesNotMatch");
        (await PostAsync("Action=GetUser&Action=GetUser")).ShouldBeError(HttpStatusCode.BadRequest, "MalformedQueryString");
        using var client = new HttpClient();
        var unsigned = await client.PostAsync(server.Address, new StringContent("Action=GetUser&Version=2010-05-08", Encoding.ASCII, FormType));
        (unsigned.StatusCode, await unsigned.Content.ReadAsStringAsync()).ShouldBeError(HttpStatusCode.Forbidden, "MissingAuthenticationToken");
        var large = await client.PostAsync(server.Address, new StringContent(new string('x', 600_000), Encoding.ASCII, FormType));
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_call_may_stand_in_the_query_of_a_GET()
    {
        var headers = new HeaderDictionary { ["host"] = server.Address.Authority };
        new TestSigner(RootKey, RootSecret, DateTimeOffset.UtcNow, service: "sts").SignHeaders("GET", "/", "Action=GetCallerIdentity&Version=2011-06-15", headers, TestSigner.EmptyHash);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, "/?Action=GetCallerIdentity&Version=2011-06-15"));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value.ToString());
        using var response = await client.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldContain("<Account>000000000000</Account>");
    }

    [Fact]
    public async Task Sessions_of_the_SDK_work_and_end_with_their_key()
    {
        var name = $"user-{Guid.NewGuid():N}";
        await OkAsync($"Action=CreateUser&Version=2010-05-08&UserName={name}");
        await OkAsync($"Action=AttachUserPolicy&Version=2010-05-08&UserName={name}&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess");
        var created = await OkAsync($"Action=CreateAccessKey&Version=2010-05-08&UserName={name}");
        var (key, secret) = (Between(created, "AccessKeyId"), Between(created, "SecretAccessKey"));
        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/{{name}}"},"Action":"sts:AssumeRole"}]}""";
        await OkAsync($"Action=CreateRole&Version=2010-05-08&RoleName=role-{name[5..20]}&AssumeRolePolicyDocument={Uri.EscapeDataString(trust)}");

        using var sts = Client(new BasicAWSCredentials(key, secret));
        var role = await sts.AssumeRoleAsync(new AssumeRoleRequest { RoleArn = $"arn:aws:iam::000000000000:role/role-{name[5..20]}", RoleSessionName = "work" });
        using var asRole = Client(role.Credentials);
        (await asRole.GetCallerIdentityAsync(new GetCallerIdentityRequest())).Arn.ShouldBe($"arn:aws:sts::000000000000:assumed-role/role-{name[5..20]}/work");

        var session = await sts.GetSessionTokenAsync(new GetSessionTokenRequest { DurationSeconds = 900 });
        using var asSession = Client(session.Credentials);
        (await asSession.GetCallerIdentityAsync(new GetCallerIdentityRequest())).Arn.ShouldEndWith($":user/{name}");

        await OkAsync($"Action=UpdateAccessKey&Version=2010-05-08&UserName={name}&AccessKeyId={key}&Status=Inactive");
        (await Should.ThrowAsync<AmazonSecurityTokenServiceException>(() => asSession.GetCallerIdentityAsync(new GetCallerIdentityRequest()))).ErrorCode.ShouldBe("InvalidClientTokenId");
        await OkAsync($"Action=DeleteRole&Version=2010-05-08&RoleName=role-{name[5..20]}");
        (await Should.ThrowAsync<AmazonSecurityTokenServiceException>(() => asRole.GetCallerIdentityAsync(new GetCallerIdentityRequest()))).ErrorCode.ShouldBe("InvalidClientTokenId");
    }

    [Fact]
    public async Task S3_answers_to_tokens_with_its_own_codes()
    {
        using var sts = Client(new BasicAWSCredentials(RootKey, RootSecret));
        var session = (await sts.GetSessionTokenAsync(new GetSessionTokenRequest())).Credentials;
        var (status, body) = await ListBucketsAsync(session.AccessKeyId, session.SecretAccessKey, session.SessionToken);
        status.ShouldBe(HttpStatusCode.OK, body);
        (await ListBucketsAsync(session.AccessKeyId, session.SecretAccessKey, "AAAA")).ShouldBeError(HttpStatusCode.BadRequest, "InvalidToken");
        (await ListBucketsAsync(session.AccessKeyId, session.SecretAccessKey, null)).ShouldBeError(HttpStatusCode.BadRequest, "InvalidToken");
        (await ListBucketsAsync(RootKey, RootSecret, session.SessionToken)).ShouldBeError(HttpStatusCode.BadRequest, "InvalidToken");
    }

    private AmazonSecurityTokenServiceClient Client(AWSCredentials credentials) =>
        new(credentials, new AmazonSecurityTokenServiceConfig { ServiceURL = server.Address.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true });

    private async Task<(HttpStatusCode Status, string Body)> ListBucketsAsync(string key, string secret, string? token)
    {
        var headers = new HeaderDictionary { ["host"] = server.Address.Authority };
        if (token is not null) headers["x-amz-security-token"] = token;
        new TestSigner(key, secret, DateTimeOffset.UtcNow).SignHeaders("GET", "/", "", headers, TestSigner.EmptyHash);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        return await SendAsync(request, headers);
    }

    private async Task<string> OkAsync(string form)
    {
        var (status, body) = await PostAsync(form);
        status.ShouldBe(HttpStatusCode.OK, body);
        return body;
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(
        string form, string key = RootKey, string secret = RootSecret, string service = "iam", string region = "us-east-1", string? signedBody = null)
    {
        var headers = new HeaderDictionary { ["host"] = server.Address.Authority };
        var signer = new TestSigner(key, secret, DateTimeOffset.UtcNow, region, service);
        signer.SignHeaders("POST", "/", "", headers, TestSigner.Hash(Encoding.ASCII.GetBytes(signedBody ?? form)));
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Address) { Content = new StringContent(form, Encoding.ASCII, FormType) };
        return await SendAsync(request, headers);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpRequestMessage request, HeaderDictionary headers)
    {
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value.ToString());
        using var client = new HttpClient();
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static string Between(string body, string element) => body.Split($"<{element}>")[1].Split($"</{element}>")[0];
}

internal static class WireAnswers
{
    public static void ShouldBeError(this (HttpStatusCode Status, string Body) answer, HttpStatusCode status, string code)
    {
        answer.Status.ShouldBe(status, answer.Body);
        answer.Body.ShouldContain($"<Code>{code}</Code>");
    }
}
