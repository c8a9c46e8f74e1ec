using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ObjectStore.Harness;

/// <summary>One event as a receiver got it.</summary>
public sealed record ReceivedEvent(string Name, string Bucket, string Key, string? VersionId, string Sequencer, JsonElement Record);

/// <summary>Takes events over HTTP on a loopback port of its own; fails while it is told to.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly WebApplication _server;
    private volatile int _failWith;

    private WebhookReceiver(WebApplication server) => _server = server;

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Taken over, in order of arrival.</summary>
    public ConcurrentQueue<ReceivedEvent> Events { get; } = new();

    /// <summary>Buckets of test events that were taken over.</summary>
    public ConcurrentQueue<string> Tests { get; } = new();

    public ConcurrentQueue<string> Authorizations { get; } = new();

    /// <summary>Requests, refused ones included.</summary>
    public int Attempts;

    /// <summary>Status of all answers; 0 takes events over.</summary>
    public int FailWith { get => _failWith; set => _failWith = value; }

    /// <summary>Whether this one event is refused.</summary>
    public Func<ReceivedEvent, bool> Refuses { get; set; } = static _ => false;

    public static async Task<WebhookReceiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var server = builder.Build();
        var receiver = new WebhookReceiver(server);
        server.MapPost("/{**path}", receiver.TakeAsync);
        await server.StartAsync(CancellationToken.None);
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        receiver.Address = new Uri(address + "/events");
        return receiver;
    }

    /// <summary>Waits until <paramref name="count"/> different events have come.</summary>
    public async Task<IReadOnlyList<ReceivedEvent>> WaitAsync(int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var events = Events.ToArray();
            if (events.DistinctBy(received => (received.Key, received.Sequencer)).Count() >= count) return events;
            if (limit.IsCancellationRequested) throw new TimeoutException($"{events.Length} events came, not {count}; {Attempts} attempts");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Waits until somebody has tried again.</summary>
    public async Task WaitForAttemptsAsync(int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (Volatile.Read(ref Attempts) < count)
        {
            if (limit.IsCancellationRequested) throw new TimeoutException($"{Attempts} attempts, not {count}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public static IEnumerable<ReceivedEvent> Parse(JsonElement document)
    {
        foreach (var record in document.GetProperty("Records").EnumerateArray())
        {
            var s3 = record.GetProperty("s3");
            var target = s3.GetProperty("object");
            yield return new ReceivedEvent(
                record.GetProperty("eventName").GetString()!, s3.GetProperty("bucket").GetProperty("name").GetString()!, target.GetProperty("key").GetString()!,
                target.TryGetProperty("versionId", out var version) ? version.GetString() : null, target.GetProperty("sequencer").GetString()!, record);
        }
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        Interlocked.Increment(ref Attempts);
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var root = document.RootElement.Clone();
        if (_failWith != 0)
        {
            context.Response.StatusCode = _failWith;
            return;
        }
        Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
        if (root.TryGetProperty("Event", out var test))
        {
            if (test.GetString() == "s3:TestEvent") Tests.Enqueue(root.GetProperty("Bucket").GetString()!);
            return;
        }
        var events = Parse(root).ToArray();
        if (events.Any(Refuses)) context.Response.StatusCode = 422;
        else foreach (var received in events) Events.Enqueue(received);
    }
}
