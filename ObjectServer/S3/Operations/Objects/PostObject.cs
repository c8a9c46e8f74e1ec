using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.S3.Forms;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// An upload by a browser's form. The form has been read up to its file, and decided; its fields stand in the headers of the
/// request, as if it were a PutObject.
/// </summary>
[Handles(S3OperationName.PostObject)]
internal sealed class PostObject(ObjectWriter objects, AnalyticsCounters analytics, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var access = await context.Access.ForNewObjectAsync(ct);
        var headers = ObjectHeaderFields.Read(context.Headers);
        var written = await objects.PutAsync(new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            OwnerId = access.OwnerId,
            Acl = access.Acl,
            Headers = headers,
            Lock = LockFields.Read(context.Headers),
            StorageClass = StorageClasses.Parse(context.Header("x-amz-storage-class")),
            Encryption = EncryptionHeaders.Read(context.Headers, options.TakesKeys(context)),
            StoredChecksum = Uploads.StoredChecksum(context),
            IsForm = true,
            Origin = context.Origin,
        }, context.Body, ct);
        if (!written.IsOk)
        {
            await context.SendFailureAsync(written.Failure, ct);
            return;
        }

        var result = written.Value;
        analytics.CountWritten(context.Access.Bucket, context.Key!, headers.Tags, result, result.LengthBytes);
        var location = Location(context);
        context.Response.Headers.ETag = ETags.Quote(result.ETag);
        context.Response.Headers.Location = location;
        Answers.SetChecksum(context, result.Checksum);
        EncryptionHeaders.Write(context.Response.Headers, result.Encryption, context.Headers);
        Answers.SetVersion(context, result.Versioning, result.VersionId);
        Answers.SetExpiration(context, result.Expiration);
        await AnswerAsync(context, location, result.ETag, ct);
    }

    private static ValueTask AnswerAsync(S3RequestContext context, string location, string eTag, CancellationToken ct)
    {
        var form = context.Form!;
        if (RedirectTarget(form["success_action_redirect"] ?? form["redirect"], context, eTag) is { } target)
        {
            context.Response.Headers.Location = target;
            context.SendEmpty(StatusCodes.Status303SeeOther);
            return ValueTask.CompletedTask;
        }

        switch (form["success_action_status"])
        {
            case "200":
                context.SendEmpty(StatusCodes.Status200OK);
                return ValueTask.CompletedTask;
            case "201":
                return context.SendXmlAsync(StatusCodes.Status201Created, (context, location, eTag), Write, ct);
            default:
                context.SendEmpty(StatusCodes.Status204NoContent);
                return ValueTask.CompletedTask;
        }
    }

    /// <summary>Where the browser is sent, with what was written; null for a text that is no address on the web, which S3 ignores.</summary>
    private static string? RedirectTarget(string? text, S3RequestContext context, string eTag)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || !Ascii.IsValid(address.AbsoluteUri))
            return null;
        var (target, fragment) = Split(address.AbsoluteUri, '#');
        var separator = target.Contains('?') ? '&' : '?';
        return $"{target}{separator}bucket={Encode(context.Bucket!)}&key={Encode(context.Key!)}&etag={Encode(ETags.Quote(eTag))}{fragment}";
    }

    private static string Location(S3RequestContext context) => $"{context.Scheme}://{context.Host}{context.Resource.TrimEnd('/')}/{Encode(context.Key!)}";

    private static void Write(IBufferWriter<byte> output, (S3RequestContext Context, string Location, string ETag) state)
    {
        var xml = new XmlBuilder(output);
        xml.Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>"u8);
        xml.Element("Location"u8, state.Location);
        xml.Element("Bucket"u8, state.Context.Bucket);
        xml.Element("Key"u8, state.Context.Key);
        xml.ETag(state.ETag);
        xml.Close("PostResponse"u8);
        xml.Complete();
    }

    private static (string Before, string From) Split(string text, char at)
    {
        var index = text.IndexOf(at);
        return index < 0 ? (text, "") : (text[..index], text[index..]);
    }

    private static string Encode(string text) => PercentEncoding.Encode(text, keepSlash: false);
}
