using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the listings of objects and versions say of each.</summary>
internal static class ListingFields
{
    public static void WriteObjects(ref XmlBuilder xml, ObjectPage page, bool urlEncoded, bool withOwner, Principal principal)
    {
        foreach (var item in page.Objects)
        {
            xml.Raw("<Contents>"u8);
            xml.Name("Key"u8, item.Key, urlEncoded);
            xml.Element("LastModified"u8, item.LastModified);
            WriteContent(ref xml, item.ETag, item.ChecksumAlgorithm, item.ChecksumType, item.LengthBytes);
            if (withOwner)
                Answers.WriteOwner(ref xml, "Owner"u8, item.OwnerId, principal);
            WriteStorageClass(ref xml, item.StorageClass);
            WriteRestore(ref xml, item.Restore);
            xml.Raw("</Contents>"u8);
        }
    }

    public static void WriteContent(ref XmlBuilder xml, string eTag, ChecksumAlgorithm algorithm, ChecksumType type, long lengthBytes)
    {
        xml.ETag(eTag);
        if (algorithm != ChecksumAlgorithm.None)
        {
            xml.Element("ChecksumAlgorithm"u8, ChecksumNames.Name(algorithm));
            xml.Raw(type == ChecksumType.Composite ? "<ChecksumType>COMPOSITE</ChecksumType>"u8 : "<ChecksumType>FULL_OBJECT</ChecksumType>"u8);
        }

        xml.Element("Size"u8, lengthBytes);
    }

    public static void WriteStorageClass(ref XmlBuilder xml, string? storageClass)
    {
        if (storageClass is null)
            xml.Raw("<StorageClass>STANDARD</StorageClass>"u8);
        else
            xml.Element("StorageClass"u8, storageClass);
    }

    /// <summary>Whether the request asks for the restored copies of objects.</summary>
    public static bool WantsRestores(S3RequestContext context)
    {
        var wants = false;
        foreach (var name in context.Header("x-amz-optional-object-attributes")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (name != "RestoreStatus") throw new S3Exception(Invalid.Argument("x-amz-optional-object-attributes", name, "Invalid attribute name specified."));
            wants = true;
        }
        return wants;
    }

    public static void WriteRestore(ref XmlBuilder xml, RestoreInfo? restore)
    {
        if (restore is not { } told)
            return;
        xml.Open("RestoreStatus"u8);
        xml.Element("IsRestoreInProgress"u8, told.IsOngoing);
        if (told.ExpiresAt is { } at)
            xml.Element("RestoreExpiryDate"u8, at);
        xml.Close("RestoreStatus"u8);
    }

    /// <summary>What every listing echoes in front: its limits and how names are written.</summary>
    public static void WriteEcho(ref XmlBuilder xml, int maxKeys, string? delimiter, bool urlEncoded, bool isTruncated)
    {
        xml.Element("MaxKeys"u8, maxKeys);
        if (delimiter is not null)
            xml.Name("Delimiter"u8, delimiter, urlEncoded);
        if (urlEncoded)
            xml.Raw("<EncodingType>url</EncodingType>"u8);
        xml.Element("IsTruncated"u8, isTruncated);
    }
}
