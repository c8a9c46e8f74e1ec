using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Notifications;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>What a webhook gets, and what counts as taken over.</summary>
public sealed class WebhookSenderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Event = "{}"u8.ToArray();

    private int _requests;
    private string? _authorization, _id, _contentType;

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(300, false)]
    [InlineData(404, false)]
    [InlineData(500, false)]
    public async Task Only_a_status_of_success_takes_an_event_over(int status, bool isTaken)
    {
        await using var server = await StartAsync(context => context.Response.StatusCode = status);
        await using var sender = new WebhookSender(new EventEndpoint(AddressOf(server)), Patience);
        if (isTaken) await sender.SendAsync(Event, "id-1", default);
        else (await Should.ThrowAsync<DeliveryException>(async () => await sender.SendAsync(Event, "id-1", default))).Message.ShouldContain($"{status}");
        _requests.ShouldBe(1);
        (_id, _contentType, _authorization).ShouldBe(("id-1", "application/json", ""));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = await StartAsync(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = "/elsewhere";
        });
        await using var sender = new WebhookSender(new EventEndpoint(AddressOf(server)), Patience);
        await Should.ThrowAsync<DeliveryException>(async () => await sender.SendAsync(Event, "id", default));
        _requests.ShouldBe(1);
    }

    [Fact]
    public async Task User_and_password_and_tokens_are_sent_and_never_told()
    {
        await using var server = await StartAsync(static _ => { });
        await using var basic = new WebhookSender(new EventEndpoint(AddressOf(server)) { UserName = "u", Password = new Secret("hidden") }, Patience);
        await basic.SendAsync(Event, "id", default);
        _authorization.ShouldBe("Basic " + Convert.ToBase64String("u:hidden"u8));
        await using var bearer = new WebhookSender(new EventEndpoint(AddressOf(server)) { BearerToken = new Secret("hidden") }, Patience);
        await bearer.SendAsync(Event, "id", default);
        _authorization.ShouldBe("Bearer hidden");

        await using var wrong = new WebhookSender(new EventEndpoint(new Uri("http://127.0.0.1:1/x?key=hidden")) { UserName = "u", Password = new Secret("hidden") }, Patience);
        (await Should.ThrowAsync<DeliveryException>(async () => await wrong.SendAsync(Event, "id", default))).Message.ShouldNotContain("hidden");
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_has_not_taken_it()
    {
        var never = new TaskCompletionSource();
        await using var server = await StartAsync(_ => { }, never.Task);
        await using var sender = new WebhookSender(new EventEndpoint(AddressOf(server)), TimeSpan.FromMilliseconds(100));
        (await Should.ThrowAsync<DeliveryException>(async () => await sender.SendAsync(Event, "id", default))).Message.ShouldContain("0.1 s");
        never.SetResult();
    }

    [Fact]
    public async Task A_certificate_that_nobody_has_signed_is_taken_only_where_the_target_says_so()
    {
        await using var server = await StartAsync(static _ => { }, isTls: true);
        await using var strict = new WebhookSender(new EventEndpoint(AddressOf(server)), Patience);
        await Should.ThrowAsync<DeliveryException>(async () => await strict.SendAsync(Event, "id", default));
        _requests.ShouldBe(0);
        await using var lenient = new WebhookSender(new EventEndpoint(AddressOf(server)) { VerifyTls = false }, Patience);
        await lenient.SendAsync(Event, "id", default);
        _requests.ShouldBe(1);
    }

    private async Task<WebApplication> StartAsync(Action<HttpContext> answer, Task? before = null, bool isTls = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (isTls) listen.UseHttps(SelfSigned());
        }));
        var server = builder.Build();
        server.MapPost("/{**path}", async context =>
        {
            Interlocked.Increment(ref _requests);
            _authorization = context.Request.Headers.Authorization.ToString();
            _id = context.Request.Headers["X-ObjectStore-Event-Id"].ToString();
            _contentType = context.Request.ContentType;
            if (before is not null) await before;
            answer(context);
        });
        await server.StartAsync(CancellationToken.None);
        return server;
    }

    private static Uri AddressOf(WebApplication server) => new(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
