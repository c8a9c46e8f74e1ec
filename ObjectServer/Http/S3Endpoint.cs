using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Operations;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Http;

/// <summary>One S3 request from its target to its answer. Holds no state of a request; used by all connections at once.</summary>
internal sealed class S3Endpoint(
    OperationHandlers handlers,
    SignatureV4Authenticator authenticator,
    FormAuthenticator forms,
    IAuthorizer authorizer,
    ICorsRules cors,
    VirtualHosts virtualHosts,
    TimeProvider time,
    ILogger<S3Endpoint> logger,
    AccessLog? accessLog = null,
    RequestMetrics? metrics = null)
{
    /// <summary>
    /// Answers. In this order, so that nobody reads or changes anything without a valid signature or an explicit grant:
    /// 1. which call of S3 it is; 2. who asks; 3. whether that is allowed; 4. what the body must be; 5. the call itself.
    /// The body is not touched, and a client that waits for "100 Continue" not told to send it, before 5.
    /// </summary>
    public async Task ProcessAsync(Exchange exchange)
    {
        try
        {
            await RunAsync(exchange, exchange.Aborted);
        }
        catch (OperationCanceledException) when (exchange.Aborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to answer.
            ServerLog.ClientGone(logger, exchange.RequestId);
            exchange.Response.Abort();
        }
        catch (Exception exception)
        {
            await AnswerFaultAsync(exchange, exception);
        }
        finally
        {
            exchange.Body?.Dispose();
            exchange.Watch?.Complete();
            if (exchange.Log is { } log) await log.CompleteAsync();
        }
    }

    private async ValueTask RunAsync(Exchange exchange, CancellationToken ct)
    {
        // 1. The call.
        var request = exchange.Request;
        var locateError = Locate(exchange);
        if (request.Headers.Origin.Count > 0) await SetCorsAsync(exchange, ct);
        if (locateError is not null)
        {
            await exchange.SendErrorAsync(locateError, ct);
            return;
        }
        var row = exchange.Operation!;

        // 2. Who. A preflight is the browser's, which signs nothing; the signature in its query is that of the request to come.
        var authenticated = row.Action is null
            ? AuthenticationResult.Anonymous
            : authenticator.Authenticate(new AuthenticationRequest(request.Method, exchange.Target.RawPath, exchange.Query, request.Headers, exchange.HostBucket));
        if (authenticated.Error is not null)
        {
            if (accessLog is not null && exchange.Bucket is { } named && await accessLog.FindSourceAsync(named, ct) is { } source)
                exchange.Log = new RequestLog(exchange, accessLog, source, authenticated, null, time);
            // An answer to HEAD has no body that could name the region to sign for.
            if (exchange.Bucket is not null && authenticated.Error.ExpectedRegion is { } region) exchange.Response.Headers["x-amz-bucket-region"] = region;
            await exchange.SendErrorAsync(authenticated.Error, ct);
            return;
        }

        if (row.Name == S3OperationName.PostObject)
        {
            await RunFormAsync(exchange, authenticated, ct);
            return;
        }

        // 3. Whether.
        HoistedHeaders.Restore(exchange.Query, request.Headers);
        var access = authorizer.Open(exchange.CreateAccessRequest(authenticated, time.GetUtcNow()));
        var refusal = await access.DecideAsync(ct);
        BeginRecords(exchange, authenticated, access);
        if (refusal is not null || (refusal = await CheckJournalAsync(exchange, access, ct)) is not null)
        {
            await exchange.SendErrorAsync(refusal, ct);
            return;
        }

        // 4. The body.
        if (handlers.Find(row.Name) is not { } handler)
        {
            // What only its handler can decide is denied where there is none.
            var error = access.Request.IsDecidedElsewhere ? S3ErrorCode.AccessDenied : new S3Error(S3ErrorCode.NotImplemented, $"{row.Name} is not implemented.");
            await exchange.SendErrorAsync(error, ct);
            return;
        }
        if (RequestBodies.TryOpen(exchange, authenticated, out var body) is { } bodyError)
        {
            await exchange.SendErrorAsync(bodyError, ct);
            return;
        }

        if (exchange.CanHaveBody) body.ConfirmDocument = access.ConfirmAsync;
        if (access.NeedsDocument && await access.DecideAsync(body, ct) is { } late)
        {
            await exchange.SendErrorAsync(late, ct);
            return;
        }
        if (access.IsRequesterCharged) exchange.Response.Headers["x-amz-request-charged"] = "requester";

        // 5. The call itself.
        await handler.ExecuteAsync(exchange.CreateContext(access, body), ct);
    }

    /// <summary>
    /// The same for a form, whose credential, key and headers stand in its body before the file. Of the body no more than
    /// these is read before it is decided.
    /// </summary>
    private async ValueTask RunFormAsync(Exchange exchange, AuthenticationResult ofRequest, CancellationToken ct)
    {
        if (ofRequest.Signature.Place != SignaturePlace.None) throw new S3Exception(AuthenticationErrors.TwoMechanisms);
        var handler = handlers.Find(S3OperationName.PostObject) ?? throw new S3Exception(S3ErrorCode.NotImplemented);
        var request = await FormRequest.ReadAsync(exchange, ct);
        var form = request.Form;
        var key = form.ReadKey();
        var authenticated = forms.Authenticate(form);
        if (authenticated.Error is not null) throw new S3Exception(authenticated.Error);

        var now = time.GetUtcNow();
        var policy = form["policy"] is { } text ? PostPolicy.Parse(text) : null;
        if (policy?.Check(form, exchange.Bucket!, now) is { } unfit) throw new S3Exception(unfit);
        exchange.Key = key;
        var headers = form.ToHeaders(exchange.Request.Headers);
        var access = authorizer.Open(exchange.CreateAccessRequest(authenticated, now) with { Headers = headers, FormIsRead = true });
        var refusal = await access.DecideAsync(ct);
        BeginRecords(exchange, authenticated, access);
        if (refusal is not null || (refusal = await CheckJournalAsync(exchange, access, ct)) is not null) throw new S3Exception(refusal);

        var error = ExpectedDigests.TryRead(headers, ofBody: true, trailerAllowed: false, contentSha256: null, out var expected);
        if (error is not null) throw new S3Exception(error);
        exchange.Body = request.OpenFile(policy, expected);
        await handler.ExecuteAsync(exchange.CreateContext(access, exchange.Body, form), ct);
    }

    private void BeginRecords(Exchange exchange, AuthenticationResult authenticated, IRequestAccess access)
    {
        if (metrics is not null && access.Bucket is { Metrics: not null } watched) exchange.Watch = new RequestWatch(exchange, metrics, watched, time);
        if (accessLog is not null && access.Bucket is { Logging: not null } source) exchange.Log = new RequestLog(exchange, accessLog, source, authenticated, access, time);
    }

    /// <summary>A change whose record could not be delivered does not happen in a bucket that keeps a journal.</summary>
    private async ValueTask<S3Error?> CheckJournalAsync(Exchange exchange, IRequestAccess access, CancellationToken ct)
    {
        if (accessLog is null || access.Bucket is not { Logging: not null } source) return null;
        return await accessLog.CheckJournalAsync(source, exchange.Operation!, exchange.Key, ct) is { } failure ? S3FaultMap.Map(failure) : null;
    }

    /// <summary>
    /// Says what the page that sent the request may see of the answer, whatever that will be: also of an error, or it
    /// would learn nothing but that something failed. A preflight is answered by its own call.
    /// </summary>
    private async ValueTask SetCorsAsync(Exchange exchange, CancellationToken ct)
    {
        if (exchange.Bucket is null || exchange.Operation is { Action: null }) return;
        var headers = exchange.Request.Headers;
        var rules = await cors.FindAsync(exchange.Bucket, ct);
        if (!rules.IsOk) return;
        var origin = headers.Origin.ToString();
        var method = headers.AccessControlRequestMethod.ToString() is { Length: > 0 } announced ? announced : exchange.Request.Method;
        if (rules.Value.Find(origin, method, []) is { } rule) CorsHeaders.Set(exchange.Response.Headers, rule, origin);
    }

    private S3Error? Locate(Exchange exchange)
    {
        var request = exchange.Request;
        if (!TryParseMethod(request.Method, out var method)) return NotAllowed(request.Method);
        exchange.IsHead = method == RequestMethod.Head;
        exchange.HostBucket = virtualHosts.BucketOf(request.Headers.Host.ToString());
        if (IsOfAccount(exchange)) return LocateRow(exchange, method, ResourceLevel.Account);
        if (IsOfResourceTags(exchange))
        {
            if (S3Control.TaggedBucketOf(exchange.Target.RawPath) is not { } tagged) return new S3Error(S3ErrorCode.NotImplemented, "Only buckets have tags of their own here.");
            exchange.Bucket = tagged;
            return LocateRow(exchange, method, ResourceLevel.Bucket);
        }
        if (exchange.Target.Resolve(exchange.HostBucket, out var bucket, out var key) is { } targetError)
        {
            return targetError;
        }
        exchange.Bucket = bucket;
        exchange.Key = key;
        var level = key is not null ? ResourceLevel.Key : bucket is not null ? ResourceLevel.Bucket : ResourceLevel.Service;
        return LocateRow(exchange, method, level);
    }

    private static S3Error? LocateRow(Exchange exchange, RequestMethod method, ResourceLevel level)
    {
        var routed = OperationRouter.TryRoute(method, level, SelectorsOf(exchange, method), out var row);
        exchange.Operation = row;
        if (routed) return null;
        if (row is not null) return Conflicting(exchange.Query, row);
        var isPlainPost = method == RequestMethod.Post && level == ResourceLevel.Bucket && (exchange.Query.SelectorBits & SelectorSet.SubresourceBits) == 0;
        return isPlainPost ? FormErrors.NotAForm : NotAllowed(exchange.Request.Method);
    }

    // Whatever the host: clients of S3 Control put the account in front of its name.
    private static bool IsOfAccount(Exchange exchange) =>
        exchange.Target.RawPath == S3Control.PublicAccessBlockPath && exchange.Request.Headers.ContainsKey(S3Control.AccountHeader);

    private static bool IsOfResourceTags(Exchange exchange) =>
        exchange.Target.RawPath.StartsWith(S3Control.TagsPath, StringComparison.Ordinal) && exchange.Request.Headers.ContainsKey(S3Control.AccountHeader);

    private static ulong SelectorsOf(Exchange exchange, RequestMethod method)
    {
        var bits = exchange.Query.SelectorBits;
        var headers = exchange.Request.Headers;
        if (IsOfResourceTags(exchange)) return bits | SelectorSet.ResourceTagsBit;
        if (method == RequestMethod.Put)
        {
            if (headers.ContainsKey("x-amz-copy-source") || exchange.Query.Contains("x-amz-copy-source")) bits |= SelectorSet.CopySourceBit;
        }
        else if (method == RequestMethod.Post)
        {
            if (headers.ContainsKey("x-amz-request-route")) bits |= SelectorSet.RequestRouteBit;
            if (FormBoundary.IsForm(headers.ContentType)) bits |= SelectorSet.FormDataBit;
        }
        return bits;
    }

    private async ValueTask AnswerFaultAsync(Exchange exchange, Exception exception)
    {
        var error = exchange.Body?.Error ?? S3FaultMap.Map(exception);
        if (error.Code == S3ErrorCode.InternalError) ServerLog.RequestFailed(logger, exception, exchange.RequestId, exchange.Operation?.Name);
        else if (exception is ZstdMissingException) ServerLog.ZstdMissing(logger, exchange.RequestId, exchange.Operation?.Name, exception.Message);
        try
        {
            if (!exchange.Response.HasStarted) S3ErrorResponse.Forget(exchange.Response);
            await exchange.SendErrorAsync(error, exchange.Aborted);
        }
        catch (Exception second) when (second is OperationCanceledException or IOException)
        {
            ServerLog.ClientGone(logger, exchange.RequestId);
            exchange.Response.Abort();
        }
    }

    private static S3Error NotAllowed(string method) => new(
        S3ErrorCode.MethodNotAllowed, null, ("Method", method), ("ResourceType", "RESOURCE"));

    /// <summary>The request names a subresource that this call does not have.</summary>
    private static S3Error Conflicting(S3Query query, OperationRow row)
    {
        var names = SelectorSet.SubresourceNames.Where(query.Contains).ToArray();
        return names.Length < 2
            ? new S3Error(S3ErrorCode.MethodNotAllowed, null, ("Method", row.Method.ToString().ToUpperInvariant()), ("ResourceType", string.Join(',', names)))
            : new S3Error(
                S3ErrorCode.InvalidArgument,
                $"Conflicting query string parameters: {string.Join(", ", names)}",
                ("ArgumentName", "ResourceType"),
                ("ArgumentValue", names[0]));
    }

    private static bool TryParseMethod(string text, out RequestMethod method)
    {
        RequestMethod? parsed = text switch
        {
            "GET" => RequestMethod.Get,
            "PUT" => RequestMethod.Put,
            "HEAD" => RequestMethod.Head,
            "POST" => RequestMethod.Post,
            "DELETE" => RequestMethod.Delete,
            "OPTIONS" => RequestMethod.Options,
            _ => null,
        };
        method = parsed.GetValueOrDefault();
        return parsed is not null;
    }
}
