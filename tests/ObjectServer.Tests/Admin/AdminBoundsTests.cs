using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Server.Admin;
using ObjectStore.Client.Admin;
using ObjectStore.Server.S3;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>Operators are few: what would be many at once is turned away.</summary>
public sealed class AdminBoundsTests
{
    [Fact]
    public async Task Calls_beyond_the_bound_are_told_to_come_back_and_the_room_is_given_back()
    {
        var status = new NestingStatus();
        var api = new AdminApi(null!, null!, null!, "", status, NullLogger<AdminApi>.Instance);
        api.TryRoute("GET", AdminApi.Prefix + "info", S3Query.Empty, out var route, out _).ShouldBeTrue();
        var credential = new Credential("key", "secret", Principal.Anonymous);
        status.Again = () => api.ExecuteAsync(new AdminContext(route!, credential, null, default), CancellationToken.None);

        (await status.Again()).Status.ShouldBe(200);
        status.Depth.ShouldBe(AdminApi.MaxConcurrent);
        status.Innermost.ShouldBe(429);
        status.Depth = 0;
        (await status.Again()).Status.ShouldBe(200);
        status.Depth.ShouldBe(AdminApi.MaxConcurrent, "all of the first had ended");
    }

    /// <summary>Each call makes another before it ends, so that all are at work at once.</summary>
    private sealed class NestingStatus : IServerStatus
    {
        public Func<ValueTask<AdminAnswer>> Again { get; set; } = null!;

        public int Depth { get; set; }

        public int Innermost { get; private set; }

        public HealthDocument Health => new(true, "ready");

        public ServerDocument Read()
        {
            Depth++;
            var inner = Again().AsTask();
            inner.IsCompletedSuccessfully.ShouldBeTrue("nothing waits here");
            if (Depth == AdminApi.MaxConcurrent && Innermost == 0) Innermost = inner.Result.Status;
            return new ServerDocument
            {
                Version = "0", StartedAt = default, UptimeSeconds = 0, Region = "r", Health = Health, Store = new StoreDocument { Scheme = new SchemeDocument(1, 0), Drives = [] },
            };
        }
    }
}
