using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Replication;

/// <summary>A bucket of another store of this kind: docs/formats/replication.md. Bodies are streamed and signed chunk by chunk.</summary>
internal sealed class RemoteReplicaTarget(S3Client client, string bucket) : IReplicaTarget
{
    private const int PrefixBytes = 4;

    public async ValueTask<TargetAnswer<ReplicaWrite>> StateAsync(string key, ReplicaDocument document, bool mustExist, CancellationToken ct)
    {
        if (document.Version.IsDeleteMarker())
            return WriteOf(await SendAsync(HttpMethod.Delete, key, "replica", null, ReplicaFields.OfMarker(document.Version), ct), 0);
        var stated = document.Clone();
        stated.MustExist = mustExist;
        return WriteOf(await SendAsync(HttpMethod.Post, key, "replica", BodyOf(stated), [], ct), 0);
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> PutAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct) =>
        WriteOf(await SendAsync(HttpMethod.Put, key, "replica", EnvelopeOf(document, source), [], ct), source.Info.LengthBytes);

    public async ValueTask<TargetAnswer<ReplicaUpload>> BeginAsync(string key, ReplicaDocument document, CancellationToken ct)
    {
        var answer = await SendAsync(HttpMethod.Post, key, "replica&uploads", BodyOf(document), [], ct);
        if (answer.Refusal is { } refusal) return refusal;
        var begun = answer.Value!;
        return new ReplicaUpload((ReplicaState)begun.State, begun.UploadId.Length == 0 ? null : begun.UploadId, [.. begun.Parts.Select(number => (int)number)]);
    }

    public async ValueTask<TargetAnswer<Done>> PutPartAsync(string key, string uploadId, PartInfo part, ObjectHandle source, CancellationToken ct)
    {
        var query = $"partNumber={part.PartNumber.ToString(CultureInfo.InvariantCulture)}&replica&uploadId={Uri.EscapeDataString(uploadId)}";
        var answer = await SendAsync(HttpMethod.Put, key, query, HandleStream.BodyOf(source, part.OffsetBytes, part.LengthBytes), [], ct);
        return answer.Refusal is { } refusal ? refusal : new Done();
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> CompleteAsync(string key, ReplicaDocument document, string uploadId, CancellationToken ct) =>
        WriteOf(await SendAsync(HttpMethod.Post, key, $"replica&uploadId={Uri.EscapeDataString(uploadId)}", BodyOf(document), [], ct), 0);

    public async ValueTask<TargetAnswer<IReadOnlyList<string>>> CompareAnnotationsAsync(string key, ReplicaAnnotationList list, CancellationToken ct)
    {
        var answer = await SendAsync(HttpMethod.Post, key, "annotation&replica", BodyOf(list), [], ct);
        return answer.Refusal is { } refusal ? refusal : new TargetAnswer<IReadOnlyList<string>>(answer.Value!.Annotations, null);
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> PutAnnotationAsync(string key, ReplicaAnnotationList one, ObjectHandle text, CancellationToken ct) =>
        WriteOf(await SendAsync(HttpMethod.Put, key, "annotation&replica", EnvelopeOf(one, text), [], ct), text.Info.LengthBytes);

    private async ValueTask<TargetAnswer<ReplicaAnswer>> SendAsync(HttpMethod method, string key, string query, StreamedBody? body, (string, string)[] headers, CancellationToken ct)
    {
        try
        {
            var answer = await client.SendObjectAsync(method, bucket, key, query, body, headers, ct);
            // What does not know the call may have taken it for another.
            return answer.Headers[ReplicaFields.Protocol] is null
                ? ReplicaOutcome.Unavailable("What answered is no store that takes versions under their own ids.")
                : ReplicaAnswer.Parser.ParseFrom(answer.Body);
        }
        catch (ClientException e)
        {
            return ReplicaRefusals.Of(e);
        }
        catch (InvalidProtocolBufferException)
        {
            return ReplicaOutcome.Unavailable("The answer cannot be read.");
        }
        catch (StreamSourceException e)
        {
            return ReplicaOutcome.Unreadable($"The version cannot be read now: {e.InnerException?.Message}");
        }
    }

    private static TargetAnswer<ReplicaWrite> WriteOf(TargetAnswer<ReplicaAnswer> answer, long lengthBytes)
    {
        if (answer.Refusal is { } refusal) return refusal;
        var state = (ReplicaState)answer.Value!.State;
        return new ReplicaWrite(state, state == ReplicaState.Unchanged ? 0 : lengthBytes);
    }

    private static StreamedBody BodyOf(IMessage document) => StreamedBody.Of(document.ToByteArray());

    private static StreamedBody EnvelopeOf(IMessage document, ObjectHandle source)
    {
        var head = new byte[PrefixBytes + document.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(head, head.Length - PrefixBytes);
        document.WriteTo(head.AsSpan(PrefixBytes));
        return HandleStream.BodyOf(source, 0, source.Info.LengthBytes, head);
    }
}
