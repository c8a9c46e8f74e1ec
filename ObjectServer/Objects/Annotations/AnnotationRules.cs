using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What annotations may be. Source: S3 User Guide, "Annotating your objects"; S3 API reference, PutObjectAnnotation.</summary>
internal static class AnnotationRules
{
    /// <summary>Of one version.</summary>
    public const int MaxCount = 1000;

    public const int MaxNameBytes = 512;

    public const int MaxLengthBytes = 1024 * 1024;

    /// <summary>Longer ones are contents. As many as a version can have, all of them inlined, are copied in one transaction.</summary>
    public const int MaxInlineBytes = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name's bytes, or why it is none.</summary>
    public static Result<byte[]> Encode(string name)
    {
        // Before it is encoded: each char is a byte at least.
        if (name.Length > MaxNameBytes) return ObjectFault.AnnotationNameTooLong;
        if (name.Length == 0 || IsReserved(name)) return ObjectFault.InvalidAnnotationName;
        foreach (var rune in name.EnumerateRunes())
        {
            if (!Rune.IsLetterOrDigit(rune) && rune.Value is not ('_' or '.' or '-')) return ObjectFault.InvalidAnnotationName;
        }
        var bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length > MaxNameBytes ? ObjectFault.AnnotationNameTooLong : bytes;
    }

    /// <summary>Null, or why that version's annotations cannot be changed.</summary>
    public static Failure? Check(AnnotationTarget target, VersionRecord record)
    {
        if (target.ObjectIfMatch.IsSet && !target.ObjectIfMatch.Matches(ObjectInfos.ETagOf(record.Etag.Span, (int)record.PartCount))) return new Failure(ObjectFault.PreconditionFailed);
        return record.Encryption?.Method == (uint)EncryptionMethod.CustomerKey ? new Failure(ObjectFault.AnnotationsUnsupported) : null;
    }

    /// <summary>Null, or why an annotation cannot be put: what a lock protects may get more of them, and loses none.</summary>
    /// <param name="replaced">The one of that name that is there.</param>
    public static Failure? CheckPut(AnnotationTarget target, VersionRecord record, AnnotationRecord? replaced, ulong nowTicks)
    {
        if (Check(target, record) is { } refused) return refused;
        if (replaced is not null) return LockRules.CheckDelete(record, target.BypassGovernance, nowTicks);
        return record.Annotations?.Count >= MaxCount ? new Failure(ObjectFault.TooManyAnnotations) : null;
    }

    /// <summary>A strict decoder, which throws at what is no text.</summary>
    public static Decoder NewDecoder() => StrictUtf8.GetDecoder();

    private static bool IsReserved(string name) =>
        name.StartsWith("aws", StringComparison.OrdinalIgnoreCase) || name.StartsWith("s3", StringComparison.OrdinalIgnoreCase);
}
