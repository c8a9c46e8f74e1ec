using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3;

/// <summary>One request and its answer, as operations see them; no HttpContext.</summary>
internal sealed class S3RequestContext
{
    public required OperationRow Operation { get; init; }

    /// <summary>Whose answers are given where AWS and Ceph differ.</summary>
    public S3Dialect Dialect { get; init; } = S3Dialect.Aws;

    public required Principal Principal { get; init; }

    /// <summary>Asks further questions about what this request may do; the call itself has been decided.</summary>
    public required IRequestAccess Access { get; init; }

    /// <summary>The bucket's name as the client sent it, not yet validated; null for calls on the service.</summary>
    public required string? Bucket { get; init; }

    /// <summary>The key, decoded exactly: "a//b", "./" and trailing slashes are as they were; 1 to 1,024 bytes of UTF-8. Null for calls on a bucket.</summary>
    public required string? Key { get; init; }

    public required S3Query Query { get; init; }

    /// <summary>Headers of the request; names in any case.</summary>
    public required IHeaderDictionary Headers { get; init; }

    public required RequestBody Body { get; init; }

    /// <summary>The fields of a form (POST), whose file is the body; null for all other calls.</summary>
    public PostForm? Form { get; init; }

    public required IS3Response Response { get; init; }

    /// <summary>Takes what became of each key of a DeleteObjects; null where nobody records it.</summary>
    public List<LoggedDelete>? Deletes { get; init; }

    /// <summary>x-amz-request-id, 16 capital hex digits.</summary>
    public required string RequestId { get; init; }

    /// <summary>x-amz-id-2.</summary>
    public required string HostId { get; init; }

    /// <summary>The request's path as the client sent it, without query: the Resource of errors.</summary>
    public required string Resource { get; init; }

    /// <summary>"http" or "https", for absolute links.</summary>
    public required string Scheme { get; init; }

    /// <summary>Host and port as the client named them.</summary>
    public required string Host { get; init; }

    /// <summary>Who changes what this request changes.</summary>
    public ChangeOrigin Origin => new(RequestId, HostId, Access.Request.SourceAddress, Principal.UserId);

    /// <summary>HEAD: status and headers as for GET, never a body.</summary>
    public bool IsHead => Operation.Method == RequestMethod.Head;

    /// <summary>A header's value, several joined with a comma; null if absent.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>Whether nobody on the way could read what the request carries.</summary>
    public bool IsSecure => Scheme == "https";

    /// <summary>Answers without a body.</summary>
    public void SendEmpty(int statusCode)
    {
        Response.StatusCode = statusCode;
        if (statusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)) Response.Headers.ContentLength = 0;
    }

    /// <summary>Answers with an XML document, which is built in memory first so that a fault in building it is still a clean error.</summary>
    /// <param name="write">Writes the whole document as UTF-8.</param>
    public async ValueTask SendXmlAsync<TState>(int statusCode, TState state, Action<IBufferWriter<byte>, TState> write, CancellationToken ct)
    {
        using var document = new PooledBufferWriter(1024);
        write(document, state);
        await SendXmlAsync(statusCode, document.WrittenMemory, ct);
    }

    public ValueTask SendXmlAsync(int statusCode, ReadOnlyMemory<byte> document, CancellationToken ct)
    {
        Response.StatusCode = statusCode;
        Response.Headers.ContentType = "application/xml";
        Response.Headers.ContentLength = document.Length;
        return IsHead ? ValueTask.CompletedTask : WriteAsync(document, ct);
    }

    /// <summary>
    /// Answers with an error. HEAD, and 304, get status and headers only. Once the answer has begun the connection is broken instead.
    /// </summary>
    public ValueTask SendErrorAsync(S3Error error, CancellationToken ct)
    {
        if (Response.HasStarted)
        {
            Response.Abort();
            return ValueTask.CompletedTask;
        }
        // A body that is not what the client promised explains better what went wrong than what followed from it.
        return S3ErrorResponse.SendAsync(Response, (Body.Error ?? error).In(Dialect), IsHead, Resource, RequestId, HostId, ct);
    }

    public ValueTask SendErrorAsync(S3ErrorCode code, CancellationToken ct) => SendErrorAsync(new S3Error(code), ct);

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> document, CancellationToken ct) =>
        await Response.Body.WriteAsync(document, ct);
}
