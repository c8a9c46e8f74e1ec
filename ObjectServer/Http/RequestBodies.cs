using System.Globalization;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Http;

/// <summary>Makes the body of a request from what its headers promise. Nothing is read yet.</summary>
internal static class RequestBodies
{
    private const string DecodedLength = "x-amz-decoded-content-length";

    public static S3Error? TryOpen(Exchange exchange, AuthenticationResult authenticated, out HttpRequestBody body)
    {
        body = null!;
        var headers = exchange.Request.Headers;
        var row = exchange.Operation!;
        var length = headers.ContentLength ?? (exchange.CanHaveBody ? null : 0);
        if (NeedsLength(row.Name) && headers.ContentLength is null && !exchange.CanHaveBody) return S3ErrorCode.MissingContentLength;

        var payload = authenticated.Payload;
        var error = ExpectedDigests.TryRead(
            headers, ofBody: HasOwnChecksum(row.Name), payload.HasTrailer(), authenticated.PayloadHash, out var expected);
        if (error is not null) return error;

        AwsChunkedDecoder? decoder = null;
        if (payload.IsChunked())
        {
            var header = headers[DecodedLength];
            if (header.Count == 0) return AuthenticationErrors.MissingDecodedLength;
            if (!long.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var decoded))
            {
                return new S3Error(S3ErrorCode.InvalidArgument, null, ("ArgumentName", DecodedLength), ("ArgumentValue", header.ToString()));
            }
            length = decoded;
            decoder = new AwsChunkedDecoder(payload, decoded, authenticated.Chunks, expected);
        }
        body = new HttpRequestBody(exchange.OpenBody, length, decoder, expected);
        exchange.Body = body;
        return null;
    }

    // Without a length and without chunks an upload is a request whose body got lost, not an empty object.
    private static bool NeedsLength(S3OperationName name) => name is S3OperationName.PutObject or S3OperationName.UploadPart;

    // In these the x-amz-checksum-* headers are about the object, and the body is another thing.
    private static bool HasOwnChecksum(S3OperationName name) =>
        name is not (S3OperationName.CompleteMultipartUpload or S3OperationName.CopyObject or S3OperationName.UploadPartCopy);
}
