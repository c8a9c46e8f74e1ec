using System.Buffers;
using System.Net;
using System.Text;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Operations;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Http;

/// <summary>
/// Buckets as websites, under a host of their own: for the anonymous, GET and HEAD only, errors as pages. Source: S3 User Guide, "Website endpoints",
/// "Configuring an index document" and "Configuring a webpage redirect". Holds no state of a request.
/// </summary>
internal sealed class WebsiteEndpoint(
    OperationHandlers handlers, IAuthorizer authorizer, BucketService buckets, ObjectReader objects, VirtualHosts hosts, AccessLog? accessLog, TimeProvider time, ILogger<WebsiteEndpoint> logger)
{
    private static readonly OperationRow Get = OperationTable.Row(S3OperationName.GetObject);
    private static readonly OperationRow Head = OperationTable.Row(S3OperationName.HeadObject);

    /// <summary>The bucket whose website is asked for; null if the request is none to a website.</summary>
    public string? BucketOf(Exchange exchange) => hosts.BucketOf(exchange.Request.Headers.Host.ToString());

    public async Task ProcessAsync(Exchange exchange, string bucket)
    {
        var ct = exchange.Aborted;
        try
        {
            await RunAsync(exchange, bucket, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            ServerLog.ClientGone(logger, exchange.RequestId);
            exchange.Response.Abort();
        }
        catch (Exception exception)
        {
            var error = S3FaultMap.Map(exception);
            if (error.Code == S3ErrorCode.InternalError) ServerLog.RequestFailed(logger, exception, exchange.RequestId, exchange.Operation?.Name);
            else if (exception is ZstdMissingException) ServerLog.ZstdMissing(logger, exchange.RequestId, exchange.Operation?.Name, exception.Message);
            await SendPageAsync(exchange, error, ct);
        }
        finally
        {
            exchange.Body?.Dispose();
            if (exchange.Log is { } log) await log.CompleteAsync();
        }
    }

    private async ValueTask RunAsync(Exchange exchange, string bucket, CancellationToken ct)
    {
        exchange.IsHead = exchange.Request.Method == "HEAD";
        exchange.Operation = exchange.IsHead ? Head : Get;
        (exchange.HostBucket, exchange.Bucket) = (bucket, bucket);
        if (exchange.Target.Resolve(bucket, out _, out var key) is { } malformed)
        {
            await SendPageAsync(exchange, malformed, ct);
            return;
        }
        exchange.Key = key;
        if (accessLog is not null && await accessLog.FindSourceAsync(bucket, ct) is { } source)
            exchange.Log = new RequestLog(exchange, accessLog, source, AuthenticationResult.Anonymous, null, time) { IsWebsite = true };
        if (exchange.Request.Method is not ("GET" or "HEAD"))
        {
            await SendPageAsync(exchange, new S3Error(S3ErrorCode.MethodNotAllowed, null, ("Method", exchange.Request.Method), ("ResourceType", "OBJECT")), ct);
            return;
        }

        var found = await buckets.GetConfigurationAsync(bucket, PutBucketWebsite.Kind, ct);
        if (!found.IsOk)
        {
            var code = found.Fault == ObjectFault.NoSuchConfiguration ? S3ErrorCode.NoSuchWebsiteConfiguration : S3ErrorCode.NoSuchBucket;
            await SendPageAsync(exchange, new S3Error(code, null, ("BucketName", bucket)), ct);
            return;
        }
        var site = WebsiteDocument.Parse(found.Value) ?? throw new InvalidDataException("The stored website configuration is not one.");
        await ServeAsync(exchange, site, key ?? "", ct);
    }

    private async ValueTask ServeAsync(Exchange exchange, WebsiteDocument site, string asked, CancellationToken ct)
    {
        if (site.RedirectAll is { } all)
        {
            Redirect(exchange, all, asked, null);
            return;
        }
        if (Match(site, asked, null) is { } rule)
        {
            Redirect(exchange, rule.Redirect, asked, rule.KeyPrefix);
            return;
        }

        var isFolder = asked.Length == 0 || asked.EndsWith('/');
        var key = isFolder ? asked + site.IndexSuffix : asked;
        var (info, error) = await FindAsync(exchange, key, ct);
        if (info is not null)
        {
            await SendObjectAsync(exchange, info, ct);
            return;
        }
        // Of a folder whose name came without its slash: the page is there with one.
        if (!isFolder && (await FindAsync(exchange, $"{asked}/{site.IndexSuffix}", ct)).Info is not null)
        {
            // Two slashes in front would name a host.
            MoveTo(exchange, "/" + (asked[0] == '/' ? "%2F" + Encode(asked[1..]) : Encode(asked)) + "/", 302);
            return;
        }
        await SendErrorAsync(exchange, site, asked, error!, ct);
    }

    private static WebsiteRule? Match(WebsiteDocument site, string key, int? errorCode)
    {
        foreach (var rule in site.Rules)
        {
            if (rule.Matches(key, errorCode)) return rule;
        }
        return null;
    }

    /// <summary>The object, if it is there for everybody.</summary>
    private async ValueTask<(ObjectInfo? Info, S3Error? Error)> FindAsync(Exchange exchange, string key, CancellationToken ct)
    {
        if (await AccessOf(exchange, key).DecideAsync(ct) is { } refusal) return (null, refusal);
        var found = await objects.StatAsync(new ReadRequest { Bucket = exchange.Bucket!, Key = key }, ct);
        return found.IsOk ? (found.Value, null) : (null, S3FaultMap.Map(found.Failure));
    }

    private IRequestAccess AccessOf(Exchange exchange, string key) => authorizer.Open(
        exchange.CreateAccessRequest(AuthenticationResult.Anonymous, time.GetUtcNow()) with { Key = key, Query = S3Query.Empty });

    /// <summary>As GetObject answers, with ranges and conditions.</summary>
    private async ValueTask SendObjectAsync(Exchange exchange, ObjectInfo info, CancellationToken ct)
    {
        if (info.Headers.WebsiteRedirectLocation is { } location)
        {
            MoveTo(exchange, location, 301);
            return;
        }
        exchange.Key = info.Key;
        if (RequestBodies.TryOpen(exchange, AuthenticationResult.Anonymous, out var body) is { } bodyError)
        {
            await SendPageAsync(exchange, bodyError, ct);
            return;
        }
        var handler = handlers.Find(exchange.Operation!.Name) ?? throw new S3Exception(S3ErrorCode.NotImplemented);
        // A version is not to be asked for here: only the current one was decided about.
        await handler.ExecuteAsync(exchange.CreateContext(AccessOf(exchange, info.Key), body, query: S3Query.Empty), ct);
    }

    private async ValueTask SendErrorAsync(Exchange exchange, WebsiteDocument site, string key, S3Error error, CancellationToken ct)
    {
        var status = S3ErrorTable.Row(error.Code).Status;
        if (Match(site, key, status) is { } rule)
        {
            Redirect(exchange, rule.Redirect, key, rule.KeyPrefix);
            return;
        }
        if (site.ErrorKey is { } page && (await FindAsync(exchange, page, ct)).Info is not null)
        {
            var opened = await objects.OpenAsync(new ReadRequest { Bucket = exchange.Bucket!, Key = page }, ct);
            if (opened.IsOk)
            {
                using var handle = opened.Value;
                SetError(exchange, error, status);
                exchange.Response.Headers.ContentType = handle.Info.Headers.ContentType ?? "binary/octet-stream";
                exchange.Response.Headers.ContentLength = handle.Info.LengthBytes;
                if (!exchange.IsHead && handle.Info.LengthBytes > 0) await handle.ReadAsync(0, handle.Info.LengthBytes, exchange.Response.Body, ct);
                return;
            }
        }
        await SendPageAsync(exchange, error, ct);
    }

    private static void Redirect(Exchange exchange, WebsiteRedirect redirect, string key, string? prefix)
    {
        var target = redirect.ReplaceKeyWith ?? (redirect.ReplaceKeyPrefixWith is { } replaced ? replaced + key[(prefix?.Length ?? 0)..] : key);
        var host = redirect.Host ?? exchange.Request.Headers.Host.ToString();
        MoveTo(exchange, $"{redirect.Protocol ?? exchange.Request.Scheme}://{host}/{Encode(target)}", redirect.Code);
    }

    private static void MoveTo(Exchange exchange, string location, int status)
    {
        exchange.Response.StatusCode = status;
        exchange.Response.Headers.Location = location;
        exchange.Response.Headers.ContentLength = 0;
    }

    // Parameters stay what they are: routing rules may add some.
    private static string Encode(string key) => string.Concat(Encoding.UTF8.GetBytes(key).Select(next =>
        next is > 0x20 and < 0x7F && (char)next is not ('"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}' or '%') ? ((char)next).ToString() : $"%{next:X2}"));

    private static void SetError(Exchange exchange, S3Error error, int status)
    {
        var row = S3ErrorTable.Row(error.Code);
        exchange.Response.StatusCode = status;
        exchange.Response.Error = error.Code;
        exchange.Response.Headers["x-amz-error-code"] = row.Name;
        exchange.Response.Headers["x-amz-error-message"] = row.Text;
    }

    private static async ValueTask SendPageAsync(Exchange exchange, S3Error error, CancellationToken ct)
    {
        if (exchange.Response.HasStarted)
        {
            exchange.Response.Abort();
            return;
        }
        var row = S3ErrorTable.Row(error.Code);
        S3ErrorResponse.Forget(exchange.Response);
        SetError(exchange, error, row.Status);
        var title = $"{row.Status} {Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(row.Status)}";
        var page = new StringBuilder($"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n");
        void Item(string name, string? value) => page.Append("<li>").Append(name).Append(": ").Append(WebUtility.HtmlEncode(value)).Append("</li>\n");
        Item("Code", row.Name);
        Item("Message", error.Message ?? row.Text);
        foreach (var (name, value) in error.Fields)
        {
            if (value is not null) Item(name, value);
        }
        if (exchange.Key is { } key && error.Code == S3ErrorCode.NoSuchKey && error.Fields.Length == 0) Item("Key", key);
        Item("RequestId", exchange.RequestId);
        Item("HostId", exchange.HostId);
        page.Append("</ul>\n<hr/>\n</body>\n</html>\n");
        var bytes = Encoding.UTF8.GetBytes(page.ToString());
        exchange.Response.Headers.ContentType = "text/html; charset=utf-8";
        exchange.Response.Headers.ContentLength = bytes.Length;
        if (!exchange.IsHead) await exchange.Response.Body.WriteAsync(bytes, ct);
    }
}
