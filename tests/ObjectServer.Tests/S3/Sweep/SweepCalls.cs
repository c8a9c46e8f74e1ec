using System.Security.Cryptography;
using ObjectStore.Server.S3.Routing;
using static ObjectStore.Server.S3.Routing.S3OperationName;

namespace ObjectStore.Server.Tests.S3.Sweep;

/// <summary>
/// Every row of the operation table as a request, and the variants that need more than the row says. Source: S3 API Reference, "Permissions" of
/// each call; Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
/// </summary>
internal static class SweepCalls
{
    /// <summary>Nobody is asked about a preflight but the bucket's CORS rules.</summary>
    public static IReadOnlyList<SweepCall> All { get; } = [.. OperationTable.Rows.Where(row => row.Action is not null).SelectMany(Of), .. Variants()];

    private static IEnumerable<SweepCall> Of(OperationRow row)
    {
        yield return new SweepCall(row.Name.ToString(), row, bucket => Request(row, bucket));
        if (row.Version is not null)
            yield return new SweepCall($"{row.Name} of a version", row, bucket => Request(row, bucket, query: $"versionId={bucket.VersionId}"));
    }

    private static IEnumerable<SweepCall> Variants()
    {
        const string tagging = "x-amz-tagging";
        yield return Variant(PutObject, "with tags", bucket => [new("s3:PutObjectTagging", bucket.KeyArn)], (tagging, "a=b"));
        yield return Variant(CreateMultipartUpload, "with tags", bucket => [new("s3:PutObjectTagging", bucket.KeyArn)], (tagging, "a=b"));
        yield return Variant(CopyObject, "with new tags", bucket => [new("s3:PutObjectTagging", bucket.KeyArn)], ("x-amz-tagging-directive", "REPLACE"), (tagging, "a=b"));
        yield return Variant(PutObject, "with legal hold", bucket => [new("s3:PutObjectLegalHold", bucket.KeyArn)], ("x-amz-object-lock-legal-hold", "OFF"));
        yield return Variant(CreateMultipartUpload, "with legal hold", bucket => [new("s3:PutObjectLegalHold", bucket.KeyArn)], ("x-amz-object-lock-legal-hold", "OFF"));
        yield return Variant(PutObject, "with retention", bucket => [new("s3:PutObjectRetention", bucket.KeyArn)], Retention());
        yield return Variant(CopyObject, "with retention", bucket => [new("s3:PutObjectRetention", bucket.KeyArn)], Retention());
        foreach (var name in new[] { PutObject, CreateMultipartUpload, CopyObject })
            yield return Variant(name, "with an ACL", bucket => [new("s3:PutObjectAcl", bucket.KeyArn)], ("x-amz-acl", "private"));
        yield return Variant(CreateBucket, "with an ACL", bucket => [new("s3:PutBucketAcl", $"arn:aws:s3:::{bucket.OtherName}")], ("x-amz-acl", "private"));
        yield return Variant(CreateBucket, "with ownership", bucket => [new("s3:PutBucketOwnershipControls", $"arn:aws:s3:::{bucket.OtherName}")], ("x-amz-object-ownership", "ObjectWriter"));
        yield return Variant(CreateBucket, "with lock",
            bucket => [new("s3:PutBucketObjectLockConfiguration", $"arn:aws:s3:::{bucket.OtherName}"), new("s3:PutBucketVersioning", $"arn:aws:s3:::{bucket.OtherName}")],
            ("x-amz-bucket-object-lock-enabled", "true"));
        foreach (var name in new[] { CopyObject, UploadPartCopy })
        {
            var row = OperationTable.Row(name);
            yield return new SweepCall($"{name} of a version", row, bucket => Request(row, bucket) with
            {
                Headers = [("x-amz-copy-source", $"/{bucket.Name}/{SweepBucket.Source}?versionId={bucket.SourceVersionId}")],
                Grants = [new(row.Action!, bucket.KeyArn), new("s3:GetObjectVersion", bucket.SourceArn)],
            });
        }

        var deletes = OperationTable.Row(DeleteObjects);
        yield return new SweepCall("DeleteObjects of a version", deletes, bucket => WithBody(
            Request(deletes, bucket) with { Grants = [new("s3:DeleteObjectVersion", bucket.KeyArn)] },
            System.Text.Encoding.UTF8.GetBytes($"<Delete><Object><Key>{SweepBucket.Key}</Key><VersionId>{bucket.VersionId}</VersionId></Object></Delete>")));
    }

    private static (string, string)[] Retention() =>
        [("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", $"{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}")];

    private static SweepCall Variant(S3OperationName name, string how, Func<SweepBucket, IEnumerable<Grant>> further, params (string, string)[] headers)
    {
        var row = OperationTable.Row(name);
        return new SweepCall($"{name} {how}", row, bucket =>
        {
            var request = Request(row, bucket);
            return request with { Headers = [.. request.Headers, .. headers], Grants = [.. request.Grants, .. further(bucket)] };
        });
    }

