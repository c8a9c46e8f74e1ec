using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Logging;

/// <summary>Journals: a change of an object has a record if and only if it happened.</summary>
public sealed class JournalTests(SdkServer server) : IClassFixture<SdkServer>
{
    private AmazonS3Client S3 => server.Client;

    private async Task<(string Source, string Target)> JournaledAsync(bool versioned = false, params LogFilter[] filters)
    {
        var (source, target) = (await server.NewBucketAsync(versioned), await server.NewBucketAsync());
        await AllowAsync(target);
        var logging = new BucketLogging { TargetBucket = target, TargetPrefix = "", Type = LogType.Journal, Filters = filters };
        (await server.Buckets.SetLoggingAsync(source, logging, CancellationToken.None)).IsOk.ShouldBeTrue();
        return (source, target);
    }

    private Task AllowAsync(string target) => S3.PutBucketPolicyAsync(target, $$"""
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{{target}}/*"} }
        """);

    /// <summary>Operation, key and size of each record; all are delivered by it.</summary>
    private async Task<List<(string Operation, string Key, string Size)>> RecordsAsync(string source, string target)
    {
        var bucket = (await server.Buckets.GetAsync(source, CancellationToken.None)).Value;
        (await server.AccessLog.FlushAsync(new LogSource(source, bucket.Id, bucket.OwnerId), bucket.Logging!, evenIfEmpty: true, CancellationToken.None)).IsOk.ShouldBeTrue();
        var records = new List<(string, string, string)>();
        foreach (var found in (await S3.ListObjectsV2Async(new() { BucketName = target })).S3Objects)
        {
            using var answer = await S3.GetObjectAsync(target, found.Key);
            using var reader = new StreamReader(answer.ResponseStream);
            while (await reader.ReadLineAsync() is { } line)
            {
                var fields = line.Split(' ');
                fields.Length.ShouldBe(9, line);
                (fields[0], fields[1]).ShouldBe((bucket.OwnerId, source));
                records.Add((fields[4], fields[5], fields[6]));
            }
        }
        return records;
    }

    [Fact]
    public async Task Changes_are_journaled_and_reads_are_not()
    {
        var (source, target) = await JournaledAsync(versioned: true);
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a b", ContentBody = "123" });
        using (await S3.GetObjectAsync(source, "a b")) { }
        await S3.CopyObjectAsync(source, "a b", source, "c");
        await S3.PutObjectTaggingAsync(new() { BucketName = source, Key = "c", Tagging = new() { TagSet = [new() { Key = "t", Value = "v" }] } });
        await S3.DeleteObjectTaggingAsync(new() { BucketName = source, Key = "c" });
        await S3.DeleteObjectAsync(source, "c");
        await S3.DeleteObjectsAsync(new() { BucketName = source, Objects = [new() { Key = "a b" }] });
        (await RecordsAsync(source, target)).ShouldBe(
        [
            ("REST.PUT.OBJECT", "a%20b", "3"), ("REST.PUT.OBJECT", "c", "3"), ("REST.PUT.OBJECT_TAGGING", "c", "3"), ("REST.DELETE.OBJECT_TAGGING", "c", "3"),
            ("REST.DELETE.OBJECT", "c", "-"), ("REST.POST.DELETE_MULTI_OBJECT", "a%20b", "-"),
        ]);
    }

    [Fact]
    public async Task A_rename_is_journaled_under_both_keys_or_does_not_happen()
    {
        var (source, target) = await JournaledAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "123" });
        await S3.RenameObjectAsync(new() { BucketName = source, Key = "b", RenameSource = "a" });
        await S3.DeleteBucketPolicyAsync(target);
        await Should.ThrowAsync<AmazonS3Exception>(() => S3.RenameObjectAsync(new() { BucketName = source, Key = "c", RenameSource = "b" }));
        await AllowAsync(target);
        (await RecordsAsync(source, target)).ShouldBe([("REST.PUT.OBJECT", "a", "3"), ("REST.PUT.OBJECT", "b", "3"), ("REST.DELETE.OBJECT", "a", "-")]);
    }

    [Fact]
    public async Task A_filter_takes_keys_by_their_beginning_and_end()
    {
        var (source, target) = await JournaledAsync(filters: [new(KeyPart.Prefix, "in/"), new(KeyPart.Suffix, ".txt")]);
        foreach (var key in (string[])["in/a.txt", "in/a.bin", "out/a.txt"]) await S3.PutObjectAsync(new() { BucketName = source, Key = key, ContentBody = "x" });
        (await RecordsAsync(source, target)).Select(record => record.Key).ShouldBe(["in/a.txt"]);
    }

    [Fact]
    public async Task A_write_that_is_not_committed_leaves_no_record()
    {
        var (source, target) = await JournaledAsync();
        server.Rows.BeforeCommit = _ => throw new KvException(KvFault.UnknownOutcome, "the journal is gone");
        try
        {
            await Should.ThrowAsync<AmazonS3Exception>(() => S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" }));
        }
        finally
        {
            server.Rows.BeforeCommit = null;
        }
        await S3.PutObjectAsync(new() { BucketName = source, Key = "b", ContentBody = "x" });
        (await RecordsAsync(source, target)).Select(record => record.Key).ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_write_without_a_record_does_not_happen_and_a_delete_does()
    {
        var (source, target) = await JournaledAsync();
        await S3.PutObjectAsync(new() { BucketName = source, Key = "a", ContentBody = "x" });
        await S3.DeleteBucketPolicyAsync(target);
        var refused = await Should.ThrowAsync<AmazonS3Exception>(() => S3.PutObjectAsync(new() { BucketName = source, Key = "b", ContentBody = "x" }));
        refused.ErrorCode.ShouldBe("AccessDenied");
        refused.Message.ShouldStartWith("Logging bucket");
        await S3.DeleteObjectAsync(source, "a");

        await AllowAsync(target);
        (await RecordsAsync(source, target)).Select(record => (record.Operation, record.Key)).ShouldBe([("REST.PUT.OBJECT", "a"), ("REST.DELETE.OBJECT", "a")]);
    }
}
