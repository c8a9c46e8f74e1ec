using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire;

/// <summary>The headers that are kept with an object: content headers and user metadata, which are given back, and tags.</summary>
internal static class ObjectHeaderFields
{
    public const string DefaultContentType = "binary/octet-stream";

    /// <summary>Names without prefix and values, in bytes. Source: S3 User Guide, "Working with object metadata".</summary>
    public const int MaxUserMetadataBytes = 2048;

    private const int MaxRedirectBytes = 2048;
    private const string MetadataPrefix = "x-amz-meta-";

    /// <exception cref="S3Exception">MetadataTooLarge, a redirect that leads nowhere, or tags that are none.</exception>
    public static ObjectHeaders Read(IHeaderDictionary headers) => new()
    {
        ContentType = NullIfEmpty(headers.ContentType.ToString()) ?? DefaultContentType,
        ContentEncoding = WithoutAwsChunked(headers.ContentEncoding.ToString()),
        ContentDisposition = NullIfEmpty(headers.ContentDisposition.ToString()),
        ContentLanguage = NullIfEmpty(headers.ContentLanguage.ToString()),
        CacheControl = NullIfEmpty(headers.CacheControl.ToString()),
        Expires = NullIfEmpty(headers.Expires.ToString()),
        WebsiteRedirectLocation = Redirect(headers),
        UserMetadata = UserMetadata(headers),
        Tags = Tags.OfHeader(headers),
    };

    /// <summary>Sets them on an answer, without the tags.</summary>
    public static void Write(ObjectHeaders stored, IHeaderDictionary headers)
    {
        headers.ContentType = HeaderText.EncodeContentHeader(stored.ContentType ?? DefaultContentType);
        if (stored.ContentEncoding is not null) headers.ContentEncoding = HeaderText.EncodeContentHeader(stored.ContentEncoding);
        if (stored.ContentDisposition is not null) headers.ContentDisposition = HeaderText.EncodeContentHeader(stored.ContentDisposition);
        if (stored.ContentLanguage is not null) headers.ContentLanguage = HeaderText.EncodeContentHeader(stored.ContentLanguage);
        if (stored.CacheControl is not null) headers.CacheControl = HeaderText.EncodeContentHeader(stored.CacheControl);
        if (stored.Expires is not null) headers.Expires = HeaderText.EncodeContentHeader(stored.Expires);
        if (stored.WebsiteRedirectLocation is not null) headers["x-amz-website-redirect-location"] = HeaderText.EncodeContentHeader(stored.WebsiteRedirectLocation);
        foreach (var (name, value) in stored.UserMetadata)
            headers[MetadataPrefix + name] = HeaderText.EncodeMetadata(value);
    }

    // aws-chunked is the framing of this one transfer, not a property of the object.
    private static string? WithoutAwsChunked(string header) =>
        header.Contains("aws-chunked", StringComparison.OrdinalIgnoreCase)
            ? NullIfEmpty(string.Join(", ", header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(coding => !coding.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase))))
            : NullIfEmpty(header);

    private static List<KeyValuePair<string, string>> UserMetadata(IHeaderDictionary headers)
    {
        var metadata = new List<KeyValuePair<string, string>>();
        var bytes = 0;
        foreach (var (name, values) in headers)
        {
            if (!name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
                continue;

            var pair = KeyValuePair.Create(name[MetadataPrefix.Length..].ToLowerInvariant(), values.ToString().Trim());
            bytes += pair.Key.Length + pair.Value.Length;
            metadata.Add(pair);
        }

        if (bytes > MaxUserMetadataBytes)
            throw new S3Exception(new S3Error(S3ErrorCode.MetadataTooLarge, null, ("Size", Text(bytes)), ("MaxSizeAllowed", Text(MaxUserMetadataBytes))));

        return metadata;
    }

    private static string? Redirect(IHeaderDictionary headers)
    {
        var location = NullIfEmpty(headers["x-amz-website-redirect-location"].ToString());
        if (location is null)
            return null;
        if (location.Length > MaxRedirectBytes)
            throw new S3Exception(S3ErrorCode.InvalidArgument, "The length of website redirect location cannot exceed 2,048 characters.");
        if (!location.StartsWith('/') && !location.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !location.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            throw new S3Exception(S3ErrorCode.InvalidArgument, "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
        return location;
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
