using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using ObjectStore.Grpc.Protocol;

namespace ObjectStore.Grpc;

/// <summary>
/// Answers HTTP/2 requests as the gRPC protocol says (grpc/doc/PROTOCOL-HTTP2.md). It exists because Grpc.AspNetCore's
/// dependencies cannot be had from the registries that this project builds from, and it is no more than drivers of
/// Kubernetes need: unary calls, health and reflection.
/// </summary>
public sealed class GrpcEndpoint
{
    private readonly FrozenDictionary<string, GrpcHandler> _handlers;
    private readonly GrpcOptions _options;
    private readonly IGrpcObserver _observer;
    private readonly TimeProvider _time;
    private int _calls;

    public GrpcEndpoint(IEnumerable<GrpcService> services, GrpcOptions options, IGrpcObserver observer, TimeProvider time)
    {
        _handlers = services.SelectMany(service => service.Handlers.Select(handler => KeyValuePair.Create($"/{service.Descriptor.FullName}/{handler.Key}", handler.Value)))
            .ToFrozenDictionary(StringComparer.Ordinal);
        _options = options;
        _observer = observer;
        _time = time;
    }

    /// <summary>1. is it gRPC at all; 2. which method; 3. the deadline; 4. run; 5. status.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (RefuseOtherProtocols(context)) return;
        var started = _time.GetTimestamp();
        var path = context.Request.Path.Value ?? "";
        if (!_handlers.TryGetValue(path, out var handler))
        {
            End(context, "", new Outcome(GrpcStatusCode.Unimplemented, $"There is no method {path}."), started);
            return;
        }
        var outcome = await RunAsync(context, handler);
        End(context, path[1..], outcome, started);
    }

    private async Task<Outcome> RunAsync(HttpContext context, GrpcHandler handler)
    {
        var encoding = context.Request.Headers["grpc-encoding"].ToString();
        if (encoding is not ("" or GrpcCompression.Identity or GrpcCompression.Gzip))
        {
            context.Response.Headers["grpc-accept-encoding"] = GrpcCompression.Accepted;
            return new Outcome(GrpcStatusCode.Unimplemented, $"Messages compressed with {encoding} are not understood here; {GrpcCompression.Accepted} are.");
        }
        var timeout = Timeout.InfiniteTimeSpan;
        if (context.Request.Headers.TryGetValue("grpc-timeout", out var asked) && !GrpcTimeout.TryParse(asked.ToString(), out timeout))
            return new Outcome(GrpcStatusCode.Internal, "The header grpc-timeout is malformed.");
        if (Interlocked.Increment(ref _calls) > _options.MaxConcurrentCalls)
        {
            Interlocked.Decrement(ref _calls);
            return new Outcome(GrpcStatusCode.ResourceExhausted, $"There are {_options.MaxConcurrentCalls} calls under way. Try again later.");
        }
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            await handler(new GrpcCall(context, _options), either.Token);
            return Outcome.Ok;
        }
        catch (GrpcException e)
        {
            return new Outcome(e.Code, e.Message);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new Outcome(GrpcStatusCode.DeadlineExceeded, "The call did not end before its deadline.");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return new Outcome(GrpcStatusCode.Cancelled, "The client gave up the call.");
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            return new Outcome(GrpcStatusCode.Cancelled, "The client gave up the call.", e);
        }
        catch (Exception e)
        {
            // What went wrong inside is for the log: its text may hold what the client must not see.
            return new Outcome(GrpcStatusCode.Unknown, "The call failed inside the server, whose log says why.", e);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private void End(HttpContext context, string method, Outcome outcome, long started)
    {
        var response = context.Response;
        if (!context.RequestAborted.IsCancellationRequested)
        {
            if (response.HasStarted)
            {
                response.AppendTrailer("grpc-status", ((int)outcome.Code).ToString(System.Globalization.CultureInfo.InvariantCulture));
                if (outcome.Message.Length > 0) response.AppendTrailer("grpc-message", GrpcMessageText.Encode(outcome.Message));
            }
            else
            {
                // Nothing was sent: the status goes into the headers, which end the stream.
                response.ContentType = "application/grpc";
                response.Headers["grpc-status"] = ((int)outcome.Code).ToString(System.Globalization.CultureInfo.InvariantCulture);
                if (outcome.Message.Length > 0) response.Headers["grpc-message"] = GrpcMessageText.Encode(outcome.Message);
            }
        }
        _observer.CallEnded(method, outcome.Code, outcome.Message, _time.GetElapsedTime(started), outcome.Fault);
    }

    private static bool RefuseOtherProtocols(HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)) context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        else if (!HttpMethods.IsPost(context.Request.Method)) context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        else if (!IsGrpc(context.Request.ContentType)) context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        else return false;
        return true;
    }

    // "application/grpc", also with +proto or parameters behind it, but not application/grpc-web.
    private static bool IsGrpc(string? contentType)
    {
        const string Grpc = "application/grpc";
        if (contentType is null || !contentType.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = contentType.AsSpan(Grpc.Length).TrimStart();
        return rest.Length == 0 || rest[0] == ';' || rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase);
    }

    private readonly record struct Outcome(GrpcStatusCode Code, string Message, Exception? Fault = null)
    {
        public static readonly Outcome Ok = new(GrpcStatusCode.Ok, "");
    }
}
