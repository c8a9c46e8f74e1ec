namespace ObjectStore.Server.Objects;

/// <summary>Uploads in parts: create, complete, abort. Parts are written by <see cref="PartWriter"/>, listed by <see cref="UploadLister"/>.</summary>
internal sealed class MultipartService
{
    public ValueTask<Result<UploadInfo>> CreateAsync(CreateUploadRequest request, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Makes the object of its parts; moves no bytes. A repeat after success answers the same while the object stands.</summary>
    public ValueTask<Result<WriteResult>> CompleteAsync(CompleteUploadRequest request, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<Result<Done>> AbortAsync(string bucket, string key, string uploadId, CancellationToken ct) => throw new NotImplementedException();
}

internal sealed class PartWriter
{
    /// <summary>The part's checksum is of the upload's algorithm, whatever else the source asks for. Uploading a number again replaces it.</summary>
    public ValueTask<Result<PartResult>> UploadAsync(UploadPartRequest request, IContentSource source, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<Result<PartCopyResult>> CopyAsync(UploadPartCopyRequest request, CancellationToken ct) => throw new NotImplementedException();
}

internal sealed class UploadLister
{
    public ValueTask<Result<UploadInfo>> GetAsync(string bucket, string key, string uploadId, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<Result<UploadPartPage>> ListPartsAsync(ListPartsRequest request, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<Result<UploadPage>> ListUploadsAsync(ListUploadsRequest request, CancellationToken ct) => throw new NotImplementedException();
}
