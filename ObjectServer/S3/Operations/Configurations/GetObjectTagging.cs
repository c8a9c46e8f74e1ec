using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectTagging)]
internal sealed class GetObjectTagging(ObjectReader objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await objects.StatAsync(new() { Bucket = context.Bucket!, Key = context.Key!, VersionId = Parameters.VersionId(context) }, ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        Answers.SetVersion(context, found.Value.Versioning, found.Value.VersionId);
        await context.SendXmlAsync(StatusCodes.Status200OK, found.Value.Headers.Tags, static (output, tags) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("Tagging"u8);
            xml.Open("TagSet"u8);
            foreach (var (key, value) in tags)
            {
                xml.Open("Tag"u8);
                xml.Element("Key"u8, key);
                xml.Element("Value"u8, value);
                xml.Close("Tag"u8);
            }

            xml.Close("TagSet"u8);
            xml.Close("Tagging"u8);
            xml.Complete();
        }, ct);
    }
}
