using System.Net;
using System.Net.Sockets;
using ObjectStore.Server.Notifications;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>Where the endpoints of accounts' topics may lead, whatever their names resolve to.</summary>
public sealed class EndpointGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    public async Task A_name_that_leads_there_is_not_connected_to(string address)
    {
        var gate = Gate("http://hooks.example.com", address);
        (await Should.ThrowAsync<DeliveryException>(async () => await gate.FindAsync(Endpoint("http://hooks.example.com/x?secret=1"), default))).Message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("192.168.1.1")]
    [InlineData("203.0.113.7")]
    [InlineData("fd12:3456::1")]
    [InlineData("2001:db8::1")]
    public async Task Other_addresses_are(string address) =>
        (await Gate("http://hooks.example.com", address).FindAsync(Endpoint("http://hooks.example.com/"), default)).ShouldBe([IPAddress.Parse(address)]);

    [Fact]
    public async Task Of_several_addresses_only_those_are_connected_to_that_may_be()
    {
        var gate = Gate("http://hooks.example.com", "169.254.169.254", "10.0.0.1", "127.0.0.1");
        (await gate.FindAsync(Endpoint("http://hooks.example.com/"), default)).ShouldBe([IPAddress.Parse("10.0.0.1")]);
    }

    [Theory]
    [InlineData("*", "http://127.0.0.1:9/", true)]
    [InlineData("*", "http://localhost:9/", true)]
    [InlineData("*", "http://169.254.169.254/", false)]
    [InlineData("*", "http://[::ffff:169.254.169.254]/", false)]
    [InlineData("*", "http://[fe80::1]/", false)]
    [InlineData("*", "http://2852039166/", false)]
    [InlineData("*", "http://0.0.0.0/", false)]
    [InlineData("http://169.254.169.254", "http://169.254.169.254/", true)]
    [InlineData("http://hooks.example.com", "http://other.example.com/", false)]
    public async Task Addresses_that_stand_in_the_endpoint_itself_are_as_the_list_says(string entry, string endpoint, bool isAllowed)
    {
        EndpointList.Parse([entry]).List!.Allows(new Uri(endpoint)).ShouldBe(isAllowed);
        var gate = Gate(entry, "127.0.0.1");
        if (isAllowed) (await gate.FindAsync(Endpoint(endpoint), default)).Length.ShouldBe(1);
        else await Should.ThrowAsync<DeliveryException>(async () => await gate.FindAsync(Endpoint(endpoint), default));
    }

    /// <summary>The name had another address when the topic was made, and has another one with each look.</summary>
    [Fact]
    public async Task A_webhook_is_connected_to_where_its_name_leads_when_it_was_judged()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var looks = 0;
        var gate = new EndpointGate(EndpointList.Parse(["*"]).List!, (_, _) => Task.FromResult(new[] { IPAddress.Parse(Interlocked.Increment(ref looks) == 1 ? "169.254.169.254" : "127.0.0.1") }));
        await using var rebound = new WebhookSender(Endpoint($"http://rebound.example.com:{port}/"), Patience, gate);
        for (var n = 0; n < 2; n++) await Should.ThrowAsync<DeliveryException>(async () => await rebound.SendAsync("{}"u8.ToArray(), "id", default));
        looks.ShouldBe(2);
        listener.Pending().ShouldBeFalse();

        await using var own = new WebhookSender(Endpoint($"http://localhost:{port}/"), Patience, gate);
        var sending = own.SendAsync("{}"u8.ToArray(), "id", default).AsTask();
        using (var client = await listener.AcceptTcpClientAsync())
        {
            await client.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
            await sending.WaitAsync(Patience);
        }
        looks.ShouldBe(3);
    }

    [Fact]
    public async Task A_broker_is_bound_by_the_same()
    {
        await using var sender = new AmqpSender(Endpoint("amqp://broker.example.com/"), "key", Patience, Gate("amqp://broker.example.com", "169.254.169.254"));
        (await Should.ThrowAsync<DeliveryException>(async () => await sender.SendAsync("{}"u8.ToArray(), "id", default))).Message.ShouldContain("no address");
    }

    private static EndpointGate Gate(string entry, params string[] addresses) =>
        new(EndpointList.Parse([entry]).List!, (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));

    private static EventEndpoint Endpoint(string address) => new(new Uri(address));
}
