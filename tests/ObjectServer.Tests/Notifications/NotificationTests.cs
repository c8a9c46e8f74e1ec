using System.Globalization;
using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Tests.Admin;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>Notifications through the AWS SDK, to a webhook that fails and comes back.</summary>
public sealed class NotificationTests(SdkServer server) : IClassFixture<SdkServer>
{
    private static int _names;

    [Fact]
    public async Task A_configuration_is_kept_and_its_target_gets_a_test_event()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(), await TargetAsync(receiver));
        (await server.Client.GetBucketNotificationAsync(bucket)).QueueConfigurations.ShouldBeNull();
        await ListenAsync(bucket, Queue(arn, "images", "images/", ".jpg", "s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"));

        receiver.Tests.ShouldBe([bucket]);
        var kept = (await server.Client.GetBucketNotificationAsync(bucket)).QueueConfigurations.ShouldHaveSingleItem();
        kept.Id.ShouldBe("images");
        kept.Queue.ShouldBe(arn);
        kept.Events.Select(type => type.Value).ShouldBe(["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"]);
        kept.Filter.S3KeyFilter.FilterRules.Select(rule => (rule.Name, rule.Value)).ShouldBe([("Prefix", "images/"), ("Suffix", ".jpg")]);

        await server.Client.PutBucketNotificationAsync(new PutBucketNotificationRequest { BucketName = bucket });
        (await server.Client.GetBucketNotificationAsync(bucket)).QueueConfigurations.ShouldBeNull();
    }

    [Fact]
    public async Task Every_way_to_change_an_object_is_told_as_S3_tells_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(versioned: true), await TargetAsync(receiver, """, "bearerToken": "token-of-the-test" """));
        await ListenAsync(bucket, Queue(arn, "all", null, null, "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"));
        var client = server.Client;
        const string Key = "a b/ü+.txt";
        var put = await client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = Key, ContentBody = "hello" });
        await client.CopyObjectAsync(bucket, Key, bucket, "copy");
        var upload = await client.InitiateMultipartUploadAsync(bucket, "parts");
        var part = await client.UploadPartAsync(new UploadPartRequest { BucketName = bucket, Key = "parts", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream([1]) });
        await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, Key = "parts", UploadId = upload.UploadId, PartETags = [new PartETag(1, part.ETag)] });
        await client.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = bucket, Key = Key, Tagging = new Tagging { TagSet = [new Tag { Key = "a", Value = "b" }] } });
        await client.DeleteObjectTaggingAsync(new DeleteObjectTaggingRequest { BucketName = bucket, Key = Key });
        var marker = await client.DeleteObjectAsync(bucket, Key);
        await client.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = bucket, Objects = [new KeyVersion { Key = Key, VersionId = put.VersionId }] });

        var events = await receiver.WaitAsync(7);
        events.Where(received => received.Key == "a+b%2F%C3%BC%2B.txt").Select(received => received.Name).ShouldBe(
            ["ObjectCreated:Put", "ObjectTagging:Put", "ObjectTagging:Delete", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"]);
        events.Single(received => received.Key == "copy").Name.ShouldBe("ObjectCreated:Copy");
        events.Single(received => received.Key == "parts").Name.ShouldBe("ObjectCreated:CompleteMultipartUpload");
        receiver.Authorizations.ShouldAllBe(header => header == "Bearer token-of-the-test");

        var first = events.Single(received => received.Name == "ObjectCreated:Put").Record;
        first.GetProperty("eventVersion").GetString().ShouldBe("2.1");
        first.GetProperty("eventSource").GetString().ShouldBe("aws:s3");
        first.GetProperty("awsRegion").GetString().ShouldBe("us-east-1");
        DateTime.Parse(first.GetProperty("eventTime").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal).ShouldBe(DateTime.UtcNow, TimeSpan.FromMinutes(2));
        first.GetProperty("userIdentity").GetProperty("principalId").GetString().ShouldBe("AWS:000000000000");
        first.GetProperty("requestParameters").GetProperty("sourceIPAddress").GetString().ShouldBe("127.0.0.1");
        first.GetProperty("responseElements").GetProperty("x-amz-request-id").GetString().ShouldBe(put.ResponseMetadata.RequestId);
        var s3 = first.GetProperty("s3");
        s3.GetProperty("s3SchemaVersion").GetString().ShouldBe("1.0");
        s3.GetProperty("configurationId").GetString().ShouldBe("all");
        s3.GetProperty("bucket").GetProperty("arn").GetString().ShouldBe("arn:aws:s3:::" + bucket);
        s3.GetProperty("object").GetProperty("size").GetInt64().ShouldBe(5);
        s3.GetProperty("object").GetProperty("eTag").GetString().ShouldBe(put.ETag.Trim('"'));
        events.Single(received => received.Name == "ObjectCreated:Put").VersionId.ShouldBe(put.VersionId);
        events.Single(received => received.Name == "ObjectRemoved:DeleteMarkerCreated").VersionId.ShouldBe(marker.VersionId);
        events.Single(received => received.Name == "ObjectRemoved:Delete").Record.GetProperty("s3").GetProperty("object").TryGetProperty("size", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Annotations_that_are_put_and_deleted_are_told_with_their_names()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(versioned: true), await TargetAsync(receiver));
        await ListenAsync(bucket, Queue(arn, "annotations", null, null, "s3:ObjectAnnotation:*"));
        var client = server.Client;
        var put = await client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "key", ContentBody = "hello" });
        await AnnotateAsync(bucket, "über-uns", "one");
        await AnnotateAsync(bucket, "über-uns", "two");
        await client.CopyObjectAsync(bucket, "key", bucket, "copy");
        await client.DeleteObjectAnnotationAsync(new DeleteObjectAnnotationRequest { BucketName = bucket, Key = "key", AnnotationName = "not-there" });
        await client.DeleteObjectAnnotationAsync(new DeleteObjectAnnotationRequest { BucketName = bucket, Key = "key", AnnotationName = "über-uns" });

        var events = await receiver.WaitAsync(3);
        events.Select(received => (received.Key, received.Name)).ShouldBe([("key", "ObjectAnnotation:Put"), ("key", "ObjectAnnotation:Put"), ("key", "ObjectAnnotation:Delete")]);
        events.ShouldAllBe(received => received.VersionId == put.VersionId);
        events.ShouldAllBe(received => received.Record.GetProperty("annotationEventData").GetProperty("annotationName").GetString() == "über-uns");
    }

    [Fact]
    public async Task A_receiver_that_fails_and_comes_back_misses_nothing_and_gets_each_key_in_order()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(), await TargetAsync(receiver));
        await ListenAsync(bucket, Queue(arn, "all", null, null, "s3:ObjectCreated:*", "s3:ObjectRemoved:*"));
        receiver.FailWith = 503;
        var before = receiver.Attempts;
        for (var i = 0; i < 30; i++)
        {
            var key = $"key-{i % 3}";
            if (i % 5 == 4) await server.Client.DeleteObjectAsync(bucket, key);
            else await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = $"{i}" });
        }
        await receiver.WaitForAttemptsAsync(before + 3);
        receiver.Events.ShouldBeEmpty();
        server.Notifications.Dispatcher.NumbersOf(arn).LastError.ShouldNotBeNull().ShouldContain("503");
        receiver.FailWith = 0;

        var events = await receiver.WaitAsync(30);
        foreach (var key in events.GroupBy(received => received.Key))
            key.Select(received => received.Sequencer).ShouldBeInOrder();
    }

    [Fact]
    public async Task An_event_that_is_refused_holds_back_its_own_key_only()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(), await TargetAsync(receiver));
        await ListenAsync(bucket, Queue(arn, "all", null, null, "s3:ObjectCreated:*"));
        receiver.Refuses = received => received.Key == "bad";
        foreach (var key in new[] { "bad", "good-1", "bad", "good-2" }) await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = "x" });
        (await receiver.WaitAsync(2)).Select(received => received.Key).Order().ShouldBe(["good-1", "good-2"]);
        receiver.Refuses = static _ => false;
        (await receiver.WaitAsync(4)).Where(received => received.Key == "bad").Select(received => received.Sequencer).ShouldBeInOrder();
    }

    [Fact]
    public async Task A_target_that_is_dead_stops_no_other()
    {
        await using var alive = await WebhookReceiver.StartAsync();
        await using var dead = await WebhookReceiver.StartAsync();
        var bucket = await server.NewBucketAsync();
        await ListenAsync(bucket, Queue(await TargetAsync(dead), "dead", "dead/", null, "s3:ObjectCreated:*"), Queue(await TargetAsync(alive), "alive", "alive/", null, "s3:ObjectCreated:*"));
        dead.FailWith = 500;
        for (var i = 0; i < 20; i++)
        {
            await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = $"dead/{i}", ContentBody = "x" });
            await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = $"alive/{i}", ContentBody = "x" });
        }
        (await alive.WaitAsync(20)).ShouldAllBe(received => received.Key.StartsWith("alive"));
        dead.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_is_told_although_its_rule_and_its_bucket_are_gone()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(), await TargetAsync(receiver));
        await ListenAsync(bucket, Queue(arn, "all", null, null, "s3:ObjectCreated:*", "s3:ObjectRemoved:*"));
        receiver.FailWith = 500;
        await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "x" });
        await server.Client.PutBucketNotificationAsync(new PutBucketNotificationRequest { BucketName = bucket });
        await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "later", ContentBody = "x" });
        foreach (var key in new[] { "k", "later" }) await server.Client.DeleteObjectAsync(bucket, key);
        await server.Client.DeleteBucketAsync(bucket);
        receiver.FailWith = 0;
        (await receiver.WaitAsync(1)).ShouldHaveSingleItem().Key.ShouldBe("k");
    }

    [Fact]
    public async Task A_target_that_takes_no_test_event_is_refused_unless_the_caller_skips_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(), await TargetAsync(receiver));
        receiver.FailWith = 500;
        var request = new PutBucketNotificationRequest { BucketName = bucket, QueueConfigurations = [Queue(arn, "all", null, null, "s3:ObjectCreated:*")] };
        var refused = await Should.ThrowAsync<AmazonS3Exception>(() => server.Client.PutBucketNotificationAsync(request));
        refused.ErrorCode.ShouldBe("InvalidArgument");
        refused.Message.ShouldBe("Unable to validate the following destination configurations");
        request.SkipDestinationValidation = true;
        await server.Client.PutBucketNotificationAsync(request);
        receiver.Tests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Accounts_name_only_targets_that_let_them()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var caller = new AdminCaller(server);
        var (id, root) = await caller.NewAccountAsync();
        using var client = server.NewClientOf(root.AccessKey, root.SecretKey);
        var bucket = $"of-an-account-{Interlocked.Increment(ref _names)}";
        await client.PutBucketAsync(bucket);
        var closed = await TargetAsync(receiver);
        var open = await TargetAsync(receiver, $$""", "accounts": ["{{id}}"] """);
        var request = new PutBucketNotificationRequest { BucketName = bucket, QueueConfigurations = [Queue(closed, "q", null, null, "s3:ObjectCreated:*")] };
        (await Should.ThrowAsync<AmazonS3Exception>(() => client.PutBucketNotificationAsync(request))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        request.QueueConfigurations = [Queue(open, "q", null, null, "s3:ObjectCreated:*")];
        await client.PutBucketNotificationAsync(request);
        request.QueueConfigurations = [Queue(open + "-that-is-not-there", "q", null, null, "s3:ObjectCreated:*")];
        (await Should.ThrowAsync<AmazonS3Exception>(() => client.PutBucketNotificationAsync(request))).ErrorCode.ShouldBe("InvalidArgument");
    }

    [Fact]
    public async Task The_operator_sets_targets_up_and_never_reads_their_secrets()
    {
        using var caller = new AdminCaller(server);
        var made = await caller.SendAsync("PUT", "targets/broker", """{"endpoint": "amqp://127.0.0.1:1/v", "userName": "u", "password": "hidden-one", "exchange": "events", "accounts": ["*"]}""");
        made.Status.ShouldBe(201, made.Text);
        made["arn"].ShouldBe("arn:aws:sqs:us-east-1:000000000000:broker");
        made["routingKey"].ShouldBe("broker");
        (await caller.SendAsync("PUT", "targets/broker", """{"endpoint": "amqp://127.0.0.1:1/v", "userName": "u", "password": "hidden-one"}""")).Status.ShouldBe(200);
        (await caller.SendAsync("GET", "targets")).Text.ShouldNotContain("hidden");
        (await caller.SendAsync("GET", "targets/broker")).Text.ShouldNotContain("hidden");
        foreach (var bad in new[]
        {
            """{"endpoint": "ftp://127.0.0.1/"}""", """{"endpoint": "http://u:p@127.0.0.1/"}""", """{"endpoint": "http://127.0.0.1/", "exchange": "e"}""",
            """{"endpoint": "http://127.0.0.1/", "bearerToken": "a", "userName": "b"}""", """{"endpoint": "http://127.0.0.1/", "accounts": ["me"]}""",
        })
            (await caller.SendAsync("PUT", "targets/broker", bad)).Outcome.ShouldBe("400 ValidationError", bad);
        (await caller.SendAsync("DELETE", "targets/broker")).Status.ShouldBe(204);
        (await caller.SendAsync("DELETE", "targets/broker")).Status.ShouldBe(404);
        (await caller.SendAsync("GET", "targets", by: await caller.NewOperatorUserAsync())).Outcome.ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task What_waits_for_a_target_that_is_removed_is_dropped_and_counted()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (bucket, arn) = (await server.NewBucketAsync(), await TargetAsync(receiver));
        await ListenAsync(bucket, Queue(arn, "all", null, null, "s3:ObjectCreated:*"));
        receiver.FailWith = 500;
        await server.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", ContentBody = "x" });
        using var caller = new AdminCaller(server);
        (await caller.SendAsync("DELETE", "targets/" + arn.Split(':')[^1])).Status.ShouldBe(204);
        var numbers = server.Notifications.Dispatcher.NumbersOf(arn);
        for (var i = 0; i < 3000 && numbers.Undeliverable == 0; i++) await Task.Delay(20);
        numbers.Undeliverable.ShouldBe(1);
        receiver.Events.ShouldBeEmpty();
    }

    private async Task<string> TargetAsync(WebhookReceiver receiver, string more = "")
    {
        using var caller = new AdminCaller(server);
        var made = await caller.SendAsync("PUT", $"targets/target-{Interlocked.Increment(ref _names)}", $$"""{"endpoint": "{{receiver.Address}}"{{more}}}""");
        made.Status.ShouldBe(201, made.Text);
        return made["arn"];
    }

    private Task ListenAsync(string bucket, params List<QueueConfiguration> queues) =>
        server.Client.PutBucketNotificationAsync(new PutBucketNotificationRequest { BucketName = bucket, QueueConfigurations = queues });

    private Task AnnotateAsync(string bucket, string name, string text) => server.Client.PutObjectAnnotationAsync(new PutObjectAnnotationRequest
    {
        BucketName = bucket, Key = "key", AnnotationName = name, AnnotationPayload = new MemoryStream(Encoding.UTF8.GetBytes(text)),
    });

    private static QueueConfiguration Queue(string arn, string id, string? prefix, string? suffix, params string[] events)
    {
        var rules = new List<FilterRule>();
        if (prefix is not null) rules.Add(new FilterRule("prefix", prefix));
        if (suffix is not null) rules.Add(new FilterRule("suffix", suffix));
        return new QueueConfiguration
        {
            Id = id, Queue = arn, Events = [.. events.Select(type => new EventType(type))],
            Filter = rules.Count > 0 ? new Filter { S3KeyFilter = new S3KeyFilter { FilterRules = rules } } : null,
        };
    }
}
