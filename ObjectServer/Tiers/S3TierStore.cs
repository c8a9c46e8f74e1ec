using System.Runtime.ExceptionServices;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;
using UploadPage = ObjectStore.Client.S3.UploadPage;

namespace ObjectStore.Server.Tiers;

/// <summary>Tiers in S3 endpoints that are set up as remotes.</summary>
/// <param name="partBytes">From twice this length on, objects are sent in parts of so many bytes, or more where there would be too many. Whole MiB.</param>
internal sealed class S3TierStore(RemoteClients remotes, long partBytes = S3TierStore.DefaultPartBytes) : ITierStore
{
    /// <summary>What is sent again when a connection breaks.</summary>
    public const long DefaultPartBytes = 64L << 20;

    private const int MaxParts = 9_000;

    private static readonly (string, string)[] NoHeaders = [];

    public async ValueTask ProbeAsync(Tier tier, CancellationToken ct) =>
        await CallAsync(new RemotePlaceRecord { Tier = tier.StorageClass, Remote = tier.Remote, Bucket = tier.Bucket }, async client =>
        {
            try
            {
                await ProbeAsync(client, tier, ct);
            }
            catch (ClientException denied) when (denied.Code == "AccessDenied")
            {
                // It answers, and knows the key, which may do less than look at buckets.
            }
            return true;
        }, ct);

    private static async ValueTask ProbeAsync(S3Client client, Tier tier, CancellationToken ct)
    {
        if (tier.HasBucketEach) await client.ListBucketsAsync(ct);
        else if (!await client.BucketExistsAsync(tier.Bucket, ct)) throw new TierException(isTierAway: true, $"There is no bucket {tier.Bucket} in {tier.Remote}.");
    }

    public async ValueTask<string?> PutAsync(
        RemotePlaceRecord place, Tier tier, long lengthBytes, TierSource source, IReadOnlyList<(string Name, string Value)> headers, CancellationToken ct)
    {
        if (tier.TargetClass.Length > 0) headers = [.. headers, ("x-amz-storage-class", tier.TargetClass)];
        return await CallAsync(place, async client =>
        {
            try
            {
                return await SendAsync(client, place, lengthBytes, source, headers, ct);
            }
            catch (ClientException missing) when (missing.Code == "NoSuchBucket" && tier.HasBucketEach)
            {
                await MakeBucketAsync(client, place.Bucket, ct);
                return await SendAsync(client, place, lengthBytes, source, headers, ct);
            }
        }, ct);
    }

    public ValueTask<Stream> OpenAsync(RemotePlaceRecord place, long offset, long length, CancellationToken ct) => CallAsync<Stream>(place, async client =>
    {
        var answer = await client.OpenObjectAsync(place.Bucket, place.Key, (offset, offset + length - 1), VersionOf(place), NoHeaders, ct);
        if (answer.LengthBytes == length) return new TierStream(answer, place);
        await using (answer) throw new TierException(isTierAway: false, $"Of object {place.Key} in {place.Tier} it gives {answer.LengthBytes} bytes instead of {length}.");
    }, ct);

    public async ValueTask DeleteAsync(RemotePlaceRecord place, CancellationToken ct) => await CallAsync(place, async client =>
    {
        try
        {
            await AbortAsync(client, place, ct);
            await client.DeleteObjectAsync(place.Bucket, place.Key, VersionOf(place), NoHeaders, ct);
        }
        catch (ClientException missing) when (missing.Code is "NoSuchKey" or "NoSuchVersion")
        {
            // It is gone, or never came.
        }
        return true;
    }, ct);

    internal static TierException Explain(ClientException e, string tier)
    {
        var isAway = e.Kind != ClientErrorKind.Refused || e.IsTransient || e.IsNotAllowed || e.Code == "NoSuchBucket";
        return new TierException(isAway && e.Code != "InvalidObjectState", $"{tier}: {e.Message} ({e.Code})", e);
    }

