using System.Globalization;

namespace ObjectStore.Client.S3;

/// <summary>What a server says of an object, or of what was done to it.</summary>
public sealed record ObjectAnswer(int Status, AnswerHeaders Headers, byte[] Body)
{
    public string? RequestId => Headers["x-amz-request-id"];

    /// <summary>As the header has it, in quotes; null where there is none.</summary>
    public string? ETag => Headers["ETag"];

    /// <summary>Null where the bucket never was versioned.</summary>
    public string? VersionId => Headers["x-amz-version-id"];

    /// <summary>Content-Length: of the object, in an answer to HEAD.</summary>
    public long? LengthBytes => long.TryParse(Headers["Content-Length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
}

/// <summary>A part of an upload, as a server lists it or as it is to be completed.</summary>
/// <param name="ETag">As it was told.</param>
public sealed record UploadedPart(int Number, string ETag)
{
    /// <summary>In a listing.</summary>
    public long LengthBytes { get; init; }

    /// <summary>Name and value, such as ChecksumCRC32C.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Checksums { get; init; } = [];
}

/// <param name="NextPartNumberMarker">Null on the last page.</param>
public sealed record PartPage(IReadOnlyList<UploadedPart> Parts, int? NextPartNumberMarker);
