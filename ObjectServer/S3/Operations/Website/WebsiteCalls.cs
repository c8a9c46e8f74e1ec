using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketWebsite)]
internal sealed class PutBucketWebsite(BucketService buckets, S3OperationOptions options) : S3Operation
{
    /// <summary>The document of a bucket that is its website.</summary>
    public const string Kind = "website";

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        if (!options.ServesWebsites) throw new S3Exception(S3ErrorCode.NotImplemented, "This server serves no websites: its operator names a host for them with --website-domain.");
        var body = await context.Body.ReadDocumentAsync(WebsiteDocument.MaxBodyBytes, ct);
        var document = WebsiteDocument.Parse(body) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        if (document.Check() is { } wrong) throw new S3Exception(S3ErrorCode.InvalidArgument, wrong);
        var put = await buckets.PutConfigurationAsync(context.Bucket!, Kind, body, ct);
        if (put.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(put.Failure, ct);
    }
}

[Handles(S3OperationName.DeleteBucketWebsite)]
internal sealed class DeleteBucketWebsite(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await buckets.DeleteConfigurationAsync(context.Bucket!, PutBucketWebsite.Kind, ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(deleted.Failure, ct);
    }
}

[Handles(S3OperationName.GetBucketWebsite)]
internal sealed class GetBucketWebsite(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await buckets.GetConfigurationAsync(context.Bucket!, PutBucketWebsite.Kind, ct);
        if (found.IsOk)
        {
            var document = WebsiteDocument.Parse(found.Value) ?? throw new InvalidDataException("The stored website configuration is not one.");
            await context.SendXmlAsync(StatusCodes.Status200OK, document, Write, ct);
        }
        else if (found.Fault == ObjectFault.NoSuchConfiguration) await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchWebsiteConfiguration, null, ("BucketName", context.Bucket)), ct);
        else await context.SendFailureAsync(found.Failure, ct);
    }

    private static void Write(IBufferWriter<byte> output, WebsiteDocument document)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("WebsiteConfiguration"u8);
        if (document.RedirectAll is { } all)
        {
            xml.Open("RedirectAllRequestsTo"u8);
            xml.Element("HostName"u8, all.Host!);
            xml.Optional("Protocol"u8, all.Protocol);
            xml.Close("RedirectAllRequestsTo"u8);
        }
        if (document.IndexSuffix is { } suffix)
        {
            xml.Open("IndexDocument"u8);
            xml.Element("Suffix"u8, suffix);
            xml.Close("IndexDocument"u8);
        }
        if (document.ErrorKey is { } error)
        {
            xml.Open("ErrorDocument"u8);
            xml.Element("Key"u8, error);
            xml.Close("ErrorDocument"u8);
        }
        if (document.Rules.Count > 0)
        {
            xml.Open("RoutingRules"u8);
            foreach (var rule in document.Rules) WriteRule(ref xml, rule);
            xml.Close("RoutingRules"u8);
        }
        xml.Close("WebsiteConfiguration"u8);
        xml.Complete();
    }

    private static void WriteRule(ref XmlBuilder xml, WebsiteRule rule)
    {
        xml.Open("RoutingRule"u8);
        if (rule.KeyPrefix is not null || rule.ErrorCode is not null)
        {
            xml.Open("Condition"u8);
            xml.Optional("KeyPrefixEquals"u8, rule.KeyPrefix);
            if (rule.ErrorCode is { } code) xml.Element("HttpErrorCodeReturnedEquals"u8, code);
            xml.Close("Condition"u8);
        }
        xml.Open("Redirect"u8);
        xml.Optional("Protocol"u8, rule.Redirect.Protocol);
        xml.Optional("HostName"u8, rule.Redirect.Host);
        xml.Optional("ReplaceKeyPrefixWith"u8, rule.Redirect.ReplaceKeyPrefixWith);
        xml.Optional("ReplaceKeyWith"u8, rule.Redirect.ReplaceKeyWith);
        if (rule.Redirect.Code != StatusCodes.Status301MovedPermanently) xml.Element("HttpRedirectCode"u8, rule.Redirect.Code);
        xml.Close("Redirect"u8);
        xml.Close("RoutingRule"u8);
    }
}
