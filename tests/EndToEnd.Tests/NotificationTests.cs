using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;
using RabbitMQ.Client;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>The real server tells a webhook, and a real RabbitMQ, what has changed: also when one of them is killed.</summary>
public sealed class NotificationTests(RabbitBroker broker) : IClassFixture<RabbitBroker>
{
    private const string Bucket = "told";

    [Fact]
    public async Task No_event_is_lost_when_the_server_is_killed_between_write_and_delivery()
    {
        using var data = new TemporaryDirectory();
        await using var receiver = await WebhookReceiver.StartAsync();
        var acknowledged = new System.Collections.Concurrent.ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        for (var round = 0; round < 3; round++)
        {
            await using var server = await ServerProcess.StartAsync(data.Path, drives: 1);
            using var client = ClientOf(server);
            if (round == 0)
            {
                var arn = await SetTargetAsync(server, "hook", receiver.Address.ToString());
                await client.PutBucketAsync(Bucket);
                await ListenAsync(client, arn);
            }
            // Delivery goes on in the second round and is in the way of it in the others.
            receiver.FailWith = round == 1 ? 0 : 503;
            var writers = Enumerable.Range(0, 4).Select(writer => WriteUntilItBreaksAsync(client, round, writer, acknowledged)).ToArray();
            var wanted = acknowledged.Count + 60;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (acknowledged.Count < wanted) await Task.Delay(10, limit.Token);
            await server.KillAsync();
            await Task.WhenAll(writers);
        }
        receiver.FailWith = 0;
        await using var last = await ServerProcess.StartAsync(data.Path, drives: 1);

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var told = receiver.Events.Select(received => $"{received.Key} {ETagOf(received)}").ToHashSet(StringComparer.Ordinal);
            var missing = acknowledged.Where(write => !told.Contains($"{write.Key.Split('#')[0]} {write.Value}")).ToArray();
            if (missing.Length == 0) break;
            patience.IsCancellationRequested.ShouldBeFalse($"{missing.Length} of {acknowledged.Count} writes were not told, such as {missing[0]}");
            await Task.Delay(50, CancellationToken.None);
        }
        foreach (var key in receiver.Events.GroupBy(received => received.Key))
        {
            // Told twice means told the same; and each first telling is later than those before.
            key.GroupBy(received => received.Sequencer).ShouldAllBe(same => same.Select(ETagOf).Distinct().Count() == 1);
            key.Select(received => received.Sequencer).Distinct().ShouldBeInOrder();
        }
    }

    [Fact]
    public async Task RabbitMQ_gets_persistent_messages_and_misses_none_when_it_is_killed()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path, drives: 1);
        await using (var connection = await broker.ConnectAsync())
        await using (var channel = await connection.CreateChannelAsync())
        {
            await channel.ExchangeDeclareAsync("events", ExchangeType.Topic, durable: true, autoDelete: false);
            await channel.QueueDeclareAsync("pictures", durable: true, exclusive: false, autoDelete: false);
            await channel.QueueBindAsync("pictures", "events", "store.#");
        }
        var arn = await SetTargetAsync(server, "rabbit", broker.Address.ToString(), "--exchange", "events", "--routing-key", "store.changes", "--user", "guest", "--password-file", await PasswordAsync(data));
        using var client = ClientOf(server);
        await client.PutBucketAsync(Bucket);
        await ListenAsync(client, arn);
        for (var i = 0; i < 10; i++) await PutAsync(client, $"before-{i}");
        await broker.KillAsync();
        for (var i = 0; i < 10; i++) await PutAsync(client, $"while-{i}");
        await broker.StartAsync();
        for (var i = 0; i < 10; i++) await PutAsync(client, $"after-{i}");

        var keys = new HashSet<string>(StringComparer.Ordinal);
        var tests = 0;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var reading = await broker.ConnectAsync();
        await using var reader = await reading.CreateChannelAsync(cancellationToken: limit.Token);
        while (keys.Count < 30)
        {
            limit.IsCancellationRequested.ShouldBeFalse($"{keys.Count} of 30 came\n{server.Output}");
            if (await reader.BasicGetAsync("pictures", autoAck: true, CancellationToken.None) is not { } message)
            {
                await Task.Delay(50, CancellationToken.None);
                continue;
            }
            message.BasicProperties.Persistent.ShouldBeTrue();
            message.BasicProperties.ContentType.ShouldBe("application/json");
            var document = JsonElement.Parse(message.Body.Span);
            if (document.TryGetProperty("Event", out _)) tests++;
            else foreach (var received in WebhookReceiver.Parse(document)) keys.Add(received.Key);
        }
        tests.ShouldBe(1);
        server.Output.ShouldNotContain("guest");
    }

    [Fact]
    public async Task A_message_that_no_queue_takes_is_not_lost()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path, drives: 1);
        // The default exchange routes to the queue that the routing key names, and there is none yet.
        var arn = await SetTargetAsync(server, "nobody-yet", broker.Address.ToString());
        using var client = ClientOf(server);
        await client.PutBucketAsync(Bucket);
        (await Should.ThrowAsync<AmazonS3Exception>(() => ListenAsync(client, arn))).ErrorCode.ShouldBe("InvalidArgument");
        await ListenAsync(client, arn, skipTest: true);
        await PutAsync(client, "early");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!(await AdminAsync(server, "target", "show", "nobody-yet")).TryGetProperty("lastError", out _)) await Task.Delay(50, limit.Token);

        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: limit.Token);
        await channel.QueueDeclareAsync("nobody-yet", durable: true, exclusive: false, autoDelete: false, cancellationToken: limit.Token);
        BasicGetResult? message = null;
        while (message is null)
        {
            message = await channel.BasicGetAsync("nobody-yet", autoAck: true, limit.Token);
            if (message is null) await Task.Delay(50, limit.Token);
        }
        WebhookReceiver.Parse(JsonElement.Parse(message.Body.Span)).ShouldHaveSingleItem().Key.ShouldBe("early");
    }

    [Fact]
    public async Task A_broker_whose_certificate_nobody_has_signed_is_taken_only_where_the_target_says_so()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path, drives: 1);
        await using (var connection = await broker.ConnectAsync())
        await using (var channel = await connection.CreateChannelAsync())
            await channel.QueueDeclareAsync("over-tls", durable: true, exclusive: false, autoDelete: false);
        var strict = await SetTargetAsync(server, "strict", broker.TlsAddress.ToString(), "--routing-key", "over-tls");
        var lenient = await SetTargetAsync(server, "lenient", broker.TlsAddress.ToString(), "--routing-key", "over-tls", "--no-verify-tls");
        using var client = ClientOf(server);
        await client.PutBucketAsync(Bucket);
        (await Should.ThrowAsync<AmazonS3Exception>(() => ListenAsync(client, strict))).ErrorCode.ShouldBe("InvalidArgument");
        await ListenAsync(client, lenient);
    }

    private static async Task WriteUntilItBreaksAsync(
        AmazonS3Client client, int round, int writer, System.Collections.Concurrent.ConcurrentDictionary<string, string> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var key = $"key-{(writer + i) % 5}";
                var put = await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = $"{round}/{writer}/{i}" });
                acknowledged[$"{key}#{round}/{writer}/{i}"] = put.ETag.Trim('"');
            }
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The server was killed: what was under way may or may not be told.
        }
    }

    private static string ETagOf(ReceivedEvent received) => received.Record.GetProperty("s3").GetProperty("object").GetProperty("eTag").GetString()!;

    private static Task PutAsync(AmazonS3Client client, string key) => client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = key });

    private static Task ListenAsync(AmazonS3Client client, string arn, bool skipTest = false) => client.PutBucketNotificationAsync(new PutBucketNotificationRequest
    {
        BucketName = Bucket,
        SkipDestinationValidation = skipTest,
        QueueConfigurations = [new QueueConfiguration { Id = "all", Queue = arn, Events = [EventType.ObjectCreatedAll] }],
    });

    private static AmazonS3Client ClientOf(ServerProcess server) => new(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
    {
        ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1",
    });

    private static async Task<string> PasswordAsync(TemporaryDirectory data)
    {
        await File.WriteAllTextAsync(data["password"], "guest\n");
        return data["password"];
    }

    private static async Task<string> SetTargetAsync(ServerProcess server, string name, string endpoint, params string[] more) =>
        (await AdminAsync(server, ["target", "set", name, endpoint, .. more])).GetProperty("arn").GetString()!;

    private static async Task<JsonElement> AdminAsync(ServerProcess server, params string[] arguments) => JsonElement.Parse((await ServerProcess.RunToEndAsync(
        ["admin", .. arguments, "--json"],
        new Dictionary<string, string>
        {
            ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(),
            ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
            ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
        })).Succeeded());
}
