using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Xml.Linq;

namespace ObjectStore.Client.S3;

/// <summary>
/// Objects, of any size: bodies are streamed and signed chunk by chunk, so that no server stores what was changed on the way.
/// Headers are sent as they are given; those of the answer come back.
/// </summary>
public sealed partial class S3Client
{
    /// <summary>Any call about an object that is not among those below.</summary>
    /// <param name="query">Behind the '?', percent-encoded; empty for none.</param>
    /// <param name="body">Null for none.</param>
    /// <exception cref="ClientException">It was refused, or no answer came.</exception>
    /// <exception cref="StreamSourceException">The body could not be read.</exception>
    public async Task<ObjectAnswer> SendObjectAsync(
        HttpMethod method, string bucket, string key, string query, StreamedBody? body, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        await using var answer = await StreamAsync(At(method, bucket, key, query) with { Headers = [.. headers] }, body, ct);
        return new ObjectAnswer(answer.Status, answer.Headers, await ReadAsync(answer, ct));
    }

    /// <inheritdoc cref="SendObjectAsync"/>
    public Task<ObjectAnswer> PutObjectAsync(string bucket, string key, StreamedBody body, IEnumerable<(string Name, string Value)> headers, CancellationToken ct) =>
        SendObjectAsync(HttpMethod.Put, bucket, key, "", body, headers, ct);

    /// <summary>An object, or a range of it, as a stream. Dispose the answer.</summary>
    /// <param name="range">First and last byte; null for all of it.</param>
    /// <param name="versionId">Null for the current one.</param>
    /// <exception cref="ClientException">NoSuchKey, NoSuchVersion, InvalidRange, InvalidObjectState, and all else.</exception>
    public Task<StreamedAnswer> OpenObjectAsync(
        string bucket, string key, (long First, long Last)? range, string? versionId, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        if (range is var (first, last)) headers = [.. headers, ("Range", new RangeHeaderValue(first, last).ToString())];
        return StreamAsync(At(HttpMethod.Get, bucket, key, VersionQuery(versionId)) with { Headers = [.. headers] }, null, ct);
    }

