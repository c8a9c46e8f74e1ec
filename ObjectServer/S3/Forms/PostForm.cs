using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Forms;

/// <summary>
/// The fields of a browser's form that stand before its file. "${filename}" in a value is the file's name, without the
/// directories that some browsers tell. Source: S3 API reference, POST Object.
/// </summary>
internal sealed class PostForm
{
    private const string FileNameVariable = "${filename}";

    private static readonly string[] ContentHeaders =
        ["Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires", "Content-MD5"];

    // What policies ask of the request itself.
    private static readonly string[] OfRequest = ["Host", "User-Agent", "Referer", "Origin"];

    // They belong to the signature.
    private static readonly string[] SignatureFields =
        ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token", "x-amz-content-sha256"];

    /// <param name="fileName">As the browser tells it; null if it tells none.</param>
    public PostForm(IReadOnlyList<FormField> fields, string? fileName)
    {
        FileName = fileName is null ? "" : fileName[(fileName.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        Fields = fields.Any(field => field.Value.Contains(FileNameVariable, StringComparison.Ordinal))
            ? [.. fields.Select(field => field with { Value = field.Value.Replace(FileNameVariable, FileName, StringComparison.Ordinal) })]
            : fields;
    }

    /// <summary>In the order of the form, each name once.</summary>
    public IReadOnlyList<FormField> Fields { get; }

    /// <summary>Empty if the browser tells none.</summary>
    public string FileName { get; }

    /// <summary>Null if there is no such field.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var field in Fields)
            {
                if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return field.Value;
            }
            return null;
        }
    }

    /// <summary>The key to write.</summary>
    /// <exception cref="S3Exception">There is none, or it is none.</exception>
    public string ReadKey()
    {
        var key = this["key"] ?? throw new S3Exception(FormErrors.NoKey);
        if (key.Length == 0) throw new S3Exception(FormErrors.EmptyKey);
        return Names.IsTooLong(key) ? throw new S3Exception(S3ErrorCode.KeyTooLongError) : key;
    }

    /// <summary>The headers that a PutObject which says the same would have, and of the request what conditions of policies speak of.</summary>
    /// <exception cref="S3Exception">A field has a name that no header can have, or asks for what a form cannot do.</exception>
    public IHeaderDictionary ToHeaders(IHeaderDictionary request)
    {
        var headers = new HeaderDictionary();
        foreach (var name in OfRequest)
        {
            if (request.TryGetValue(name, out var value)) headers[name] = value;
        }
        foreach (var field in Fields)
        {
            if (HeaderOf(field) is not { } name) continue;
            if (!HeaderText.IsName(name)) throw new S3Exception(FormErrors.Field(field.Name, field.Value, "A name of a header has only letters, digits and a few signs."));
            headers[name] = HeaderText.FromText(name == Tags.Header ? ReadTags(field) : field.Value);
        }
        return headers;
    }

    /// <summary>The header that a field stands for; null for one that stands for none.</summary>
    private static string? HeaderOf(FormField field)
    {
        var name = field.Name.ToLowerInvariant();
        if (name.StartsWith("x-amz-copy-source", StringComparison.Ordinal)) throw new S3Exception(FormErrors.Field(field.Name, field.Value, "A form cannot copy."));
        if (name == "acl") return "x-amz-acl";
        if (name is "tagging" or "x-amz-tagging") return Tags.Header;
        if (name.StartsWith("x-amz-", StringComparison.Ordinal)) return SignatureFields.Contains(name) ? null : name;
        return Array.Find(ContentHeaders, header => header.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The tags as a query, which is how headers have them; a form has them as XML.</summary>
    private static string ReadTags(FormField field)
    {
        if (!field.Value.TrimStart().StartsWith('<')) return field.Value;
        var document = TaggingDocument.Parse(Encoding.UTF8.GetBytes(field.Value)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        return string.Join('&', document.Tags.Select(tag => $"{PercentEncoding.Encode(tag.Key, keepSlash: false)}={PercentEncoding.Encode(tag.Value, keepSlash: false)}"));
    }
}
