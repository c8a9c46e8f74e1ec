using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Checksums;

/// <summary>
/// What a client promised about its body: Content-MD5, one x-amz-checksum-* in a header or a trailer, and the SHA-256
/// that the request's signature covers. Source: "Checking object integrity in Amazon S3".
/// </summary>
internal sealed class ExpectedDigests
{
    public static readonly ExpectedDigests None = new();

    private const string FieldPrefix = "x-amz-checksum-";

    private byte[]? _md5;
    private byte[]? _contentSha256;
    private byte[]? _value;

    /// <summary>The algorithm that the client chose for its checksum; None if it chose none.</summary>
    public ChecksumAlgorithm Algorithm { get; private init; }

    /// <summary>The trailer that will bring the value, in lower case; null if a header did, or there is none.</summary>
    public string? TrailerName { get; private init; }

    /// <summary>The checksum's value; empty until the trailer has been read.</summary>
    public ReadOnlyMemory<byte> Value => _value;

    /// <summary>What must be computed over the body so that <see cref="Check"/> can compare.</summary>
    public ChecksumSet Wanted { get; private set; }

    /// <param name="ofBody">
    /// False where x-amz-checksum-* speaks of something else than this body (CompleteMultipartUpload: of the object).
    /// </param>
    /// <param name="trailerAllowed">The body is aws-chunked with a trailer.</param>
    /// <param name="contentSha256">The signed SHA-256 in hex, or null.</param>
    /// <returns>The error of headers that contradict each other or have a wrong form; null if all is well.</returns>
    public static S3Error? TryRead(IHeaderDictionary headers, bool ofBody, bool trailerAllowed, string? contentSha256, out ExpectedDigests digests)
    {
        digests = None;
        if (ReadMd5(headers, out var md5) is { } md5Error) return md5Error;
        var algorithm = ChecksumAlgorithm.None;
        byte[]? value = null;
        string? trailerName = null;
        if (ofBody)
        {
            if (ReadTrailerName(headers, trailerAllowed, out trailerName) is { } trailerError) return trailerError;
            if (ReadField(headers, out algorithm, out value) is { } fieldError) return fieldError;
            if (trailerName is not null && algorithm != ChecksumAlgorithm.None) return ChecksumErrors.Several;
            if (trailerName is not null) algorithm = ChecksumNames.ParseField(trailerName);
            if (CheckNamed(headers, algorithm) is { } namedError) return namedError;
        }
        if (md5 is null && algorithm == ChecksumAlgorithm.None && contentSha256 is null) return null;

        digests = new ExpectedDigests
        {
            _md5 = md5,
            _contentSha256 = contentSha256 is null ? null : Convert.FromHexString(contentSha256),
            _value = value,
            Algorithm = algorithm,
            TrailerName = trailerName,
        };
        digests.Wanted = ChecksumSet.Of(
            algorithm,
            md5 is null ? ChecksumAlgorithm.None : ChecksumAlgorithm.Md5,
            contentSha256 is null ? ChecksumAlgorithm.None : ChecksumAlgorithm.Sha256);
        return null;
    }

    /// <summary>Takes the value of the trailer. The error if it is no value of the algorithm.</summary>
    public S3Error? SetTrailer(ReadOnlySpan<char> value)
    {
        _value = ReadValue(Algorithm, value);
        return _value is null ? ChecksumErrors.BadValue(TrailerName!) : null;
    }

    /// <summary>Compares with what was computed over the whole body; null if all agree.</summary>
    public S3Error? Check(ComputedDigests computed)
    {
        if (_contentSha256 is not null && Differs(computed, ChecksumAlgorithm.Sha256, _contentSha256, out var sha256))
        {
            return ChecksumErrors.ContentSha256(_contentSha256, sha256);
        }
        if (_md5 is not null && Differs(computed, ChecksumAlgorithm.Md5, _md5, out var md5)) return ChecksumErrors.Md5(_md5, md5);
        if (Algorithm == ChecksumAlgorithm.None) return null;
        if (_value is null) return S3ErrorCode.MalformedTrailerError;
        return Differs(computed, Algorithm, _value, out _) ? ChecksumErrors.Mismatch(Algorithm) : null;
    }

    private static bool Differs(ComputedDigests computed, ChecksumAlgorithm algorithm, byte[] expected, out ReadOnlyMemory<byte> actual)
    {
        if (!computed.TryGet(algorithm, out actual))
        {
            throw new InvalidOperationException($"{algorithm} was wanted and not computed.");
        }
        return !CryptographicOperations.FixedTimeEquals(actual.Span, expected);
    }

    private static S3Error? ReadMd5(IHeaderDictionary headers, out byte[]? md5)
    {
        md5 = null;
        var header = headers.ContentMD5;
        if (header.Count == 0) return null;
        md5 = ReadValue(ChecksumAlgorithm.Md5, header.Count == 1 ? header[0] : null);
        return md5 is null ? ChecksumErrors.InvalidMd5(header.ToString()) : null;
    }

    private static S3Error? ReadTrailerName(IHeaderDictionary headers, bool trailerAllowed, out string? name)
    {
        name = null;
        var header = headers["x-amz-trailer"];
        if (header.Count == 0) return null;
        var text = header.ToString().Trim().ToLowerInvariant();
        if (!trailerAllowed) return ChecksumErrors.TrailerNotExpected;
        if (ChecksumNames.ParseField(text) == ChecksumAlgorithm.None) return ChecksumErrors.UnknownTrailer;
        name = text;
        return null;
    }

    private static S3Error? ReadField(IHeaderDictionary headers, out ChecksumAlgorithm algorithm, out byte[]? value)
    {
        algorithm = ChecksumAlgorithm.None;
        value = null;
        foreach (var (name, values) in headers)
        {
            if (!name.StartsWith(FieldPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            var found = ChecksumNames.ParseField(name);
            // x-amz-checksum-mode, -type and -algorithm begin alike.
            if (found == ChecksumAlgorithm.None) continue;
            if (algorithm != ChecksumAlgorithm.None || values.Count > 1) return ChecksumErrors.Several;
            algorithm = found;
            value = ReadValue(found, values[0]);
            if (value is null) return ChecksumErrors.BadValue(name.ToLowerInvariant());
        }
        return null;
    }

    /// <summary>x-amz-sdk-checksum-algorithm must name the checksum that the request carries.</summary>
    private static S3Error? CheckNamed(IHeaderDictionary headers, ChecksumAlgorithm carried)
    {
        var named = headers["x-amz-sdk-checksum-algorithm"];
        if (named.Count == 0) return null;
        var algorithm = ChecksumNames.Parse(named.ToString().Trim());
        if (algorithm == ChecksumAlgorithm.None) return ChecksumErrors.UnknownAlgorithm;
        return algorithm == carried ? null : ChecksumErrors.NamedButAbsent;
    }

    private static byte[]? ReadValue(ChecksumAlgorithm algorithm, ReadOnlySpan<char> text)
    {
        var value = new byte[ChecksumNames.DigestBytes(algorithm)];
        return Convert.TryFromBase64Chars(text.Trim(), value, out var length) && length == value.Length ? value : null;
    }
}
