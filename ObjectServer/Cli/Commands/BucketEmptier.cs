using System.Xml;
using System.Xml.Linq;
using ObjectStore.Server.Cli.Output;
using ObjectStore.Server.Cli.Wire;

namespace ObjectStore.Server.Cli.Commands;

/// <summary>Deletes every version and delete marker of a bucket, a page of a thousand at a time.</summary>
internal static class BucketEmptier
{
    private const int ReportEvery = 10_000;

    /// <exception cref="CliException">Something cannot be deleted, for instance because it is locked.</exception>
    public static async Task EmptyAsync(S3Client s3, string bucket, bool bypassGovernance, Printer printer, CancellationToken ct)
    {
        var deleted = 0L;
        while (true)
        {
            // From the beginning each time: what was there is gone, and what came meanwhile is found.
            var page = WireXml.Parse(await s3.SendAsync(HttpMethod.Get, bucket, "max-keys=1000&versions", [], ct));
            var versions = page.Elements().Where(element => element.Name.LocalName is "Version" or "DeleteMarker").ToArray();
            if (versions.Length == 0) return;
            (string, string)[] headers = bypassGovernance ? [("x-amz-bypass-governance-retention", "true")] : [];
            var answer = WireXml.Parse(await s3.SendAsync(HttpMethod.Post, bucket, "delete", Request(versions), ct, headers));
            if (answer.Elements().FirstOrDefault(element => element.Name.LocalName == "Error") is { } error)
            {
                throw new CliException(ExitCode.Conflict, error.Text("Code") ?? "Unknown",
                    $"{error.Text("Key")} (version {error.Text("VersionId")}) cannot be deleted: {error.Text("Message")}. {Texts.Count(deleted)} versions were deleted before this page.");
            }
            var before = deleted / ReportEvery;
            deleted += versions.Length;
            if (deleted / ReportEvery > before) printer.Note($"{Texts.Count(deleted)} versions deleted");
        }
    }

    private static byte[] Request(IEnumerable<XElement> versions)
    {
        var output = new MemoryStream();
        // Keys may have characters that XML can only hold as references.
        using (var writer = XmlWriter.Create(output, new XmlWriterSettings { CheckCharacters = false, Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false) }))
        {
            writer.WriteStartElement("Delete", "http://s3.amazonaws.com/doc/2006-03-01/");
            writer.WriteElementString("Quiet", "true");
            foreach (var version in versions)
            {
                writer.WriteStartElement("Object");
                writer.WriteElementString("Key", version.Required("Key"));
                writer.WriteElementString("VersionId", version.Required("VersionId"));
                writer.WriteEndElement();
            }
            writer.WriteEndElement();
        }
        return output.ToArray();
    }
}
