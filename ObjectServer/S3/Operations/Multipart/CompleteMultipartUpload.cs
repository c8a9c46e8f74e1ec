using System.Buffers;
using System.Globalization;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.CompleteMultipartUpload)]
internal sealed class CompleteMultipartUpload(MultipartService multipart, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var uploadId = Parameters.UploadId(context);
        var type = Uploads.RequestedType(context);
        var checksum = ExpectedChecksum(context);
        var length = ExpectedLength(context);
        var document = CompleteDocument.Parse(await context.Body.ReadDocumentAsync(CompleteDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);

        var completing = multipart.CompleteAsync(new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            UploadId = uploadId,
            Parts = context.Dialect.TakesLastOfSamePart ? LastOfEach(document.Parts) : [.. document.Parts.Select(Part)],
            Conditions = Conditions.OfWrite(context.Headers),
            ExpectedChecksum = checksum,
            ExpectedChecksumType = type,
            ExpectedLengthBytes = length,
            CustomerKey = EncryptionHeaders.ReadKey(context.Headers, options.TakesKeys(context)),
            NeedsCustomerKey = context.Dialect.CompletionNeedsCustomerKey,
            Origin = context.Origin,
        }, ct);
        await SlowAnswer.SendAsync(context, options, completing,
            SetHeaders, Write, ct);
    }

    private static void SetHeaders(S3RequestContext context, WriteResult written)
    {
        EncryptionHeaders.Write(context.Response.Headers, written.Encryption, context.Headers);
        Answers.SetVersion(context, written.Versioning, written.VersionId);
        Answers.SetExpiration(context, written.Expiration);
    }

    private static void Write(IBufferWriter<byte> output, S3RequestContext context, WriteResult written)
    {
        var xml = new XmlBuilder(output);
        xml.Root("CompleteMultipartUploadResult"u8);
        xml.Element("Location"u8, $"{context.Scheme}://{context.Host}{context.Resource}");
        xml.Element("Bucket"u8, context.Bucket);
        xml.Element("Key"u8, context.Key);
        xml.ETag(written.ETag);
        ChecksumNames.Write(ref xml, written.Checksum, withType: true);
        xml.Close("CompleteMultipartUploadResult"u8);
        xml.Complete();
    }

    /// <summary>Of entries of the same part that follow one another the last.</summary>
    private static List<ListedPart> LastOfEach(IReadOnlyList<CompleteEntry> entries)
    {
        var parts = new List<ListedPart>(entries.Count);
        foreach (var part in entries.Select(Part))
        {
            if (parts.Count > 0 && parts[^1].PartNumber == part.PartNumber) parts[^1] = part;
            else parts.Add(part);
        }
        return parts;
    }

    private static ListedPart Part(CompleteEntry entry)
    {
        if (entry.PartNumber is < 1 or > Parameters.MaxPartNumber)
        {
            throw new S3Exception(Invalid.Argument("partNumber", entry.PartNumber.ToString(CultureInfo.InvariantCulture),
                "Part number must be an integer between 1 and 10000, inclusive"));
        }

        ObjectChecksum? checksum = null;
        foreach (var (name, value) in entry.Checksums)
        {
            // A part has one checksum, and one that cannot be compared must not pass as if it had been.
            if (checksum is not null || ChecksumNames.ParseField(name) is not (var algorithm and not ChecksumAlgorithm.None))
                throw new S3Exception(S3ErrorCode.MalformedXML);
            checksum = ChecksumNames.ParseValue(algorithm, value)
                ?? throw new S3Exception(new S3Error(S3ErrorCode.InvalidPart, null, ("PartNumber", entry.PartNumber.ToString(CultureInfo.InvariantCulture))));
        }

        return new ListedPart(entry.PartNumber, entry.ETag, checksum);
    }

    // Here x-amz-checksum-* speaks of the object that is made, not of the body.
    private static ObjectChecksum? ExpectedChecksum(S3RequestContext context)
    {
        foreach (var (name, values) in context.Headers)
        {
            if (!name.StartsWith("x-amz-checksum-", StringComparison.OrdinalIgnoreCase))
                continue;
            var algorithm = ChecksumNames.ParseField(name);
            if (algorithm != ChecksumAlgorithm.None)
                return ChecksumNames.ParseValue(algorithm, values.ToString()) ?? throw new S3Exception(ChecksumErrors.BadValue(name.ToLowerInvariant()));
        }

        return null;
    }

    private static long? ExpectedLength(S3RequestContext context)
    {
        var header = context.Header("x-amz-mp-object-size");
        if (string.IsNullOrEmpty(header))
            return null;
        return long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new S3Exception(Invalid.Argument("x-amz-mp-object-size", header, "Value for x-amz-mp-object-size header is invalid."));
    }
}
