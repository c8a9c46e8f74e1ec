using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What many answers have in common.</summary>
internal static class Answers
{
    /// <summary>Answers with what the object service said, and with the headers that S3 adds to it.</summary>
    public static ValueTask SendFailureAsync(this S3RequestContext context, Failure failure, CancellationToken ct)
    {
        var headers = context.Response.Headers;
        switch (failure.Fault)
        {
            case ObjectFault.DeleteMarkerIsCurrent or ObjectFault.VersionIsDeleteMarker:
                headers["x-amz-delete-marker"] = "true";
                if (failure.VersionId is not null) headers["x-amz-version-id"] = failure.VersionId;
                if (failure.LastModified is { } markedAt) headers.LastModified = Timestamps.HttpDate(markedAt);
                if (failure.Fault == ObjectFault.VersionIsDeleteMarker) headers.Allow = "DELETE";
                break;
            case ObjectFault.NotModified when failure.Object is { } known:
                headers.ETag = ETags.Quote(known.ETag);
                headers.LastModified = Timestamps.HttpDate(known.LastModified);
                SetVersion(context, known.Versioning, known.VersionId);
                break;
        }

        return context.SendErrorAsync(S3FaultMap.Map(failure), ct);
    }

    /// <summary>x-amz-version-id, which objects of a bucket that never had versioning do not have.</summary>
    public static void SetVersion(S3RequestContext context, VersioningState versioning, string versionId)
    {
        if (versioning != VersioningState.Unversioned)
            context.Response.Headers["x-amz-version-id"] = versionId;
    }

    /// <summary>What PutObject, UploadPart and others say of a stored version or part.</summary>
    public static void SetChecksum(S3RequestContext context, ObjectChecksum? checksum, bool withType = true)
    {
        if (checksum is null)
            return;
        context.Response.Headers[ChecksumNames.Header(checksum.Algorithm)] = checksum.ToString();
        if (withType)
            context.Response.Headers["x-amz-checksum-type"] = ChecksumNames.TypeName(checksum.Type);
    }

    /// <summary>An Owner, Initiator or Grantee. The display name is known of whoever asks.</summary>
    public static void WriteOwner(ref XmlBuilder xml, ReadOnlySpan<byte> element, string? ownerId, Principal principal)
    {
        if (ownerId is null)
            return;
        xml.Open(element);
        WriteOwnerFields(ref xml, ownerId, principal);
        xml.Close(element);
    }

    public static void WriteOwnerFields(ref XmlBuilder xml, string ownerId, Principal principal)
    {
        xml.Element("ID"u8, ownerId);
        if (ownerId == principal.CanonicalId)
            xml.Element("DisplayName"u8, principal.Name);
    }

    /// <summary>Common prefixes, one element each.</summary>
    public static void WritePrefixes(ref XmlBuilder xml, IReadOnlyList<string> prefixes, bool urlEncoded)
    {
        foreach (var prefix in prefixes)
        {
            xml.Raw("<CommonPrefixes>"u8);
            xml.Name("Prefix"u8, prefix, urlEncoded);
            xml.Raw("</CommonPrefixes>"u8);
        }
    }
}
