using System.Security.Cryptography;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Remotes;

/// <param name="Code">Null if all went well.</param>
/// <param name="Message">What was tried, or why it failed; no secret.</param>
internal readonly record struct TrialResult(string? Code, string Message);

/// <summary>Tries a remote out: with a bucket it writes, reads and deletes an object there, without one it lists buckets.</summary>
internal sealed class RemoteTrial(RemoteClients clients)
{
    private const int ProbeBytes = 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="prefix">Of the object's key.</param>
    public async ValueTask<TrialResult?> RunAsync(string remote, string? bucket, string prefix, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            if (await clients.FindAsync(remote, limit.Token) is not { } client) return null;
            return bucket is null ? await ListAsync(client, limit.Token) : await ProbeAsync(client, bucket, prefix, limit.Token);
        }
        catch (ClientException e)
        {
            return new TrialResult(e.Code, e.Message);
        }
        catch (KeyManagerException e)
        {
            return new TrialResult("SecretSealed", e.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new TrialResult(nameof(ClientErrorKind.TimedOut), $"It did not answer in {Limit.TotalSeconds:0} s.");
        }
    }

    private static async ValueTask<TrialResult> ListAsync(S3Client client, CancellationToken ct)
    {
        try
        {
            await client.ListBucketsAsync(ct);
            return new TrialResult(null, "It answers, and knows the access key. No bucket was tried.");
        }
        catch (ClientException denied) when (denied.Code == "AccessDenied")
        {
            return new TrialResult(null, "It answers, and knows the access key, which may not list buckets. No bucket was tried.");
        }
    }

    private static async ValueTask<TrialResult> ProbeAsync(S3Client client, string bucket, string prefix, CancellationToken ct)
    {
        var key = $"{prefix}.objectstore-test-{Guid.NewGuid():N}";
        var bytes = RandomNumberGenerator.GetBytes(ProbeBytes);
        var put = await client.PutObjectAsync(bucket, key, StreamedBody.Of(bytes), [], ct);
        var read = new byte[ProbeBytes];
        try
        {
            await using var answer = await client.OpenObjectAsync(bucket, key, null, put.VersionId, [], ct);
            if (answer.LengthBytes != ProbeBytes) return new TrialResult("Damaged", $"Of {ProbeBytes} bytes that were written, it gives back {answer.LengthBytes}.");
            await answer.Body.ReadExactlyAsync(read, ct);
        }
        finally
        {
            await client.DeleteObjectAsync(bucket, key, put.VersionId, [], ct);
        }
        return read.AsSpan().SequenceEqual(bytes)
            ? new TrialResult(null, $"An object was written to the bucket {bucket}, read and deleted.")
            : new TrialResult("Damaged", "It gives back other bytes than were written.");
    }
}
