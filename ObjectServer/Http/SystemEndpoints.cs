using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Http;

/// <summary>
/// What is not S3: /-/health/live, /-/health/ready and /-/metrics, for those who watch the process, and the admin API. No bucket
/// can be named "-", and on hosts that name a bucket these paths are keys.
/// </summary>
internal sealed class SystemEndpoints(ServerHealth health, IReadOnlyList<IMetricsSource> metrics, AdminEndpoint? admin = null)
{
    public const string Prefix = "/-/";

    public async ValueTask ProcessAsync(Exchange exchange)
    {
        if (admin is not null && exchange.Target.RawPath.StartsWith(AdminApi.Prefix, StringComparison.Ordinal))
        {
            await admin.ProcessAsync(exchange);
            return;
        }
        exchange.IsHead = exchange.Request.Method == "HEAD";
        if (!exchange.IsHead && exchange.Request.Method != "GET")
        {
            await exchange.SendErrorAsync(S3ErrorCode.MethodNotAllowed, exchange.Aborted);
            return;
        }
        switch (exchange.Target.RawPath)
        {
            case "/-/health/live":
                await SendAsync(exchange, StatusCodes.Status200OK, "live\n");
                break;
            case "/-/health/ready":
                var report = health.Report;
                await SendAsync(exchange, report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, report.Reason + "\n");
                break;
            case "/-/metrics":
                await SendMetricsAsync(exchange);
                break;
            default:
                await exchange.SendErrorAsync(new S3Error(S3ErrorCode.InvalidBucketName, null, ("BucketName", "-")), exchange.Aborted);
                break;
        }
    }

    private async ValueTask SendMetricsAsync(Exchange exchange)
    {
        using var body = new PooledBufferWriter(4096);
        var text = new MetricsText(body);
        foreach (var source in metrics) source.Write(text);
        await SendAsync(exchange, StatusCodes.Status200OK, body.WrittenMemory, "text/plain; version=0.0.4; charset=utf-8");
    }

    private static ValueTask SendAsync(Exchange exchange, int status, string text) =>
        SendAsync(exchange, status, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");

    private static async ValueTask SendAsync(Exchange exchange, int status, ReadOnlyMemory<byte> body, string contentType)
    {
        var response = exchange.Response;
        response.StatusCode = status;
        response.Headers.ContentType = contentType;
        response.Headers.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (!exchange.IsHead) await response.Body.WriteAsync(body, exchange.Aborted);
    }
}
