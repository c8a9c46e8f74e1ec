using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>What policies may ask of the document that a request carries. The call itself parses and validates it anew.</summary>
internal sealed record RequestDocument
{
    /// <summary>Largest document that is read for a decision.</summary>
    public const int MaxBytes = 64 * 1024;

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    public string? LocationConstraint { get; init; }

    public string? RetentionMode { get; init; }

    public string? RetainUntil { get; init; }

    public string? LegalHold { get; init; }

    /// <summary>The optional fields that an inventory shall have.</summary>
    public IReadOnlyList<string> InventoryFields { get; init; } = [];

    /// <summary>Whether requests of this row carry something that policies may ask for.</summary>
    public static bool IsOf(OperationRow row) => RootOf(row.Name) is not null;

    /// <summary>Null if the document is malformed.</summary>
    public static RequestDocument? Parse(OperationRow row, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return new RequestDocument();
        var root = RootOf(row.Name)!;
        return XmlBody.Parse(body, root, xml =>
        {
            var document = new RequestDocument();
            xml.Children(name => document = name switch
            {
                "LocationConstraint" => document with { LocationConstraint = xml.Text().Trim() },
                "Mode" => document with { RetentionMode = xml.Text().Trim() },
                "RetainUntilDate" => document with { RetainUntil = xml.Text().Trim() },
                "Status" when root == "LegalHold" => document with { LegalHold = xml.Text().Trim() },
                // All of them count, however many lists they stand in: so does the call take them.
                "OptionalFields" when root == "InventoryConfiguration" => document with { InventoryFields = [.. document.InventoryFields, .. FieldsOf(xml)] },
                "TagSet" or "Tags" => document with { Tags = TagsOf(xml) },
                _ => Skip(xml, document),
            });
            return document;
        });
    }

    /// <summary>Tags as a header has them: "a=b&amp;c=d", percent-encoded. What does not decode is left out; the call refuses it.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> TagsOfHeader(string header)
    {
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in new S3Query(header))
        {
            if (PercentEncoding.DecodeQuery(name) is { } key && PercentEncoding.DecodeQuery(value) is { } text) tags.Add(KeyValuePair.Create(key, text));
        }
        return tags;
    }

    private static string? RootOf(S3OperationName name) => name switch
    {
        S3OperationName.CreateBucket => "CreateBucketConfiguration",
        S3OperationName.PutObjectTagging or S3OperationName.PutBucketTagging => "Tagging",
        S3OperationName.TagResource => "TagResourceRequest",
        S3OperationName.PutObjectRetention => "Retention",
        S3OperationName.PutObjectLegalHold => "LegalHold",
        S3OperationName.PutBucketInventoryConfiguration => "InventoryConfiguration",
        _ => null,
    };

    private static List<string> FieldsOf(XmlBody xml)
    {
        var fields = new List<string>();
        xml.Children(_ => fields.Add(xml.Text().Trim()));
        return fields;
    }

    private static List<KeyValuePair<string, string>> TagsOf(XmlBody xml)
    {
        var tags = new List<KeyValuePair<string, string>>();
        xml.Children(_ =>
        {
            var (key, value) = ("", "");
            xml.Children(field =>
            {
                switch (field)
                {
                    case "Key":
                        key = xml.Text();
                        break;
                    case "Value":
                        value = xml.Text();
                        break;
                    default:
                        throw XmlBody.Malformed();
                }
            });
            tags.Add(KeyValuePair.Create(key, value));
        });
        return tags;
    }

    private static RequestDocument Skip(XmlBody xml, RequestDocument document)
    {
        xml.Skip();
        return document;
    }
}