    private async ValueTask<string?> SendAsync(
        S3Client client, RemotePlaceRecord place, long lengthBytes, TierSource source, IReadOnlyList<(string Name, string Value)> headers, CancellationToken ct)
    {
        var answer = lengthBytes < 2 * partBytes
            ? await client.PutObjectAsync(place.Bucket, place.Key, StreamedBody.Repeatable(lengthBytes, token => source(0, lengthBytes, token)), headers, ct)
            : await SendPartsAsync(client, place, lengthBytes, source, headers, ct);
        // A server that does not know the framing of the body would have stored that, too.
        var found = await client.FindObjectAsync(place.Bucket, place.Key, answer.VersionId, NoHeaders, ct);
        if (found?.LengthBytes != lengthBytes)
            throw new TierException(isTierAway: false, $"Object {place.Key} was sent to {place.Tier} with {lengthBytes} bytes, and has {found?.LengthBytes} there.");
        return answer.VersionId is null or "null" ? null : answer.VersionId;
    }

    private async ValueTask<ObjectAnswer> SendPartsAsync(
        S3Client client, RemotePlaceRecord place, long lengthBytes, TierSource source, IReadOnlyList<(string Name, string Value)> headers, CancellationToken ct)
    {
        const long mebibyte = 1L << 20;
        var part = Math.Max(partBytes, (lengthBytes / MaxParts + mebibyte) / mebibyte * mebibyte);
        var (id, _) = await client.CreateUploadAsync(place.Bucket, place.Key, headers, ct);
        var upload = new Upload(place.Key, id);
        try
        {
            var parts = new List<UploadedPart>();
            for (var offset = 0L; offset < lengthBytes; offset += part)
            {
                var (from, count) = (offset, Math.Min(part, lengthBytes - offset));
                var body = StreamedBody.Repeatable(count, token => source(from, count, token));
                parts.Add(await client.UploadPartAsync(place.Bucket, upload, parts.Count + 1, body, NoHeaders, ct));
            }
            return await client.CompleteUploadAsync(place.Bucket, upload, parts, NoHeaders, ct);
        }
        catch
        {
            await TryAbortAsync(client, place, upload);
            throw;
        }
    }

    // What stays is aborted when the object's row is dealt with.
    private static async ValueTask TryAbortAsync(S3Client client, RemotePlaceRecord place, Upload upload)
    {
        try
        {
            await client.AbortUploadAsync(place.Bucket, upload, CancellationToken.None);
        }
        catch (ClientException)
        {
            // The reason that is told is the first one.
        }
    }

    private static async ValueTask AbortAsync(S3Client client, RemotePlaceRecord place, CancellationToken ct)
    {
        for (UploadPage? page = null; ;)
        {
            page = await client.ListUploadsAsync(place.Bucket, page, ct, place.Key);
            foreach (var upload in page.Uploads.Where(upload => upload.Key == place.Key)) await client.AbortUploadAsync(place.Bucket, upload, ct);
            if (page.NextKeyMarker is null) return;
        }
    }

    private static async ValueTask MakeBucketAsync(S3Client client, string bucket, CancellationToken ct)
    {
        try
        {
            await client.CreateBucketAsync(new NewBucket(bucket), ct);
        }
        catch (ClientException there) when (there.Code == "BucketAlreadyOwnedByYou")
        {
            // Somebody else made it meanwhile.
        }
    }

    private async ValueTask<T> CallAsync<T>(RemotePlaceRecord place, Func<S3Client, ValueTask<T>> call, CancellationToken ct)
    {
        try
        {
            var client = await remotes.FindAsync(place.Remote, ct) ?? throw new TierException(isTierAway: true, $"There is no remote \"{place.Remote}\".");
            return await call(client);
        }
        catch (ClientException e)
        {
            throw Explain(e, place.Tier);
        }
        catch (KeyManagerException e)
        {
            throw new TierException(isTierAway: true, e.Message, e);
        }
        catch (StreamSourceException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }

    private static string? VersionOf(RemotePlaceRecord place) => place.VersionId.Length > 0 ? place.VersionId : null;

    /// <summary>The body of an answer, with the errors of tiers.</summary>
    private sealed class TierStream(StreamedAnswer answer, RemotePlaceRecord place) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await answer.Body.ReadAsync(buffer, cancellationToken);
            }
            catch (ClientException e)
            {
                throw Explain(e, place.Tier);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await answer.DisposeAsync();
            await base.DisposeAsync();
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
