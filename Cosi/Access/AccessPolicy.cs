using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ObjectStore.Cosi.Access;

/// <summary>
/// The one policy of an access: what its modes need on its buckets, and below its prefix, and nothing else. No mode gives a bucket's
/// configuration to change or its deletion, ACLs, policies, retention, or the way around governance.
/// </summary>
internal static class AccessPolicy
{
    /// <summary>What the server takes as inline policies of a user or a role: 128 buckets fit, whatever their names, modes and prefix.</summary>
    public const int MaxChars = 98_304;

    /// <summary>Nothing in it is for a browser, and a sign of a prefix may not become six.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] ReadData = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"];

    // Uploads are named by ids that only who made them knows, as this neither lists them nor their parts.
    private static readonly string[] WriteData = ["s3:PutObject", "s3:AbortMultipartUpload"];
    private static readonly string[] ReadAndWriteData = ["s3:DeleteObject", "s3:ListMultipartUploadParts"];
    private static readonly string[] DeleteVersions = ["s3:DeleteObjectVersion"];
    private static readonly string[] ReadMetadata = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:GetObjectRetention", "s3:GetObjectLegalHold"];
    private static readonly string[] WriteMetadata = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"];
    private static readonly string[] List = ["s3:ListBucket", "s3:ListBucketVersions"];
    private static readonly string[] ListUploads = ["s3:ListBucketMultipartUploads"];
    private static readonly string[] Locate = ["s3:GetBucketLocation"];
    private static readonly string[] ReadBucket =
        ["s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"];

    /// <summary>As JSON without white space. The same access always gives the same text.</summary>
    public static string Write(AccessSpec access)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, Plain))
        {
            json.WriteStartObject();
            json.WriteString("Version", "2012-10-17");
            json.WriteStartArray("Statement");
            foreach (var group in access.Buckets.GroupBy(bucket => bucket.Modes!.Value)) WriteGroup(json, group.Key, [.. group.Select(bucket => bucket.BucketId)], access);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static void WriteGroup(Utf8JsonWriter json, AccessModes modes, IReadOnlyList<string> buckets, AccessSpec access)
    {
        var (data, metadata) = (modes.ObjectData, modes.ObjectMetadata);
        string[] onObjects =
        [
            .. Reads(data) ? ReadData : [], .. Writes(data) ? WriteData : [], .. data == AccessMode.ReadWrite ? ReadAndWriteData : [],
            .. data == AccessMode.ReadWrite && access.DeleteVersions ? DeleteVersions : [],
            .. Reads(metadata) ? ReadMetadata : [], .. Writes(metadata) ? WriteMetadata : [],
        ];
        string[] lists = [.. Reads(data) || Reads(metadata) ? List : [], .. data == AccessMode.ReadWrite ? ListUploads : []];
        string[] onBuckets = [.. Locate, .. Reads(modes.BucketMetadata) ? ReadBucket : [], .. access.Prefix.Length == 0 ? lists : []];
        WriteStatement(json, onBuckets, [.. buckets.Select(BucketArn)], prefix: null);
        // A list without the condition would name keys outside.
        if (access.Prefix.Length > 0) WriteStatement(json, lists, [.. buckets.Select(BucketArn)], access.Prefix);
        WriteStatement(json, onObjects, [.. buckets.Select(bucket => $"{BucketArn(bucket)}/{access.Prefix}*")], prefix: null);
    }

    private static void WriteStatement(Utf8JsonWriter json, string[] actions, string[] resources, string? prefix)
    {
        if (actions.Length == 0) return;
        json.WriteStartObject();
        json.WriteString("Effect", "Allow");
        WriteList(json, "Action", actions);
        WriteList(json, "Resource", resources);
        if (prefix is not null)
        {
            json.WriteStartObject("Condition");
            json.WriteStartObject("StringLike");
            json.WriteString("s3:prefix", prefix + "*");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string BucketArn(string bucket) => "arn:aws:s3:::" + bucket;

    private static bool Reads(AccessMode mode) => mode is AccessMode.ReadOnly or AccessMode.ReadWrite;

    private static bool Writes(AccessMode mode) => mode is AccessMode.WriteOnly or AccessMode.ReadWrite;
}
