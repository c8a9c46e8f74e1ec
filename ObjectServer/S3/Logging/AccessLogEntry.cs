using System.Globalization;
using System.Security.Authentication;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Logging;

/// <summary>A key of DeleteObjects and what became of it.</summary>
internal readonly record struct LoggedDelete(string Key, string? VersionId, int Status, string? ErrorCode);

/// <summary>One request and its answer, as its log record tells them.</summary>
internal sealed record AccessLogEntry
{
    private static readonly string[] Secrets = ["X-Amz-Signature", "X-Amz-Security-Token", "Signature"];

    public required OperationRow Operation { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string RemoteAddress { get; init; }
    public required Principal Principal { get; init; }
    public required string RequestId { get; init; }
    public required string HostId { get; init; }
    public string? Key { get; init; }
    public required string Method { get; init; }
    public required string Target { get; init; }
    public required string Protocol { get; init; }
    public required int Status { get; init; }
    public string? ErrorCode { get; init; }
    public long BytesSent { get; init; }
    public long? ObjectBytes { get; init; }
    public long TotalMs { get; init; }
    public long? TurnaroundMs { get; init; }
    public string? Referer { get; init; }
    public string? UserAgent { get; init; }
    public string? VersionId { get; init; }
    public SignatureUse Signature { get; init; }
    public SslProtocols Tls { get; init; }
    public string? CipherSuite { get; init; }
    public string? Host { get; init; }
    public bool NeededAcl { get; init; }
    public IReadOnlyList<LoggedDelete> Deletes { get; init; } = [];

    public bool IsWebsite { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The records: that of the request, and one for each key of a DeleteObjects. 26 fields each.</summary>
    public byte[] ToLines(LogSource source)
    {
        var text = new LogText();
        var request = Line(text, source, IsWebsite ? LogOperations.WebsiteNameOf(Operation) : LogOperations.NameOf(Operation), Key, VersionId, Status, ErrorCode, BytesSent, ObjectBytes, hasTimes: true);
        return Deletes.Count == 0
            ? request
            : [.. request, .. Deletes.SelectMany(deleted => Line(text, source, LogOperations.BatchDelete, deleted.Key, deleted.VersionId, deleted.Status, deleted.ErrorCode, 0, null, hasTimes: false))];
    }

    /// <summary>The record of a copy in the log of its source.</summary>
    public byte[] ToSourceLine(LogSource source, string operation, string key, string? versionId) =>
        Line(new LogText(), source, operation, key, versionId, Status, ErrorCode, 0, null, hasTimes: true);

    private byte[] Line(LogText text, LogSource source, string operation, string? key, string? versionId, int status, string? errorCode, long sent, long? size, bool hasTimes) => text
        .Plain(source.OwnerId)
        .Plain(source.Bucket)
        .Plain(LogText.TimeOf(ReceivedAt))
        .Plain(RemoteAddress)
        .Plain(Requester)
        .Plain(RequestId)
        .Plain(operation)
        .Encoded(key)
        .Quoted($"{Method} {WithoutSecrets(Target)} {Protocol}")
        .Plain(status.ToString(CultureInfo.InvariantCulture))
        .Plain(errorCode)
        .Number(sent == 0 ? null : sent)
        .Number(size)
        .Number(hasTimes ? TotalMs : null)
        .Number(hasTimes ? TurnaroundMs : null)
        .Quoted(Referer is null ? null : WithoutSecrets(Referer))
        .Quoted(UserAgent)
        .Encoded(versionId)
        .Plain(HostId)
        .Plain(SignatureVersion)
        .Plain(CipherSuite)
        .Plain(AuthenticationType)
        .Encoded(Host)
        .Plain(Tls switch { SslProtocols.Tls12 => "TLSv1.2", SslProtocols.Tls13 => "TLSv1.3", _ => null })
        .Plain(null)
        .Plain(NeededAcl ? "Yes" : null)
        .End();

    // A root is its account's canonical id, everybody else an ARN.
    private string? Requester => Principal.Kind switch
    {
        PrincipalKind.Anonymous => null,
        PrincipalKind.Root => Principal.CanonicalId,
        _ => Principal.Arn,
    };

    private string? SignatureVersion => Signature.Algorithm switch
    {
        "" or null => null,
        "AWS" => "SigV2",
        _ => "SigV4",
    };

    private string? AuthenticationType => Signature.Place switch
    {
        SignaturePlace.Header => "AuthHeader",
        SignaturePlace.Query => "QueryString",
        SignaturePlace.Form => "POST",
        _ => null,
    };

    // A signature in a query may still be good, also in that of the page that a browser comes from; the log's reader must not have it.
    private static string WithoutSecrets(string target)
    {
        var mark = target.IndexOf('?');
        if (mark < 0) return target;
        var parameters = target[(mark + 1)..].Split('&');
        for (var i = 0; i < parameters.Length; i++)
        {
            // A name may be percent-encoded in part, and is the same name.
            var end = parameters[i].IndexOf('=');
            if (end >= 0 && IsSecret(parameters[i][..end])) parameters[i] = parameters[i][..end] + "=-";
        }
        return string.Concat(target.AsSpan(0, mark + 1), string.Join('&', parameters));
    }

    private static bool IsSecret(string name) => Array.Exists(Secrets, secret => secret.Equals(Uri.UnescapeDataString(name), StringComparison.OrdinalIgnoreCase));
}
