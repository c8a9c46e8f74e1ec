using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Fixture.Wire;

namespace ObjectStore.Cosi.Tests.Rpc;

public sealed class ServingTests
{
    [Theory]
    [InlineData("")]
    [InlineData("cosi.v1alpha1.Identity")]
    [InlineData("cosi.v1alpha1.Provisioner")]
    [InlineData("sigs.k8s.io.cosi.v1alpha2.Identity")]
    [InlineData("sigs.k8s.io.cosi.v1alpha2.Provisioner")]
    public async Task Health_is_told_of_the_driver_and_of_each_service(string service)
    {
        await using var driver = await RecordingDriver.StartAsync();
        (await driver.Client.CallAsync("grpc.health.v1.Health/Check", Text(1, service))).Message.ShouldBe(Number(1, 1));
    }

    [Fact]
    public async Task A_call_that_no_version_has_is_unimplemented()
    {
        await using var driver = await RecordingDriver.StartAsync();
        (await driver.Client.CallAsync("cosi.v1alpha1.Provisioner/DriverGetBucket", [])).Code.ShouldBe(GrpcStatusCode.Unimplemented);
    }

    [Fact]
    public async Task Metrics_count_calls_by_method_and_status_and_never_by_what_a_client_makes_up()
    {
        await using var driver = await RecordingDriver.StartAsync();
        await driver.Client.CallAsync("cosi.v1alpha1.Provisioner/DriverCreateBucket", Text(1, "a"));
        await driver.Client.CallAsync("cosi.v1alpha1.Provisioner/DriverCreateBucket", []);
        await driver.Client.CallAsync("made.up/Method", []);
        using var http = new HttpClient();
        var text = await http.GetStringAsync(driver.Driver.MetricsAddress + "/metrics");
        text.ShouldContain("objectstore_cosi_calls_total{method=\"cosi.v1alpha1.Provisioner/DriverCreateBucket\",code=\"Ok\"} 1\n");
        text.ShouldContain("objectstore_cosi_calls_total{method=\"cosi.v1alpha1.Provisioner/DriverCreateBucket\",code=\"InvalidArgument\"} 1\n");
        text.ShouldContain("objectstore_cosi_calls_total{method=\"unknown\",code=\"Unimplemented\"} 1\n");
        text.ShouldContain("objectstore_cosi_call_seconds_count{method=\"cosi.v1alpha1.Provisioner/DriverCreateBucket\"} 2\n");
        text.ShouldNotContain("made.up");
        (await http.GetStringAsync(driver.Driver.MetricsAddress + "/healthz")).ShouldBe("ok\n");
        ((int)(await http.GetAsync(driver.Driver.MetricsAddress + "/other")).StatusCode).ShouldBe(404);
        ((int)(await http.PostAsync(driver.Driver.MetricsAddress + "/metrics", null)).StatusCode).ShouldBe(405);
    }

    [Fact]
    public async Task A_stop_lets_calls_under_way_end()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var driver = await RecordingDriver.StartAsync();
        driver.Meanwhile = async ct =>
        {
            began.SetResult();
            await release.Task.WaitAsync(ct);
        };
        var call = driver.Client.CallAsync("cosi.v1alpha1.Provisioner/DriverCreateBucket", Text(1, "a"));
        await began.Task.WaitAsync(TimeSpan.FromSeconds(60));
        var stop = driver.Driver.DisposeAsync().AsTask();
        stop.IsCompleted.ShouldBeFalse();
        release.SetResult();
        (await call).Code.ShouldBe(GrpcStatusCode.Ok);
        await stop.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
