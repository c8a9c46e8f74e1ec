namespace ObjectStore.Server.S3.Errors;

/// <summary>Sends an error as the answer of a request.</summary>
internal static class S3ErrorResponse
{
    // Headers that an operation may have set for the answer that it did not come to.
    private static readonly string[] AnswerHeaders =
        ["Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires", "Accept-Ranges"];

    private static readonly string[] ResultHeaders = ["ETag", "Last-Modified", "Content-Range", "Location", "Allow"];

    /// <summary>
    /// Takes back what an operation said of a result that it did not come to: an error that carries an object's ETag and
    /// metadata looks to caches and clients as if it were the object's.
    /// </summary>
    public static void Forget(IS3Response response)
    {
        foreach (var name in response.Headers.Keys.Where(IsOfResult).ToArray()) response.Headers.Remove(name);
    }

    private static bool IsOfResult(string name) =>
        name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
            ? !name.Equals("x-amz-request-id", StringComparison.OrdinalIgnoreCase) && !name.Equals("x-amz-id-2", StringComparison.OrdinalIgnoreCase)
            : ResultHeaders.Contains(name, StringComparer.OrdinalIgnoreCase);

    public static async ValueTask SendAsync(
        IS3Response response, S3Error error, bool isHead, string? resource, string requestId, string hostId, CancellationToken ct)
    {
        var row = error.Row;
        response.StatusCode = row.Status;
        response.Error = error.Code;
        // Where the body ended for the server may not be where it ended for the client: what it sends next could be taken for another request.
        if (error.Code is S3ErrorCode.BadDigest or S3ErrorCode.XAmzContentSHA256Mismatch or S3ErrorCode.IncompleteBody) response.Headers.Connection = "close";
        foreach (var name in AnswerHeaders) response.Headers.Remove(name);
        // Of a range that cannot be satisfied it tells the object's length.
        if (row.Status != 416) response.Headers.Remove("Content-Range");
        if (row.Status == 304) return;

        using var body = new PooledBufferWriter(512);
        S3ErrorWriter.Write(body, error, resource, requestId, hostId);
        response.Headers.ContentType = "application/xml";
        response.Headers.ContentLength = isHead ? null : body.WrittenMemory.Length;
        if (isHead) return;
        await response.Body.WriteAsync(body.WrittenMemory, ct);
    }
}
