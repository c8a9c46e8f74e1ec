using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.ObjectServer.Tests.S3.Routing;

public sealed class OperationTableTests
{
    public static TheoryData<string> Names => new(Enum.GetNames<S3OperationName>());

    [Fact]
    public void Every_call_has_one_row()
    {
        OperationTable.Rows.Select(row => row.Name).Order().ShouldBe(Enum.GetValues<S3OperationName>());
        // AWS's model of August 2026 has 116 calls; browsers make three more, six are of S3 Control, one is Ceph's and nine are between stores of this kind.
        OperationTable.Rows.Count.ShouldBe(135);
    }

    [Fact]
    public void Every_call_of_the_sdk_is_in_the_table()
    {
        // Some of the SDK's requests are named after older names of the calls.
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CopyPart"] = "UploadPartCopy", ["GetObjectMetadata"] = "HeadObject", ["InitiateMultipartUpload"] = "CreateMultipartUpload",
            ["ListVersions"] = "ListObjectVersions", ["PutBucket"] = "CreateBucket", ["GetCORSConfiguration"] = "GetBucketCors",
            ["PutCORSConfiguration"] = "PutBucketCors", ["DeleteCORSConfiguration"] = "DeleteBucketCors",
            ["GetLifecycleConfiguration"] = "GetBucketLifecycleConfiguration", ["PutLifecycleConfiguration"] = "PutBucketLifecycleConfiguration",
            ["DeleteLifecycleConfiguration"] = "DeleteBucketLifecycle", ["GetACL"] = "GetObjectAcl", ["PutACL"] = "PutObjectAcl", ["HeaderACL"] = "PutObjectAcl",
        };
        var calls = typeof(Amazon.S3.AmazonS3Client).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("RequestMarshaller", StringComparison.Ordinal))
            .Select(type => type.Name[..^"RequestMarshaller".Length])
            .Select(name => renamed.GetValueOrDefault(name, name));
        calls.Except(Enum.GetNames<S3OperationName>()).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_row_is_chosen_by_what_it_says(string name)
    {
        var row = OperationTable.Row(Enum.Parse<S3OperationName>(name));
        var query = string.Join('&', (row.Selectors ?? []).Where(selector => selector[0] != '@').Select(selector => selector.Contains('=') ? selector : selector + "=x"));
        var bits = new S3Query(query).SelectorBits | SelectorSet.BitsOf((row.Selectors ?? []).Where(selector => selector[0] == '@'));
        OperationRouter.TryRoute(row.Method, row.Level, bits, out var chosen).ShouldBeTrue();
        chosen!.Name.ShouldBe(row.SameAs ?? row.Name);
        if (row.Method != RequestMethod.Options) row.Action.ShouldNotBeNull().ShouldMatch("^s3(express|-object-lambda)?:[A-Z][A-Za-z]+$");
    }

    [Theory]
    [InlineData("Delete", "Bucket", "acl")]
    [InlineData("Delete", "Key", "acl")]
    [InlineData("Delete", "Key", "legal-hold")]
    [InlineData("Put", "Key", "uploadId=1")]
    [InlineData("Put", "Key", "partNumber=1")]
    [InlineData("Put", "Bucket", "uploads")]
    [InlineData("Get", "Bucket", "acl&policy")]
    [InlineData("Head", "Bucket", "versioning")]
    [InlineData("Post", "Key", "")]
    [InlineData("Post", "Bucket", "")]
    [InlineData("Put", "Service", "")]
    public void A_subresource_that_a_call_does_not_have_never_becomes_another_call(string method, string level, string query)
    {
        OperationRouter.TryRoute(Enum.Parse<RequestMethod>(method), Enum.Parse<ResourceLevel>(level), new S3Query(query).SelectorBits, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Get", "Bucket", "list-type=2&prefix=acl", "ListObjectsV2")]
    [InlineData("Get", "Bucket", "list-type=1", "ListObjects")]
    [InlineData("Get", "Bucket", "prefix=x&unknown", "ListObjects")]
    [InlineData("Get", "Bucket", "versions&prefix=x", "ListObjectVersions")]
    [InlineData("Get", "Bucket", "%61cl", "GetBucketAcl")]
    [InlineData("Get", "Bucket", "analytics", "ListBucketAnalyticsConfigurations")]
    [InlineData("Get", "Bucket", "analytics&id=1", "GetBucketAnalyticsConfiguration")]
    [InlineData("Get", "Key", "partNumber=1", "GetObject")]
    [InlineData("Get", "Key", "uploadId=1&part-number-marker=3", "ListParts")]
    [InlineData("Get", "Key", "x-id=GetObject&versionId=1", "GetObject")]
    [InlineData("Get", "Key", "annotation", "ListObjectAnnotations")]
    [InlineData("Get", "Key", "annotation&annotationName=a", "GetObjectAnnotation")]
    [InlineData("Put", "Key", "partNumber=1&uploadId=2", "UploadPart")]
    [InlineData("Put", "Key", "id=1", "PutObject")]
    public void A_query_chooses_the_call(string method, string level, string query, string name)
    {
        OperationRouter.TryRoute(Enum.Parse<RequestMethod>(method), Enum.Parse<ResourceLevel>(level), new S3Query(query).SelectorBits, out var row).ShouldBeTrue();
        row!.Name.ToString().ShouldBe(name);
    }

    [Fact]
    public void A_copy_source_makes_a_put_a_copy()
    {
        OperationRouter.TryRoute(RequestMethod.Put, ResourceLevel.Key, SelectorSet.CopySourceBit, out var copy).ShouldBeTrue();
        copy!.Name.ShouldBe(S3OperationName.CopyObject);
        var part = new S3Query("partNumber=1&uploadId=2").SelectorBits | SelectorSet.CopySourceBit;
        OperationRouter.TryRoute(RequestMethod.Put, ResourceLevel.Key, part, out var partCopy).ShouldBeTrue();
        partCopy!.Name.ShouldBe(S3OperationName.UploadPartCopy);
        var tags = new S3Query("tagging").SelectorBits | SelectorSet.CopySourceBit;
        OperationRouter.TryRoute(RequestMethod.Put, ResourceLevel.Key, tags, out var tagging).ShouldBeTrue();
        tagging!.Name.ShouldBe(S3OperationName.PutObjectTagging);
    }

    [Fact]
    public void Choosing_a_row_allocates_nothing()
    {
        var query = new S3Query("partNumber=1&uploadId=2");
        OperationRouter.TryRoute(RequestMethod.Put, ResourceLevel.Key, query.SelectorBits, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++) OperationRouter.TryRoute(RequestMethod.Put, ResourceLevel.Key, query.SelectorBits, out _);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
