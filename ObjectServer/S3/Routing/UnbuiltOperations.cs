using static ObjectStore.Server.S3.Routing.S3OperationName;

namespace ObjectStore.Server.S3.Routing;

/// <summary>Why a call of S3 answers NotImplemented: the issue that will build it, or why none will.</summary>
internal static class UnbuiltOperations
{
    private const string DataServices = "not yet: issue D, data services";
    private const string NoAccessPatterns = "no: how often each object is read is not kept";
    private const string NoTables = "no: it writes tables of Amazon S3 Tables, a service of its own";
    private const string NoDirectoryBuckets = "no: there are no directory buckets, whose sessions and zones are AWS's";

    /// <summary>Null for a call that nothing is known of here.</summary>
    public static string? ReasonOf(S3OperationName name) => name switch
    {
        PutBucketNotification or PutBucketNotificationConfiguration => DataServices,
        DeleteBucketIntelligentTieringConfiguration or GetBucketIntelligentTieringConfiguration => NoAccessPatterns,
        ListBucketIntelligentTieringConfigurations or PutBucketIntelligentTieringConfiguration => NoAccessPatterns,
        CreateSession or ListDirectoryBuckets => NoDirectoryBuckets,
        CreateBucketMetadataConfiguration or CreateBucketMetadataTableConfiguration or DeleteBucketMetadataConfiguration => NoTables,
        DeleteBucketMetadataTableConfiguration or GetBucketMetadataConfiguration or GetBucketMetadataTableConfiguration => NoTables,
        UpdateBucketMetadataAnnotationTableConfiguration or UpdateBucketMetadataInventoryTableConfiguration or UpdateBucketMetadataJournalTableConfiguration => NoTables,
        PutBucketAccelerateConfiguration => "no: there are no edge locations to accelerate from",
        WriteGetObjectResponse => "no: it answers for functions of AWS Lambda",
        _ => null,
    };
}
