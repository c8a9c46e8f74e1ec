using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ObjectStore.Server.S3.Cors;

/// <summary>The headers of requests and answers by which a browser and a server agree on what a page of another origin may do. Source: the Fetch standard, "CORS protocol".</summary>
internal static class CorsHeaders
{
    public const string RequestMethod = "Access-Control-Request-Method";
    public const string RequestHeaders = "Access-Control-Request-Headers";

    private const string Vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

    /// <summary>Tells the browser, in the answer to a request or to a preflight, what a rule lets the page do and see.</summary>
    public static void Set(IHeaderDictionary answer, CorsRule rule, string origin)
    {
        if (rule.IsForEveryOrigin)
        {
            answer.AccessControlAllowOrigin = "*";
        }
        else
        {
            answer.AccessControlAllowOrigin = origin;
            // Browsers take this only together with a named origin.
            answer.AccessControlAllowCredentials = "true";
        }
        answer.AccessControlAllowMethods = string.Join(", ", rule.AllowedMethods);
        if (rule.ExposeHeaders.Count > 0) answer.AccessControlExposeHeaders = string.Join(", ", rule.ExposeHeaders);
        if (rule.MaxAgeSeconds is { } seconds) answer.AccessControlMaxAge = seconds.ToString(CultureInfo.InvariantCulture);
        answer.Vary = Vary;
    }

    /// <summary>The names that a preflight asks for, in lower case; empty if it asks for none.</summary>
    public static IReadOnlyList<string> ReadNames(IHeaderDictionary request) => request.TryGetValue(RequestHeaders, out var header)
        ? header.ToString().ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        : [];
}
