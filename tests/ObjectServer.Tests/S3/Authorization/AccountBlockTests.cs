using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.Iam;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Authorization;

/// <summary>The public access block of an account over the wire, as clients of S3 Control send it; its SDK does not restore here.</summary>
public sealed class AccountBlockTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Own = "000000000000";

    [Fact]
    public async Task An_accounts_block_is_set_told_used_and_removed()
    {
        (await SendAsync("GET", Own)).ShouldBeError(HttpStatusCode.NotFound, "NoSuchPublicAccessBlockConfiguration");
        (await SendAsync("PUT", Own, "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>")).Status.ShouldBe(HttpStatusCode.Created);
        (await SendAsync("GET", Own)).Body.ShouldContain("<IgnorePublicAcls>true</IgnorePublicAcls>");
        (await SendAsync("GET", Own)).Body.ShouldContain("<BlockPublicPolicy>false</BlockPublicPolicy>");
        (await SendAsync("DELETE", Own)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("GET", Own)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Another_accounts_block_is_nobodys_business(string method) =>
        (await SendAsync(method, "111111111111", method == "PUT" ? "<PublicAccessBlockConfiguration/>" : "")).ShouldBeError(HttpStatusCode.Forbidden, "AccessDenied");

    [Theory]
    [InlineData("")]
    [InlineData("<PublicAccessBlockConfiguration><Everything>true</Everything></PublicAccessBlockConfiguration>")]
    [InlineData("<PublicAccessBlockConfiguration><IgnorePublicAcls>maybe</IgnorePublicAcls></PublicAccessBlockConfiguration>")]
    public async Task A_malformed_block_is_refused(string body) =>
        (await SendAsync("PUT", Own, body)).ShouldBeError(HttpStatusCode.BadRequest, "MalformedXML");

    [Fact]
    public async Task A_request_without_a_signature_is_refused()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, S3Control.PublicAccessBlockPath));
        request.Headers.Add(S3Control.AccountHeader, Own);
        (await client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string method, string account, string body = "")
    {
        var headers = new HeaderDictionary { ["host"] = server.Address.Authority, [S3Control.AccountHeader] = account };
        var bytes = Encoding.UTF8.GetBytes(body);
        new TestSigner("access-key", "secret-key-of-the-tests", DateTimeOffset.UtcNow).SignHeaders(method, S3Control.PublicAccessBlockPath, "", headers, TestSigner.Hash(bytes));
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Address, S3Control.PublicAccessBlockPath));
        if (method == "PUT") request.Content = new ByteArrayContent(bytes);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value.ToString());
        using var client = new HttpClient();
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
