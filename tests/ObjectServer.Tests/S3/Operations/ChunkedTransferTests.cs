using System.Net;
using Amazon.S3;

namespace ObjectStore.Server.Tests.S3.Operations;

public sealed class ChunkedTransferTests(SdkServer server) : IClassFixture<SdkServer>
{
    [Fact]
    public async Task An_upload_in_chunks_of_http_has_to_announce_its_length_as_in_AWS()
    {
        var bucket = await server.NewBucketAsync();
        var url = server.Client.GetPreSignedURL(new() { BucketName = bucket, Key = "k", Verb = HttpVerb.PUT, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new StringContent("hello") };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.LengthRequired);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("<Code>MissingContentLength</Code>");
    }
}
