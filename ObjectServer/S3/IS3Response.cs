using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3;

/// <summary>The answer being written. Status and headers are fixed when the first byte of the body is flushed.</summary>
internal interface IS3Response
{
    int StatusCode { get; set; }

    IHeaderDictionary Headers { get; }

    /// <summary>The body. Set Content-Length first where it is known, else the body is chunked.</summary>
    PipeWriter Body { get; }

    /// <summary>The body for bytes that come in large pieces. Status and headers are fixed when room for the first is asked for.</summary>
    PipeWriter Content => Body;

    bool HasStarted { get; }

    /// <summary>What the answer says went wrong; null if it is none of an error. For those who record it.</summary>
    S3ErrorCode? Error
    {
        get => null;
        set { }
    }

    /// <summary>Breaks the connection: a body that cannot be finished must not look finished.</summary>
    void Abort();
}
