using ObjectStore.Server.S3.Routing;
using static ObjectStore.Server.S3.Routing.S3OperationName;

namespace ObjectStore.Server.S3.Logging;

/// <summary>What log records call the calls of S3: REST, the method, what it is about. Source: S3 User Guide, "Amazon S3 server access log format".</summary>
internal static class LogOperations
{
    /// <summary>A key of DeleteObjects.</summary>
    public const string BatchDelete = "BATCH.DELETE.OBJECT";

    private static readonly string[] Names = Index();

    public static string NameOf(OperationRow row) => Names[(int)row.Name];

    /// <summary>Of a request to a website endpoint.</summary>
    public static string WebsiteNameOf(OperationRow row) => string.Concat("WEBSITE", Names[(int)row.Name].AsSpan("REST".Length));

    /// <summary>What the source's record of a copy is called; null if the call is none.</summary>
    public static string? SourceOf(OperationRow row) => row.Name switch
    {
        CopyObject => "REST.COPY.OBJECT_GET",
        UploadPartCopy => "REST.COPY.PART_GET",
        _ => null,
    };

    /// <summary>Whether it changes what a journal tells of and must not happen without the record.</summary>
    public static bool NeedsJournal(OperationRow row) => row.Name is PutObject or PostObject or CopyObject or RenameObject or CompleteMultipartUpload or PutReplica or CompleteReplica or PutReplicaAnnotation
        or PutObjectAcl or PutObjectTagging or PutObjectRetention or PutObjectLegalHold or UpdateObjectEncryption;

    private static string[] Index()
    {
        var names = new string[Enum.GetValues<S3OperationName>().Length];
        foreach (var row in OperationTable.Rows) names[(int)row.Name] = Build(row);
        return names;
    }

    private static string Build(OperationRow row) => row.Name switch
    {
        CopyObject => "REST.COPY.OBJECT",
        UploadPartCopy => "REST.COPY.PART",
        UploadPart => "REST.PUT.PART",
        CompleteMultipartUpload or AbortMultipartUpload or ListParts => $"REST.{MethodOf(row)}.UPLOAD",
        CompareReplicaAnnotations or CompleteReplica or CreateReplicaUpload or ProbeReplica or PutReplica or PutReplicaAnnotation or PutReplicaMarker or PutReplicaPart or StateReplica =>
            $"REST.{MethodOf(row)}.REPLICA{string.Concat(row.Selectors!.Skip(1).Take(1).Select(name => "_" + name.ToUpperInvariant()))}",
        DeleteObjects => "REST.POST.MULTI_OBJECT_DELETE",
        ListObjectVersions => "REST.GET.BUCKETVERSIONS",
        PostObject => "REST.POST.OBJECT",
        PreflightBucket or PreflightObject => "REST.OPTIONS.PREFLIGHT",
        SelectObjectContent => "REST.SELECT.OBJECT",
        _ => $"REST.{MethodOf(row)}.{ResourceOf(row)}",
    };

    private static string MethodOf(OperationRow row) => row.Method.ToString().ToUpperInvariant();

    private static string ResourceOf(OperationRow row)
    {
        var selector = row.Selectors?.FirstOrDefault(name => name != "id" && !name.Contains('='));
        return selector switch
        {
            null => row.Level == ResourceLevel.Key ? "OBJECT" : "BUCKET",
            "policy" => "BUCKETPOLICY",
            "policyStatus" => "POLICY_STATUS",
            "logging" => "LOGGING_STATUS",
            "tagging" => row.Level == ResourceLevel.Key ? "OBJECT_TAGGING" : "TAGGING",
            "requestPayment" => "REQUEST_PAYMENT",
            "publicAccessBlock" => "PUBLIC_ACCESS_BLOCK",
            "ownershipControls" => "OWNERSHIP_CONTROLS",
            "object-lock" => "OBJECT_LOCK_CONFIGURATION",
            "attributes" => "OBJECT_ATTRIBUTES",
            _ => selector.TrimStart('@').Replace('-', '_').ToUpperInvariant(),
        };
    }
}
