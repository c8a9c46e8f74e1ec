namespace ObjectStore.Client.Tests;

/// <summary>Against examples whose signatures AWS publishes; that the server agrees is seen wherever it is called.</summary>
public sealed class RequestSignerTests
{
    private static readonly Credentials Example = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    private static readonly DateTimeOffset Then = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    // Source: S3 API reference, "Signature Calculations for the Authorization Header", the examples of GET Bucket Lifecycle and GET Bucket (list objects).
    [Theory]
    [InlineData("?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    [InlineData("?prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void The_published_examples_are_signed_as_published(string query, string signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("http://examplebucket.s3.amazonaws.com/" + query));
        RequestSigner.Sign(request, [], Example, "us-east-1", "s3", Then);
        Authorization(request).ShouldBe("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            + $"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}");
    }

    [Fact]
    public void A_session_token_is_sent_and_signed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("http://127.0.0.1:9000/"));
        RequestSigner.Sign(request, [], Example with { SessionToken = "token" }, "us-east-1", "s3", Then);
        request.Headers.GetValues("x-amz-security-token").ShouldBe(["token"]);
        Authorization(request).ShouldContain("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,");
    }

    [Fact]
    public void The_secret_is_in_no_text_of_the_credentials() => (Example with { SessionToken = "token" }).ToString().ShouldBe(Example.AccessKey);

    private static string Authorization(HttpRequestMessage request) => request.Headers.GetValues("Authorization").Single();
}