    /// <summary>What HEAD says of an object; null if it is not there, or is a delete marker.</summary>
    /// <exception cref="ClientException">All else. An answer to HEAD has no body: the code is what its status says.</exception>
    public async Task<ObjectAnswer?> FindObjectAsync(string bucket, string key, string? versionId, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        try
        {
            return await SendObjectAsync(HttpMethod.Head, bucket, key, VersionQuery(versionId), null, headers, ct);
        }
        catch (ClientException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>What is not there counts as deleted. Without a version it is the server that says what a deletion is (a delete marker, where the bucket is versioned).</summary>
    public Task<ObjectAnswer> DeleteObjectAsync(string bucket, string key, string? versionId, IEnumerable<(string Name, string Value)> headers, CancellationToken ct) =>
        SendObjectAsync(HttpMethod.Delete, bucket, key, VersionQuery(versionId), null, headers, ct);

    /// <summary>Copies within the server.</summary>
    /// <param name="sourceVersionId">Null for the current one.</param>
    public async Task<ObjectAnswer> CopyObjectAsync(
        string sourceBucket, string sourceKey, string? sourceVersionId, string bucket, string key, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        var source = $"/{Uri.EscapeDataString(sourceBucket)}/{string.Join('/', sourceKey.Split('/').Select(Uri.EscapeDataString))}";
        if (sourceVersionId is not null) source += "?" + VersionQuery(sourceVersionId);
        return ThrowIfError(await SendObjectAsync(HttpMethod.Put, bucket, key, "", null, [.. headers, ("x-amz-copy-source", source)], ct));
    }

    /// <returns>Its id, and the headers of the answer.</returns>
    public async Task<(string UploadId, ObjectAnswer Answer)> CreateUploadAsync(string bucket, string key, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        var answer = await SendObjectAsync(HttpMethod.Post, bucket, key, "uploads", null, headers, ct);
        return (WireXml.Parse(answer.Body).Required("UploadId"), answer);
    }

    /// <param name="number">1 to 10,000. The same number again replaces the part.</param>
    public async Task<UploadedPart> UploadPartAsync(
        string bucket, Upload upload, int number, StreamedBody body, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        var query = $"partNumber={number.ToString(CultureInfo.InvariantCulture)}&uploadId={Uri.EscapeDataString(upload.UploadId)}";
        var answer = await SendObjectAsync(HttpMethod.Put, bucket, upload.Key, query, body, headers, ct);
        return new UploadedPart(number, answer.ETag ?? throw ClientException.Foreign("The server's answer lacks ETag.")) { LengthBytes = body.LengthBytes };
    }

    /// <summary>Makes an object of the parts. An error may come in an answer whose status is 200.</summary>
    /// <param name="parts">In the order of their numbers.</param>
    public async Task<ObjectAnswer> CompleteUploadAsync(
        string bucket, Upload upload, IEnumerable<UploadedPart> parts, IEnumerable<(string Name, string Value)> headers, CancellationToken ct)
    {
        var document = Element("CompleteMultipartUpload", [.. parts.Select(part => Element("Part",
            [Element("PartNumber", part.Number), Element("ETag", part.ETag), .. part.Checksums.Select(checksum => Element(checksum.Key, checksum.Value))]))]);
        var request = At(HttpMethod.Post, bucket, upload.Key, $"uploadId={Uri.EscapeDataString(upload.UploadId)}") with
        {
            Body = WireXml.Write(document), Headers = [.. headers], ContentType = "application/xml",
        };
        await using var answer = await StreamAsync(request, null, ct);
        return ThrowIfError(new ObjectAnswer(answer.Status, answer.Headers, await ReadAsync(answer, ct)));
    }

    /// <param name="after">The page before; null for the first.</param>
    public async Task<PartPage> ListPartsAsync(string bucket, Upload upload, PartPage? after, CancellationToken ct)
    {
        var query = Query($"uploadId={Uri.EscapeDataString(upload.UploadId)}", ("part-number-marker", after?.NextPartNumberMarker?.ToString(CultureInfo.InvariantCulture)));
        var page = WireXml.Parse((await SendObjectAsync(HttpMethod.Get, bucket, upload.Key, query, null, [], ct)).Body);
        var parts = page.Children("Part").Select(part => new UploadedPart(Int(part, "PartNumber"), part.Required("ETag"))
        {
            LengthBytes = long.TryParse(part.Text("Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0,
            Checksums = [.. part.Elements().Where(element => element.Name.LocalName.StartsWith("Checksum", StringComparison.Ordinal))
                .Select(element => KeyValuePair.Create(element.Name.LocalName, element.Value))],
        }).ToArray();
        return new PartPage(parts, page.Text("IsTruncated") == "true" ? Int(page, "NextPartNumberMarker") : null);
    }

    public async Task<IReadOnlyDictionary<string, string>> GetObjectTagsAsync(string bucket, string key, string? versionId, CancellationToken ct)
    {
        var answer = await SendObjectAsync(HttpMethod.Get, bucket, key, TaggingQuery(versionId), null, [], ct);
        return WireXml.Parse(answer.Body).Child("TagSet")?.Children("Tag").ToDictionary(tag => tag.Required("Key"), tag => tag.Required("Value"), StringComparer.Ordinal) ?? [];
    }

    /// <summary>Replaces all tags; of no tags, takes them away.</summary>
    public Task<ObjectAnswer> PutObjectTagsAsync(
        string bucket, string key, string? versionId, IReadOnlyDictionary<string, string> tags, IEnumerable<(string Name, string Value)> headers, CancellationToken ct) => tags.Count == 0
        ? SendObjectAsync(HttpMethod.Delete, bucket, key, TaggingQuery(versionId), null, headers, ct)
        : SendObjectAsync(HttpMethod.Put, bucket, key, TaggingQuery(versionId), StreamedBody.Of(WireXml.Write(Element("Tagging", TagSet("TagSet", tags)))), headers, ct);

    /// <summary>Writes one of an object's documents, such as its retention, with the checksum that some of them want.</summary>
    /// <param name="query">The document's name, and the version where one is meant; percent-encoded.</param>
    public async Task<ObjectAnswer> PutObjectDocumentAsync(string bucket, string key, string query, byte[] document, CancellationToken ct)
    {
        var request = At(HttpMethod.Put, bucket, key, query) with { Body = document, Headers = [("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(document)))] };
        await using var answer = await StreamAsync(request, null, ct);
        return new ObjectAnswer(answer.Status, answer.Headers, await ReadAsync(answer, ct));
    }

    private static string VersionQuery(string? versionId) => versionId is null ? "" : "versionId=" + Uri.EscapeDataString(versionId);

    private static string TaggingQuery(string? versionId) => versionId is null ? "tagging" : "tagging&" + VersionQuery(versionId);

    private static int Int(XElement element, string name) => int.TryParse(element.Required(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number : throw ClientException.Foreign($"The server's answer has no number as {name}.");

    /// <exception cref="ClientException">Also where the server answers with an error.</exception>
    private async Task<StreamedAnswer> StreamAsync(WireRequest request, StreamedBody? body, CancellationToken ct)
    {
        // Of what is named exactly; an object without its version may get two delete markers.
        var isDelete = request.Method == HttpMethod.Delete && request.PathAndQuery.Contains('?', StringComparison.Ordinal);
        var answer = await connection.StreamAsync(isDelete ? request with { IsRepeatable = true } : request, body, credentials, ct);
        if (answer.IsSuccess) return answer;
        await using (answer)
        {
            throw WireXml.ErrorOf(new WireAnswer(answer.Status, await ReadAsync(answer, ct), answer.RequestId));
        }
    }

    private async Task<byte[]> ReadAsync(StreamedAnswer answer, CancellationToken ct)
    {
        var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int count; (count = await answer.Body.ReadAsync(buffer, ct)) > 0;)
        {
            if (body.Length + count > connection.Options.MaxAnswerBytes) throw ClientException.Foreign($"The server answers with more than {connection.Options.MaxAnswerBytes} bytes.");
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    // The status went out before the work was done.
    private static ObjectAnswer ThrowIfError(ObjectAnswer answer)
    {
        if (answer.Body.Length == 0) return answer;
        var document = WireXml.Parse(answer.Body);
        return document.Name.LocalName != "Error" ? answer : throw ClientException.Refused(
            document.Text("Code") == "InternalError" ? 500 : 400, document.Text("Code") ?? "Unknown", document.Text("Message") ?? "The server answered with an error.", answer.RequestId);
    }
}
