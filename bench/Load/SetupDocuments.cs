namespace ObjectStore.Bench.Load;

/// <summary>One request that sets up a bucket; without a query it is the bucket that is made.</summary>
internal readonly record struct SetupStep(string Bucket, string Query, string Document);

/// <summary>The requests that give a bucket what it is measured with.</summary>
internal static class SetupDocuments
{
    /// <summary>The operator's target of this name takes the events: see bench/README.md.</summary>
    private const string TargetName = "bench";

    private const string Versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

    public static IEnumerable<SetupStep> Of(Contender contender, string region)
    {
        var bucket = contender.Bucket;
        switch (contender.Setup)
        {
            case BucketSetup.Versioned:
                return [new(bucket, "versioning=", Versioned)];
            case BucketSetup.Events:
                return
                [
                    new(bucket, "notification=",
                        $"<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:{region}:000000000000:{TargetName}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>"),
                ];
            case BucketSetup.Logging:
                var logs = bucket + "-target";
                return
                [
                    new(logs, "", ""),
                    new(logs, "policy=",
                        $$"""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{{logs}}/*"}]}"""),
                    new(bucket, "logging=",
                        $"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{logs}</TargetBucket><TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"),
                ];
            case BucketSetup.Replication:
                var copy = bucket + "-target";
                return
                [
                    new(copy, "", ""),
                    new(copy, "versioning=", Versioned),
                    new(bucket, "versioning=", Versioned),
                    new(bucket, "replication=",
                        $"<ReplicationConfiguration><Role>arn:aws:iam::000000000000:root</Role><Rule><ID>all</ID><Status>Enabled</Status><Priority>1</Priority><Filter></Filter>"
                        + $"<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::{copy}</Bucket></Destination></Rule></ReplicationConfiguration>"),
                ];
            default:
                return [];
        }
    }
}
