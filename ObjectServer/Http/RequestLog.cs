using System.Globalization;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Http;

/// <summary>Watches one request to a bucket whose requests are recorded, and writes its record when it has been answered.</summary>
internal sealed class RequestLog
{
    private readonly Exchange _exchange;
    private readonly AccessLog _log;
    private readonly BucketAccess _source;
    private readonly AuthenticationResult _authenticated;
    private readonly IRequestAccess? _access;
    private readonly TimeProvider _time;
    private bool _isWritten;
    private long? _turnaroundMs;

    /// <param name="source">The bucket as the request found it.</param>
    /// <param name="access">Null of a request that was turned away before anything was decided.</param>
    public RequestLog(Exchange exchange, AccessLog log, BucketAccess source, AuthenticationResult authenticated, IRequestAccess? access, TimeProvider time)
    {
        (_exchange, _log, _source, _authenticated, _access, _time) = (exchange, log, source, authenticated, access, time);
        // Who has an answer may rely on its record: also who has the last byte, but not yet the end of the request's processing here.
        exchange.Response.CountBody(CompleteAsync);
        exchange.OnStarting(BeginAnswer, this);
    }

    public List<LoggedDelete> Deletes { get; } = [];

    /// <summary>The request came to the website of the bucket.</summary>
    public bool IsWebsite { get; init; }

    private long ElapsedMs => (long)_time.GetElapsedTime(_exchange.StartedAt).TotalMilliseconds;

    /// <summary>Writes the record, if it is not written yet.</summary>
    public async ValueTask CompleteAsync()
    {
        if (_isWritten) return;
        _isWritten = true;
        var entry = ToEntry();
        await _log.WriteAsync(_source, entry, CancellationToken.None);
        if (entry.IsSuccess && LogOperations.SourceOf(entry.Operation) is { } operation && CopySource.TryParse(_exchange.Request.Headers["x-amz-copy-source"].ToString(), out var copied))
            await _log.WriteSourceAsync(entry, operation, copied.Bucket, copied.Key, copied.VersionId, CancellationToken.None);
    }

    private static Task BeginAnswer(object state)
    {
        var log = (RequestLog)state;
        log._turnaroundMs = log.ElapsedMs;
        return Task.CompletedTask;
    }

    private AccessLogEntry ToEntry()
    {
        var (request, response) = (_exchange.Request, _exchange.Response);
        var elapsedMs = ElapsedMs;
        return new AccessLogEntry
        {
            Operation = _exchange.Operation!,
            ReceivedAt = _time.GetUtcNow() - TimeSpan.FromMilliseconds(elapsedMs),
            RemoteAddress = _exchange.RemoteAddress,
            Principal = _access?.Request.Principal ?? Principal.Anonymous,
            RequestId = _exchange.RequestId,
            HostId = _exchange.HostId,
            Key = _exchange.Key,
            Method = request.Method,
            Target = request.RawTarget,
            Protocol = request.Protocol,
            Status = response.StatusCode,
            ErrorCode = response.Error is { } error ? S3ErrorTable.Row(error).Name : null,
            BytesSent = response.SentBytes,
            ObjectBytes = ObjectBytes(),
            TotalMs = elapsedMs,
            TurnaroundMs = _turnaroundMs ?? elapsedMs,
            Referer = Text(request.Headers.Referer.ToString()),
            UserAgent = Text(request.Headers.UserAgent.ToString()),
            VersionId = Text(response.Headers["x-amz-version-id"].ToString()) ?? _exchange.Query["versionId"],
            Signature = _authenticated.Signature,
            Tls = _exchange.Tls,
            CipherSuite = _exchange.CipherSuite,
            Host = Text(request.Headers.Host.ToString()),
            NeededAcl = _access?.NeededAcl ?? false,
            Deletes = Deletes,
            IsWebsite = IsWebsite,
        };
    }

    /// <summary>Of the whole object that was read or written, where headers tell it.</summary>
    private long? ObjectBytes()
    {
        var (name, response) = (_exchange.Operation!.Name, _exchange.Response);
        if (response.Error is not null) return null;
        if (name is S3OperationName.GetObject or S3OperationName.HeadObject)
        {
            var range = response.Headers.ContentRange.ToString();
            return range.Length == 0 ? response.Headers.ContentLength
                : long.TryParse(range.AsSpan(range.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole : null;
        }
        return name is S3OperationName.PutObject or S3OperationName.PostObject or S3OperationName.UploadPart ? _exchange.Body?.LengthBytes ?? _exchange.Body?.ReceivedBytes : null;
    }

    private static string? Text(string value) => value.Length == 0 ? null : value;
}
