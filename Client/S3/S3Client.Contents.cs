using System.Xml.Linq;

namespace ObjectStore.Client.S3;

/// <summary>What has to go before a bucket can be deleted.</summary>
public sealed partial class S3Client
{
    /// <summary>Most versions that one call deletes, and most that a page lists.</summary>
    public const int MaxPage = 1000;

    /// <param name="after">The page before; null for the first.</param>
    public async Task<VersionPage> ListVersionsAsync(string bucket, VersionPage? after, CancellationToken ct)
    {
        var page = await GetAsync(bucket, Query("versions", ("key-marker", after?.NextKeyMarker), ("version-id-marker", after?.NextVersionIdMarker)), ct);
        var versions = page.Elements().Where(element => element.Name.LocalName is "Version" or "DeleteMarker")
            .Select(element => new ObjectVersion(element.Required("Key"), element.Required("VersionId"))).ToArray();
        return page.Text("IsTruncated") == "true"
            ? new VersionPage(versions, page.Required("NextKeyMarker"), page.Text("NextVersionIdMarker")) : new VersionPage(versions, null, null);
    }

    /// <inheritdoc cref="ListVersionsAsync"/>
    /// <param name="prefix">Beginning of keys; null for all.</param>
    public async Task<UploadPage> ListUploadsAsync(string bucket, UploadPage? after, CancellationToken ct, string? prefix = null)
    {
        var page = await GetAsync(bucket, Query("uploads", ("prefix", prefix), ("key-marker", after?.NextKeyMarker), ("upload-id-marker", after?.NextUploadIdMarker)), ct);
        var uploads = page.Children("Upload").Select(element => new Upload(element.Required("Key"), element.Required("UploadId"))).ToArray();
        return page.Text("IsTruncated") == "true"
            ? new UploadPage(uploads, page.Required("NextKeyMarker"), page.Text("NextUploadIdMarker")) : new UploadPage(uploads, null, null);
    }

    /// <summary>Deletes versions for good; what is not there counts as deleted.</summary>
    /// <param name="versions">At most <see cref="MaxPage"/>.</param>
    /// <param name="bypassGovernance">Also what is retained in governance mode, if the caller may.</param>
    /// <returns>Those that are still there.</returns>
    public async Task<IReadOnlyList<DeleteFailure>> DeleteVersionsAsync(string bucket, IEnumerable<ObjectVersion> versions, bool bypassGovernance, CancellationToken ct)
    {
        var document = Element("Delete", [Element("Quiet", "true"),
            .. versions.Select(version => Element("Object", Element("Key", version.Key), Element("VersionId", version.VersionId)))]);
        (string, string)[] headers = bypassGovernance ? [("x-amz-bypass-governance-retention", "true")] : [];
        var request = Request(HttpMethod.Post, bucket, "delete", WireXml.Write(document), headers) with { IsRepeatable = true };
        return [.. WireXml.Parse(await SendAsync(request, ct)).Children("Error").Select(FailureOf)];
    }

    /// <returns>False if there was none.</returns>
    public async Task<bool> AbortUploadAsync(string bucket, Upload upload, CancellationToken ct)
    {
        try
        {
            await SendAsync(At(HttpMethod.Delete, bucket, upload.Key, $"uploadId={Uri.EscapeDataString(upload.UploadId)}") with { IsRepeatable = true }, ct);
            return true;
        }
        catch (ClientException missing) when (missing.Code == "NoSuchUpload")
        {
            return false;
        }
    }

    private static DeleteFailure FailureOf(XElement error) =>
        new(error.Required("Key"), error.Text("VersionId") ?? "null", error.Text("Code") ?? "Unknown", error.Text("Message") ?? "");

    private static string Query(string what, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = what;
        foreach (var (name, value) in parameters)
        {
            if (value is not null) query += $"&{name}={Uri.EscapeDataString(value)}";
        }
        return query;
    }
}
