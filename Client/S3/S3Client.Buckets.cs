using System.Globalization;

namespace ObjectStore.Client.S3;

/// <summary>Buckets and their configuration.</summary>
public sealed partial class S3Client
{
    /// <exception cref="ClientException">BucketAlreadyOwnedByYou, BucketAlreadyExists, and all else.</exception>
    public Task CreateBucketAsync(NewBucket bucket, CancellationToken ct)
    {
        var document = Element("CreateBucketConfiguration",
            bucket.Region is null or ConnectionOptions.DefaultRegion ? null : Element("LocationConstraint", bucket.Region),
            bucket.Tags.Count == 0 ? null : TagSet("Tags", bucket.Tags));
        var headers = new List<(string, string)>();
        if (bucket.ObjectLock) headers.Add(("x-amz-bucket-object-lock-enabled", "true"));
        if (bucket.Ownership is not null) headers.Add(("x-amz-object-ownership", bucket.Ownership));
        var request = Request(HttpMethod.Put, bucket.Name, "", document.HasElements ? WireXml.Write(document) : [], [.. headers]);
        // The second attempt would answer that the bucket is there.
        return SendAsync(request with { IsRepeatable = false }, ct);
    }

    /// <summary>The names of the caller's buckets.</summary>
    public async Task<IReadOnlyList<string>> ListBucketsAsync(CancellationToken ct) =>
        [.. WireXml.Parse(await SendAsync(new WireRequest(HttpMethod.Get, "/", Service), ct)).Child("Buckets")?.Children("Bucket").Select(bucket => bucket.Required("Name")) ?? []];

    /// <summary>Whether there is such a bucket, and it is the caller's to see.</summary>
    /// <exception cref="ClientException">AccessDenied where it is another's, and all else.</exception>
    public async Task<bool> BucketExistsAsync(string bucket, CancellationToken ct)
    {
        try
        {
            await SendAsync(HttpMethod.Head, bucket, "", [], ct);
            return true;
        }
        catch (ClientException missing) when (missing.IsNotFound)
        {
            return false;
        }
        catch (ClientException denied) when (denied.IsNotAllowed)
        {
            // An answer to HEAD has no body: whether it is the bucket that is denied or the credentials that are wrong, the one to GET says.
            await SendAsync(HttpMethod.Get, bucket, "list-type=2&max-keys=0", [], ct);
            return true;
        }
    }

    /// <summary>It must be empty.</summary>
    /// <exception cref="ClientException">NoSuchBucket, BucketNotEmpty, and all else.</exception>
    public Task DeleteBucketAsync(string bucket, CancellationToken ct) => SendAsync(HttpMethod.Delete, bucket, "", [], ct);

    /// <summary>Empty where it has none.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetTagsAsync(string bucket, CancellationToken ct) =>
        (await FindAsync(bucket, "tagging", "NoSuchTagSet", ct))?.Child("TagSet")?.Elements()
            .ToDictionary(tag => tag.Required("Key"), tag => tag.Required("Value"), StringComparer.Ordinal) ?? [];

    /// <summary>Replaces all tags.</summary>
    public Task PutTagsAsync(string bucket, IReadOnlyDictionary<string, string> tags, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, bucket, "tagging", WireXml.Write(Element("Tagging", TagSet("TagSet", tags))), ct);

    public async Task<BucketVersioning> GetVersioningAsync(string bucket, CancellationToken ct) => (await GetAsync(bucket, "versioning", ct)).Text("Status") switch
    {
        "Enabled" => BucketVersioning.Enabled,
        "Suspended" => BucketVersioning.Suspended,
        _ => BucketVersioning.Off,
    };

    /// <param name="versioning">Not <see cref="BucketVersioning.Off"/>, which no bucket returns to.</param>
    public Task PutVersioningAsync(string bucket, BucketVersioning versioning, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, bucket, "versioning", WireXml.Write(Element("VersioningConfiguration", Element("Status", versioning.ToString()))), ct);

    /// <summary>Null where object lock is not enabled.</summary>
    public async Task<ObjectLockSettings?> FindObjectLockAsync(string bucket, CancellationToken ct)
    {
        var document = await FindAsync(bucket, "object-lock", "ObjectLockConfigurationNotFoundError", ct);
        if (document is null) return null;
        var retention = document.Child("Rule")?.Child("DefaultRetention");
        return new ObjectLockSettings(retention?.Text("Mode"), Number(retention?.Text("Days")), Number(retention?.Text("Years")));
    }

    /// <summary>Without a mode the default retention is taken away.</summary>
    public Task PutObjectLockAsync(string bucket, ObjectLockSettings settings, CancellationToken ct) => SendAsync(HttpMethod.Put, bucket, "object-lock",
        WireXml.Write(Element("ObjectLockConfiguration",
            Element("ObjectLockEnabled", "Enabled"),
            settings.Mode is null ? null : Element("Rule", Element("DefaultRetention",
                Element("Mode", settings.Mode),
                settings.Days is { } days ? Element("Days", days) : null,
                settings.Years is { } years ? Element("Years", years) : null)))), ct);

    /// <summary>Null where none is set.</summary>
    public async Task<BucketEncryption?> FindEncryptionAsync(string bucket, CancellationToken ct)
    {
        var rule = (await FindAsync(bucket, "encryption", "ServerSideEncryptionConfigurationNotFoundError", ct))?.Child("Rule");
        var applied = rule?.Child("ApplyServerSideEncryptionByDefault");
        return applied is null ? null
            : new BucketEncryption(applied.Required("SSEAlgorithm"), applied.Text("KMSMasterKeyID"), bool.TryParse(rule!.Text("BucketKeyEnabled"), out var key) ? key : null);
    }

    public Task PutEncryptionAsync(string bucket, BucketEncryption encryption, CancellationToken ct) => SendAsync(HttpMethod.Put, bucket, "encryption",
        WireXml.Write(Element("ServerSideEncryptionConfiguration", Element("Rule",
            Element("ApplyServerSideEncryptionByDefault",
                Element("SSEAlgorithm", encryption.Algorithm),
                encryption.KeyId is null ? null : Element("KMSMasterKeyID", encryption.KeyId)),
            encryption.BucketKey is { } key ? Element("BucketKeyEnabled", key ? "true" : "false") : null))), ct);

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
