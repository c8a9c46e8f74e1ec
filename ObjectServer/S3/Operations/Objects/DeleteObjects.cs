using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Up to 1,000 deletes in one request, each with an outcome of its own.</summary>
[Handles(S3OperationName.DeleteObjects)]
internal sealed class DeleteObjects(ObjectDeleter objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        RequiredDigest.Check(context);
        var document = DeleteDocument.Parse(await context.Body.ReadDocumentAsync(RequestBody.MaxDocumentBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);

        var outcomes = new Outcome[document.Objects.Count];
        var requests = new List<DeleteRequest>(outcomes.Length);
        var positions = new List<int>(outcomes.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            try
            {
                var request = Request(context, document.Objects[i]);
                var action = request.VersionId is null ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
                if (!await context.Access.IsAllowedAsync(action, request.Bucket, request.Key, request.VersionId, ct)) throw new S3Exception(S3ErrorCode.AccessDenied);
                requests.Add(request with { BypassGovernance = await Locks.MayBypassAsync(context, request.Key, request.VersionId, ct) });
                positions.Add(i);
            }
            catch (S3Exception refused)
            {
                outcomes[i] = new Outcome(null, refused.Error);
            }
        }

        var results = await objects.DeleteManyAsync(context.Bucket!, requests, ct);
        if (!results.IsOk)
        {
            await context.SendFailureAsync(results.Failure, ct);
            return;
        }

        for (var i = 0; i < positions.Count; i++)
        {
            var result = results.Value[i];
            outcomes[positions[i]] = result.IsOk ? new Outcome(result.Value, null) : new Outcome(null, S3FaultMap.Map(result.Failure));
        }

        Record(context, document, outcomes);
        await context.SendXmlAsync(StatusCodes.Status200OK, (document, outcomes), Write, ct);
    }

    private static void Record(S3RequestContext context, DeleteDocument document, Outcome[] outcomes)
    {
        if (context.Deletes is not { } records) return;
        for (var i = 0; i < outcomes.Length; i++)
        {
            var error = outcomes[i].Error is { } refused ? S3ErrorTable.Row(refused.Code) : default;
            var versionId = outcomes[i].Deleted?.VersionId ?? document.Objects[i].VersionId;
            records.Add(new LoggedDelete(document.Objects[i].Key, versionId, error?.Status ?? StatusCodes.Status204NoContent, error?.Name));
        }
    }

    private static DeleteRequest Request(S3RequestContext context, DeleteEntry entry) => Names.IsTooLong(entry.Key)
        ? throw new S3Exception(S3ErrorCode.KeyTooLongError)
        : new DeleteRequest
        {
            Bucket = context.Bucket!,
            Key = entry.Key,
            VersionId = entry.VersionId,
            Conditions = Conditions.OfDelete(entry.ETag, entry.LastModifiedTime, entry.SizeBytes?.ToString(CultureInfo.InvariantCulture)),
            OwnerId = context.Principal.CanonicalId,
            Origin = context.Origin,
            IsOfMany = true,
        };

    private static void Write(IBufferWriter<byte> output, (DeleteDocument Document, Outcome[] Outcomes) state)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("DeleteResult"u8);
        for (var i = 0; i < state.Outcomes.Length; i++)
        {
            var (deleted, error) = state.Outcomes[i];
            if (error is not null)
                WriteError(ref xml, state.Document.Objects[i], error);
            else if (!state.Document.Quiet)
                WriteDeleted(ref xml, state.Document.Objects[i], deleted!);
        }

        xml.Close("DeleteResult"u8);
        xml.Complete();
    }

    private static void WriteDeleted(ref XmlBuilder xml, DeleteEntry entry, DeleteResult deleted)
    {
        xml.Open("Deleted"u8);
        xml.Element("Key"u8, entry.Key);
        xml.Optional("VersionId"u8, entry.VersionId);
        if (deleted.IsDeleteMarker)
        {
            xml.Element("DeleteMarker"u8, true);
            xml.Optional("DeleteMarkerVersionId"u8, deleted.VersionId);
        }

        xml.Close("Deleted"u8);
    }

    private static void WriteError(ref XmlBuilder xml, DeleteEntry entry, S3Error error)
    {
        var row = S3ErrorTable.Row(error.Code);
        xml.Open("Error"u8);
        xml.Element("Key"u8, entry.Key);
        xml.Optional("VersionId"u8, entry.VersionId);
        xml.Element("Code"u8, row.Name);
        xml.Element("Message"u8, error.Message ?? row.Text);
        xml.Close("Error"u8);
    }

    private readonly record struct Outcome(DeleteResult? Deleted, S3Error? Error);
}