    private static SweepRequest Request(OperationRow row, SweepBucket bucket, string query = "")
    {
        var bucketName = row.Name == CreateBucket ? bucket.OtherName : bucket.Name;
        var path = row.Level switch
        {
            ResourceLevel.Service => "/",
            ResourceLevel.Bucket when row.Selectors?.Contains(SelectorSet.ResourceTags) == true => $"{S3Control.TagsPath}arn%3Aaws%3As3%3A%3A%3A{bucketName}",
            ResourceLevel.Bucket => $"/{bucketName}",
            ResourceLevel.Key => $"/{bucketName}/{SweepBucket.Key}",
            _ => S3Control.PublicAccessBlockPath,
        };
        var selectors = row.Selectors ?? [];
        var parameters = selectors.Where(selector => selector[0] != '@').Select(selector => Parameter(row, bucket, selector)).Append(query).Append(row.Name == UntagResource ? "tagKeys=x" : "").Where(text => text.Length > 0);
        var request = new SweepRequest(
            row.Method.ToString().ToUpperInvariant(), path, string.Join('&', parameters), [], [.. HeadersOf(row, bucket)], [.. GrantsOf(row, bucket, query.Length > 0)])
        {
            FormKey = row.Name == PostObject ? SweepBucket.Key : null,
        };
        return WithBody(request, SweepDocuments.Of(row.SameAs ?? row.Name, bucket, RootCredentialStore.CanonicalId));
    }

    private static string Parameter(OperationRow row, SweepBucket bucket, string selector) => selector switch
    {
        "uploadId" => $"uploadId={bucket.UploadId}",
        "partNumber" => "partNumber=2",
        "id" or "annotationName" => $"{selector}=x",
        _ => selector.Contains('=') || row.Method is RequestMethod.Post && selector is "uploads" or "delete" ? selector : $"{selector}=",
    };

    private static IEnumerable<(string, string)> HeadersOf(OperationRow row, SweepBucket bucket)
    {
        var selectors = row.Selectors ?? [];
        if (selectors.Contains(SelectorSet.CopySource)) yield return ("x-amz-copy-source", $"/{bucket.Name}/{SweepBucket.Source}");
        if (selectors.Contains(SelectorSet.RequestRoute)) yield return ("x-amz-request-route", "route");
        if (row.Name == GetObjectAttributes) yield return ("x-amz-object-attributes", "ETag");
        if (row.Name == RenameObject) yield return ("x-amz-rename-source", SweepBucket.Source);
        if (row.Name == PutReplicaMarker)
        {
            yield return ("x-objectstore-replica-version-id", $"{SweepDocuments.Sequence:x16}{1:x16}");
            yield return ("x-objectstore-replica-modified", $"{SweepDocuments.Sequence}");
        }
        if (row.Level == ResourceLevel.Account || selectors.Contains(SelectorSet.ResourceTags)) yield return ("x-amz-account-id", RootCredentialStore.AccountId);
    }

    private static IEnumerable<Grant> GrantsOf(OperationRow row, SweepBucket bucket, bool ofVersion)
    {
        var action = ofVersion ? row.Version! : row.Action!;
        var resource = !action.StartsWith("s3:", StringComparison.Ordinal) ? "*" : row.Level switch
        {
            ResourceLevel.Bucket when row.Name == CreateBucket => $"arn:aws:s3:::{bucket.OtherName}",
            ResourceLevel.Bucket when row.Name is DeleteObjects or PostObject => bucket.KeyArn,
            ResourceLevel.Bucket => bucket.Arn,
            ResourceLevel.Key => bucket.KeyArn,
            _ => "*",
        };
        yield return new Grant(action, resource);
        if (row.Name is PutBucketReplication) yield return new Grant("iam:PassRole", $"arn:aws:iam::{RootCredentialStore.AccountId}:root");
        if (row.Name is CopyObject or UploadPartCopy) yield return new Grant("s3:GetObject", bucket.SourceArn);
        if (row.Name is RenameObject)
        {
            yield return new Grant("s3:GetObject", bucket.SourceArn);
            yield return new Grant("s3:DeleteObject", bucket.SourceArn);
        }

        if (row.Name is GetObjectAttributes) yield return new Grant(ofVersion ? "s3:GetObjectVersion" : "s3:GetObject", bucket.KeyArn);
    }

    private static SweepRequest WithBody(SweepRequest request, byte[] body) => body.Length == 0 ? request : request with
    {
        Body = body,
        Headers = [.. request.Headers.Where(header => header.Name != "Content-MD5"), ("Content-MD5", Convert.ToBase64String(MD5.HashData(body)))],
    };
}
