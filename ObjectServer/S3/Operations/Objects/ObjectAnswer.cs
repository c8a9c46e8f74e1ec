using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The bytes of an object that an answer is about.</summary>
/// <param name="Part">The part that was asked for by number.</param>
internal readonly record struct Selection(ByteRange Range, bool IsPartial, PartInfo? Part);

/// <summary>Status and headers of GET and HEAD on an object, which are the same.</summary>
internal static class ObjectAnswer
{
    private static readonly (string Parameter, string Header)[] Overrides =
    [
        ("response-content-type", "Content-Type"), ("response-content-language", "Content-Language"), ("response-expires", "Expires"),
        ("response-cache-control", "Cache-Control"), ("response-content-disposition", "Content-Disposition"), ("response-content-encoding", "Content-Encoding"),
    ];

    public static ReadRequest Request(S3RequestContext context, S3OperationOptions options)
    {
        EncryptionHeaders.RefuseMethod(context.Headers);
        return new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            VersionId = Parameters.VersionId(context),
            Conditions = Conditions.OfRead(context.Headers),
            CustomerKey = EncryptionHeaders.ReadKey(context.Headers, options.TakesKeys(context)),
            RequiresKey = true,
        };
    }

    /// <summary>The bytes that the request is about; null when its range lies behind the end, see <see cref="SendUnsatisfiableAsync"/>.</summary>
    public static Selection? Select(S3RequestContext context, ObjectInfo info, PartInfo? part)
    {
        // An empty part has no first byte to name.
        if (part is not null)
            return new Selection(new ByteRange(part.OffsetBytes, part.LengthBytes), part.LengthBytes > 0, part);

        // A client that has a part of another object must not get the rest of this one.
        var header = Conditions.IsRangeOf(context.Header("If-Range"), info.ETag, info.LastModified) ? context.Header("Range") : null;
        var kind = RangeHeader.Resolve(header, info.LengthBytes, out var range);
        return kind == RangeKind.Unsatisfiable ? null : new Selection(range, kind == RangeKind.Partial, null);
    }

    public static void SetHeaders(S3RequestContext context, ObjectInfo info, Selection selection)
    {
        var headers = context.Response.Headers;
        ObjectHeaderFields.Write(info.Headers, headers);
        SetOverrides(context);
        headers.ETag = ETags.Quote(info.ETag);
        headers.LastModified = Timestamps.HttpDate(info.LastModified);
        headers.AcceptRanges = "bytes";
        Answers.SetVersion(context, info.Versioning, info.VersionId);
        Answers.SetExpiration(context, info.Expiration);
        Answers.SetRestore(context, info.Restore);
        EncryptionHeaders.Write(headers, info.Encryption, context.Headers);
        if (info.StorageClass is not null)
            headers["x-amz-storage-class"] = info.StorageClass;
        if (ReplicationStatuses.Name(info.Replication) is { } replication)
            headers[ReplicationStatuses.Header] = replication;
        if (selection.Part is not null && info.PartCount > 0)
            headers["x-amz-mp-parts-count"] = info.PartCount.ToString(CultureInfo.InvariantCulture);

        // A part's checksum covers just what is sent; that of the whole object says nothing about a range.
        if (WantsChecksum(context))
        {
            if (selection.Part is { } part) Answers.SetPartChecksum(context, part.Checksum, info.Checksum);
            else if (!selection.IsPartial) Answers.SetChecksum(context, info.Checksum);
        }

        context.Response.StatusCode = selection.IsPartial ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
        if (selection.IsPartial)
            headers.ContentRange = selection.Range.ToContentRange(info.LengthBytes);
        headers.ContentLength = selection.Range.Length;
    }

    /// <summary>
    /// What only those are told who may read it by itself: the number of tags, and the lock. Source: S3 API reference, GetObject.
    /// </summary>
    public static ValueTask SetGuardedHeadersAsync(S3RequestContext context, ObjectInfo info, CancellationToken ct) =>
        info.Tags.Count == 0 && !info.Lock.IsSet ? ValueTask.CompletedTask : AskAndSetAsync(context, info, ct);

    private static async ValueTask AskAndSetAsync(S3RequestContext context, ObjectInfo info, CancellationToken ct)
    {
        var headers = context.Response.Headers;
        var version = Parameters.VersionId(context);
        if (info.Tags.Count > 0 && await MayAsync(version is null ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging"))
            headers["x-amz-tagging-count"] = info.Tags.Count.ToString(CultureInfo.InvariantCulture);
        if (info.Lock.Retention.IsSet && await MayAsync("s3:GetObjectRetention"))
            LockFields.WriteRetention(headers, info.Lock.Retention);
        if (info.Lock.LegalHold != LegalHold.None && await MayAsync("s3:GetObjectLegalHold"))
            LockFields.WriteLegalHold(headers, info.Lock.LegalHold);

        ValueTask<bool> MayAsync(string action) => context.Access.IsAllowedAsync(action, info.Bucket, info.Key, version, ct);
    }

    public static ValueTask SendUnsatisfiableAsync(S3RequestContext context, ObjectInfo info, CancellationToken ct)
    {
        var size = info.LengthBytes.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.ContentRange = "bytes */" + size;
        return context.SendErrorAsync(new S3Error(S3ErrorCode.InvalidRange, null, ("RangeRequested", context.Header("Range")), ("ActualObjectSize", size)), ct);
    }

    /// <summary>The part that the request names; it excludes a range.</summary>
    public static int? PartNumber(S3RequestContext context)
    {
        var part = Parameters.OptionalPartNumber(context);
        if (part is not null && context.Headers.ContainsKey("Range"))
            throw new S3Exception(S3ErrorCode.InvalidRequest, "Cannot specify both Range header and partNumber query parameter");
        return part;
    }

    /// <summary>Ceph's gateway refuses the number of a part that is not there before it looks for the customer's key that is missing.</summary>
    public static async ValueTask<Failure> FailureOfPartAsync(S3RequestContext context, ObjectReader objects, int? partNumber, Failure failure, CancellationToken ct)
    {
        if (failure.Fault != ObjectFault.CustomerKeyMissing || partNumber is not { } number || !context.Dialect.ChecksPartBeforeKey) return failure;
        var found = await objects.StatAsync(new() { Bucket = context.Bucket!, Key = context.Key!, VersionId = Parameters.VersionId(context) }, ct);
        return found.IsOk && number > Math.Max(1, found.Value.PartCount) ? new Failure(ObjectFault.InvalidPartNumber) : failure;
    }

    private static bool WantsChecksum(S3RequestContext context) =>
        string.Equals(context.Header("x-amz-checksum-mode"), "ENABLED", StringComparison.OrdinalIgnoreCase);

    // An anonymous link could otherwise dress a public object up as anything.
    private static void SetOverrides(S3RequestContext context)
    {
        if (!context.Query.Raw.Contains("response-", StringComparison.Ordinal))
            return;

        foreach (var (parameter, header) in Overrides)
        {
            if (Parameters.Optional(context, parameter) is not { } value)
                continue;
            if (context.Principal.IsAnonymous)
                throw new S3Exception(S3ErrorCode.InvalidRequest, "Request specific response headers cannot be used for anonymous GET requests.");
            if (!HeaderText.IsSendable(value))
                throw new S3Exception(Invalid.Argument(parameter, value, "Header value cannot be represented using ISO-8859-1."));
            context.Response.Headers[header] = value;
        }
    }
}
