using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Amazon.S3;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Checksums;

namespace ObjectStore.Server.Tests.S3.Operations;

public sealed class ChunkedTransferTests(SdkServer server) : IClassFixture<SdkServer>
{
    [Fact]
    public async Task An_upload_in_chunks_of_http_is_taken_without_its_length()
    {
        var bucket = await server.NewBucketAsync();
        (await SendAsync(bucket, "k", "hello")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var got = await server.Client.GetObjectAsync(bucket, "k");
        got.ContentLength.ShouldBe(5);
        got.ETag.ShouldBe("\"5d41402abc4b2a76b9719d911017c592\"");
        (await new StreamReader(got.ResponseStream).ReadToEndAsync()).ShouldBe("hello");
    }

    [Fact]
    public async Task So_is_a_part()
    {
        var bucket = await server.NewBucketAsync();
        var upload = (await server.Client.InitiateMultipartUploadAsync(bucket, "k")).UploadId;
        var answer = await SendAsync(bucket, "k", "hello", upload);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await server.Client.CompleteMultipartUploadAsync(new()
        {
            BucketName = bucket, Key = "k", UploadId = upload, PartETags = [new() { PartNumber = 1, ETag = answer.Headers.ETag!.Tag }],
        });
        (await server.Client.GetObjectMetadataAsync(bucket, "k")).ContentLength.ShouldBe(5);
    }

    [Theory]
    [InlineData(4, null)]
    [InlineData(5, null)]
    [InlineData(5, 5L)]
    [InlineData(5, 7L)]
    public async Task A_body_of_unknown_length_ends_at_the_bound_of_an_upload(int maxBytes, long? announced)
    {
        ExpectedDigests.TryRead(new HeaderDictionary(), ofBody: true, trailerAllowed: false, null, out var digests).ShouldBeNull();
        var bytes = new ReadOnlySequence<byte>("hello"u8.ToArray());
        using var body = new HttpRequestBody(() => PipeReader.Create(bytes), announced, decoder: null, digests) { MaxBytes = maxBytes };
        var buffer = new byte[3];
        (await body.ReadAsync(buffer, default)).ShouldBe(3);
        if (maxBytes >= 5)
        {
            (await body.ReadAsync(buffer, default)).ShouldBe(2);
            (await body.ReadAsync(buffer, default)).ShouldBe(0);
            body.Error.ShouldBeNull();
            return;
        }
        (await Should.ThrowAsync<ContentSourceException>(() => body.ReadAsync(buffer, default).AsTask())).Failure.Fault.ShouldBe(ObjectFault.EntityTooLarge);
        body.Error!.Code.ToString().ShouldBe("EntityTooLarge");
    }

    private async Task<HttpResponseMessage> SendAsync(string bucket, string key, string text, string? upload = null)
    {
        var presigned = new Amazon.S3.Model.GetPreSignedUrlRequest { BucketName = bucket, Key = key, Verb = HttpVerb.PUT, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP };
        if (upload is not null) (presigned.UploadId, presigned.PartNumber) = (upload, 1);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, server.Client.GetPreSignedURL(presigned)) { Content = new StringContent(text) };
        request.Headers.TransferEncodingChunked = true;
        return await http.SendAsync(request);
    }
}
