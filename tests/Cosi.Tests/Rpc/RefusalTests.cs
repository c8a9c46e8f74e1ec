using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using ObjectStore.TestKit;
using static ObjectStore.Cosi.Tests.Fixture.Wire;

namespace ObjectStore.Cosi.Tests.Rpc;

/// <summary>The specification's bounds and error rules, on the wire.</summary>
public sealed class RefusalTests
{
    private const string V1 = "cosi.v1alpha1.Provisioner/";
    private const string V2 = "sigs.k8s.io.cosi.v1alpha2.Provisioner/";
    private static readonly byte[] S3 = Message(2, Number(1, 1));
    private static readonly byte[] Key = Message(3, Number(1, 1));
    private static readonly byte[] Bucket = Message(6, Text(1, "b"), Message(2, Number(1, 1)));

    public static TheoryData<string, byte[], string> Broken { get; } = new()
    {
        { V1 + "DriverCreateBucket", [], "name is missing" },
        { V1 + "DriverCreateBucket", Text(1, "Upper"), "name must be a DNS subdomain" },
        { V1 + "DriverCreateBucket", Text(1, "a..b"), "name must be a DNS subdomain" },
        { V1 + "DriverCreateBucket", Text(1, "a\n"), "name must be a DNS subdomain" },
        { V1 + "DriverCreateBucket", Text(1, new string('a', 254)), "name must be a DNS subdomain" },
        { V1 + "DriverCreateBucket", All(Text(1, "a"), Entry(2, "k", new string('v', 4096))), "parameters has 4097 bytes" },
        { V1 + "DriverDeleteBucket", [], "bucket_id is missing" },
        { V1 + "DriverDeleteBucket", Text(1, "a b"), "bucket_id must be letters" },
        { V1 + "DriverDeleteBucket", Text(1, new string('a', 2049)), "bucket_id must be letters" },
        { V1 + "DriverGrantBucketAccess", All(Text(2, "ba"), Number(3, 1)), "bucket_id is missing" },
        { V1 + "DriverGrantBucketAccess", All(Text(1, "b"), Number(3, 1)), "name is missing" },
        { V1 + "DriverGrantBucketAccess", All(Text(1, "b"), Text(2, "ba")), "authentication_type" },
        { V1 + "DriverGrantBucketAccess", All(Text(1, "b"), Text(2, "ba"), Number(3, 7)), "authentication_type" },
        { V1 + "DriverRevokeBucketAccess", All(Text(1, "b"), Text(2, "a b")), "account_id must be letters" },
        { V2 + "DriverGenerateBucketId", [], "name is missing" },
        { V2 + "DriverGenerateBucketId", All(Text(1, "a"), Message(2, Number(1, 2))), "protocol Azure" },
        { V2 + "DriverCreateBucket", [], "bucket_id is missing" },
        { V2 + "DriverCreateBucket", All(Text(1, "a"), S3, Message(2, Number(1, 3))), "protocol Gcs" },
        { V2 + "DriverCreateBucket", All(Text(1, "a"), Message(2)), "protocol Unknown" },
        { V2 + "DriverGetExistingBucket", [], "existing_bucket_id is missing" },
        { V2 + "DriverGetBucket", All(Text(1, "a"), Message(2, Number(1, 9))), "protocol 9" },
        { V2 + "DriverDeleteBucket", [], "bucket_id is missing" },
        { V2 + "DriverGenerateBucketAccessId", All(S3, Key, Bucket), "account_name is missing" },
        { V2 + "DriverGrantBucketAccess", All(S3, Key, Bucket), "account_id is missing" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), Key, Bucket), "protocol Unknown" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Bucket), "authentication_type Unknown" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Message(3, Number(1, 2)), Bucket), "service_account_name is missing" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key), "buckets is empty" },
        { V2 + "DriverGrantBucketAccess", All([Text(1, "ba"), S3, Key, .. Enumerable.Repeat(Bucket, 129)]), "at most 128" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key, Bucket, Bucket), "names b twice" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key, Message(6, Text(1, "b"))), "access_mode 0" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key, Message(6, Text(1, "b"), Message(2, Number(1, 4)))), "access_mode 4" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key, Message(6, Text(1, "b"), Message(2, Number(1, 2)), Message(3), Message(4, Number(1, 1)))), "object_metadata_access_mode 0" },
        { V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key, Message(6, Text(1, "b"), Message(2, Number(1, 2)), Message(3, Number(1, 5)), Message(4, Number(1, 1)))), "object_metadata_access_mode 5" },
        { V2 + "DriverRevokeBucketAccess", All(Text(1, new string('a', 2049))), "account_id must be letters" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task What_breaks_the_specification_is_an_invalid_argument_that_names_the_field(string method, byte[] request, string text)
    {
        await using var driver = await RecordingDriver.StartAsync();
        var answer = await driver.Client.CallAsync(method, request);
        answer.Code.ShouldBe(GrpcStatusCode.InvalidArgument);
        answer.Text.ShouldContain(text);
        answer.HasDetails.ShouldBeFalse();
        driver.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_longest_names_and_ids_are_taken()
    {
        await using var driver = await RecordingDriver.StartAsync();
        var label = new string('a', 63);
        (await driver.Client.CallAsync(V1 + "DriverCreateBucket", Text(1, $"{label}.{label}.{label}.{label[..61]}"))).Code.ShouldBe(GrpcStatusCode.Ok);
        (await driver.Client.CallAsync(V2 + "DriverDeleteBucket", All(Text(1, new string('a', 2048)), Entry(4, "k", new string('v', 4095))))).Code.ShouldBe(GrpcStatusCode.Ok);
    }

    [Theory]
    [InlineData(RefusalReason.InvalidArgument, GrpcStatusCode.InvalidArgument)]
    [InlineData(RefusalReason.NotFound, GrpcStatusCode.NotFound)]
    [InlineData(RefusalReason.AlreadyExists, GrpcStatusCode.AlreadyExists)]
    [InlineData(RefusalReason.Aborted, GrpcStatusCode.Aborted)]
    [InlineData(RefusalReason.FailedPrecondition, GrpcStatusCode.FailedPrecondition)]
    [InlineData(RefusalReason.OutOfRange, GrpcStatusCode.OutOfRange)]
    [InlineData(RefusalReason.PermissionDenied, GrpcStatusCode.PermissionDenied)]
    [InlineData(RefusalReason.Unauthenticated, GrpcStatusCode.Unauthenticated)]
    [InlineData(RefusalReason.Unavailable, GrpcStatusCode.Unavailable)]
    [InlineData(RefusalReason.ResourceExhausted, GrpcStatusCode.ResourceExhausted)]
    [InlineData(RefusalReason.Unimplemented, GrpcStatusCode.Unimplemented)]
    [InlineData(RefusalReason.Internal, GrpcStatusCode.Internal)]
    public async Task Each_refusal_has_its_status(object reason, GrpcStatusCode code)
    {
        await using var driver = await RecordingDriver.StartAsync();
        driver.Refusal = new Refusal((RefusalReason)reason, "Because: ä.");
        foreach (var (method, request) in (ReadOnlySpan<(string, byte[])>)
            [(V1 + "DriverCreateBucket", Text(1, "a")), (V2 + "DriverGetBucket", Text(1, "a")), (V2 + "DriverGrantBucketAccess", All(Text(1, "ba"), S3, Key, Bucket))])
        {
            var answer = driver.Client.CallAsync(method, request).GetAwaiter().GetResult();
            (answer.Code, answer.Text, answer.HasDetails).ShouldBe((code, "Because: ä.", false));
        }
    }

    [Fact]
    public async Task What_fails_inside_says_nothing_of_the_inside()
    {
        await using var driver = await RecordingDriver.StartAsync();
        driver.Meanwhile = _ => throw new InvalidOperationException("the-secret-of-the-house");
        var answer = await driver.Client.CallAsync(V1 + "DriverCreateBucket", Text(1, "a"));
        answer.Code.ShouldBe(GrpcStatusCode.Unknown);
        answer.Text.ShouldNotContain("the-secret");
    }

    [Fact]
    public async Task A_call_without_a_deadline_has_the_drivers()
    {
        var time = new FakeTime();
        await using var driver = await RecordingDriver.StartAsync(time: time);
        driver.Meanwhile = async ct =>
        {
            time.Advance(TimeSpan.FromSeconds(300));
            await Task.Delay(Timeout.Infinite, ct);
        };
        var answer = await driver.Client.CallAsync(V1 + "DriverCreateBucket", Text(1, "a"));
        (answer.Code, answer.Text).ShouldBe((GrpcStatusCode.DeadlineExceeded, "The call did not end in 300 s. Repeat it: it goes on where it was."));
    }
}
