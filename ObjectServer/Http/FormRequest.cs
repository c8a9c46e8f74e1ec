using System.IO.Pipelines;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;
using ObjectStore.Server.S3.Operations;

namespace ObjectStore.Server.Http;

/// <summary>A form of which the fields have been read; its file still lies in the connection.</summary>
internal sealed class FormRequest(PipeReader reader, byte[] delimiter, PostForm form)
{
    public PostForm Form => form;

    /// <summary>Reads what stands before the file. A client that waits for "100 Continue" is told to send its body, as the signature is in there.</summary>
    /// <exception cref="S3Exception">The form is malformed, has no file, or too much before it; or the client went away.</exception>
    public static async ValueTask<FormRequest> ReadAsync(Exchange exchange, CancellationToken ct)
    {
        var delimiter = FormBoundary.DelimiterOf(exchange.Request.Headers.ContentType.ToString()) ?? throw new S3Exception(FormErrors.Malformed());
        var reader = exchange.OpenBody();
        try
        {
            return new FormRequest(reader, delimiter, await new FormReader(reader, delimiter).ReadAsync(ct));
        }
        catch (Exception exception) when (HttpRequestBody.ErrorOf(exception) is { } error)
        {
            throw new S3Exception(error, exception);
        }
    }

    /// <summary>The file as the body of the upload. Nothing of it is read yet.</summary>
    /// <param name="policy">Bounds its length; null without one.</param>
    /// <param name="expected">What the fields promise of it.</param>
    public HttpRequestBody OpenFile(PostPolicy? policy, ExpectedDigests expected) => new(
        () => reader,
        lengthBytes: null,
        new FormFileDecoder(delimiter, policy?.MinBytes ?? 0, Math.Min(policy?.MaxBytes ?? long.MaxValue, S3OperationOptions.DefaultMaxUploadBytes)),
        expected);
}
