using System.Globalization;
using System.Text.Json.Nodes;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests.Chart;

/// <summary>What the chart says to the programs is what they understand: asked of the real ones.</summary>
public sealed class ServerContractTests
{
    [Fact]
    public async Task Variables_and_options_of_every_combination_are_known_to_the_programs()
    {
        var renderings = await ChartRenderer.RenderAsync([.. ValueCombinations.All.Select(one => one.Case)]);
        foreach (var container in renderings.SelectMany(rendering => rendering.Manifests).SelectMany(manifest => manifest.Containers))
        {
            if ((string)container["name"]! is not ("server" or "driver")) continue;
            var known = await ((string)container["name"]! == "server" ? KnownOptions.OfServerAsync() : KnownOptions.OfCosiAsync());
            foreach (var variable in container["env"].Objects()) known.Variables.ShouldContain((string)variable["name"]!);
            foreach (var option in container["args"].Strings().Where(argument => argument.StartsWith("--", StringComparison.Ordinal))) known.Options.ShouldContain(option.Split('=')[0]);
        }
    }

    [Theory]
    [InlineData("{}", 6)]
    [InlineData("""{"drives":{"count":1,"parity":0}}""", 1)]
    [InlineData("""{"drives":{"count":12,"parity":3}}""", 12)]
    public async Task Drives_are_where_the_server_is_told(string values, int count)
    {
        var server = ServerOf(await ChartRenderer.RenderAsync(values));
        Variable(server, "OBJECTSTORE_DRIVES").ShouldBe($"/drives/{{1...{count}}}");
        server["volumeMounts"].Objects().Select(mount => (string)mount["mountPath"]!).Where(path => path.StartsWith("/drives", StringComparison.Ordinal))
            .ShouldBe(Enumerable.Range(1, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"/drives/{number}")));
    }

    [Fact]
    public async Task The_server_runs_as_the_chart_starts_it_and_its_probes_answer()
    {
        using var directory = new TemporaryDirectory();
        var keys = directory["keys.json"];
        var rendering = await ChartRenderer.RenderAsync("""{"domains":["s3.example.com"],"kms":{"existingSecret":"keys"},"extraArgs":["--drive-deadline","30"]}""");
        var server = ServerOf(rendering);
        var environment = server["env"].Objects().Where(variable => variable.ContainsKey("value")).ToDictionary(variable => (string)variable["name"]!, variable => (string)variable["value"]!);
        environment["OBJECTSTORE_KMS_KEY_FILE"].ShouldBe("/keys/keys.json");
        environment["OBJECTSTORE_KMS_KEY_FILE"] = keys;
        await using var process = await ServerProcess.StartAsync(directory.Path, arguments: [.. server["args"].Strings().Skip(1)], environment: environment);
        using var http = new HttpClient { BaseAddress = process.Endpoint };
        string[] probes = ["startupProbe", "livenessProbe", "readinessProbe"];
        foreach (var path in probes.Select(probe => (string)server[probe]!["httpGet"]!["path"]!))
        {
            using var answer = await http.GetAsync(path);
            answer.IsSuccessStatusCode.ShouldBeTrue(path);
        }
        // The probes of a server that serves virtual hosts come by the pod's address.
        File.Exists(keys).ShouldBeTrue();
    }

    [Fact]
    public async Task The_ports_that_are_listened_on_are_those_of_the_containers()
    {
        var rendering = await ChartRenderer.RenderAsync("""{"cosi":{"enabled":true}}""");
        var server = ServerOf(rendering);
        Variable(server, "OBJECTSTORE_ADDRESS").ShouldBe($":{(int)server["ports"]![0]!["containerPort"]!}");
        var driver = rendering.OfKind("Deployment").Single().Containers.Single(container => (string)container["name"]! == "driver");
        Variable(driver, "OBJECTSTORE_COSI_METRICS_ADDRESS").ShouldBe($"0.0.0.0:{(int)driver["ports"]![0]!["containerPort"]!}");
    }

    [Fact]
    public async Task Driver_and_sidecar_meet_at_one_socket_in_a_directory_that_they_share_alone()
    {
        foreach (var values in new[] { """{"cosi":{"enabled":true}}""", """{"cosi":{"enabled":true,"apiVersion":"v1alpha2","sidecar":{"image":{"tag":"main"}}}}""" })
        {
            var deployment = (await ChartRenderer.RenderAsync(values)).OfKind("Deployment").Single();
            var containers = deployment.Containers.ToDictionary(container => (string)container["name"]!);
            var socket = Variable(containers["driver"], "COSI_ENDPOINT");
            socket.ShouldBe("unix:///var/lib/cosi/cosi.sock");
            (containers["sidecar"]["args"].Strings().Contains($"--driver-addr={socket}") || Variable(containers["sidecar"], "COSI_ENDPOINT") == socket).ShouldBeTrue();
            foreach (var (name, container) in containers)
            {
                container["volumeMounts"].Objects().Any(mount => (string)mount["name"]! == "socket" && (string)mount["mountPath"]! == "/var/lib/cosi").ShouldBe(name is "driver" or "sidecar");
            }
        }
    }

    [Fact]
    public async Task With_TLS_everything_that_connects_does_so_by_https_to_a_name_of_the_certificate()
    {
        var rendering = await ChartRenderer.RenderAsync(
            """{"tls":{"enabled":true,"certManager":{"enabled":true,"issuer":{"name":"ca"}}},"cosi":{"enabled":true},"metrics":{"serviceMonitor":{"enabled":true}}}""");
        var names = rendering.OfKind("Certificate").Single().Content["spec"]!["dnsNames"].Strings().ToArray();
        var deployment = rendering.OfKind("Deployment").Single();
        foreach (var endpoint in deployment.Containers.SelectMany(container => container["env"].Objects())
                     .Where(variable => (string)variable["name"]! is "OBJECTSTORE_SERVER" or "OBJECTSTORE_ENDPOINT").Select(variable => new Uri((string)variable["value"]!)))
        {
            endpoint.Scheme.ShouldBe("https");
            names.ShouldContain(endpoint.Host);
        }
        foreach (var probe in ServerOf(rendering).Where(pair => pair.Key.EndsWith("Probe", StringComparison.Ordinal))) ((string)probe.Value!["httpGet"]!["scheme"]!).ShouldBe("HTTPS");
        var monitor = rendering.OfKind("ServiceMonitor").Single().Content["spec"]!["endpoints"]![0]!;
        ((string)monitor["scheme"]!).ShouldBe("https");
        names.ShouldContain((string)monitor["tlsConfig"]!["serverName"]!);
        ServerOf(rendering)["env"].Objects().Select(variable => (string)variable["name"]!).ShouldContain("OBJECTSTORE_TLS_CERTIFICATE");
    }

    [Fact]
    public async Task A_stop_is_given_the_time_that_the_server_takes_for_it() =>
        ((int)(await ChartRenderer.RenderAsync("{}")).OfKind("StatefulSet").Single().PodSpec!["terminationGracePeriodSeconds"]!).ShouldBeGreaterThan(25 + 20);

    [Fact]
    public async Task A_password_is_made_where_none_is_given_and_nothing_is_made_where_a_secret_is()
    {
        var made = (await ChartRenderer.RenderAsync("{}"))["Secret", "store-objectstore-root"].Content["data"].Map();
        Convert.FromBase64String(made["root-password"]).Length.ShouldBe(40);
        var again = (await ChartRenderer.RenderAsync("{}"))["Secret", "store-objectstore-root"].Content["data"].Map();
        again["root-password"].ShouldNotBe(made["root-password"]);
        (await ChartRenderer.RenderAsync("""{"rootCredentials":{"existingSecret":"mine"}}""")).OfKind("Secret").ShouldBeEmpty();
    }

    [Fact]
    public async Task Notes_name_the_endpoint_and_hold_no_password()
    {
        var rendering = await ChartRenderer.RenderAsync("""{"rootCredentials":{"password":"correct horse"},"ingress":{"enabled":true,"hosts":["s3.example.com"],"tls":[{"secretName":"a","hosts":["s3.example.com"]}]}}""");
        rendering.Notes.ShouldContain("http://store-objectstore.objects.svc.cluster.local:9000");
        rendering.Notes.ShouldContain("https://s3.example.com");
        rendering.Notes.ShouldNotContain("correct horse");
    }

    private static JsonObject ServerOf(Rendering rendering) => rendering.OfKind("StatefulSet").Single().Containers.Single(container => (string)container["name"]! == "server");

    private static string? Variable(JsonObject container, string name) => (string?)container["env"].Objects().SingleOrDefault(variable => (string)variable["name"]! == name)?["value"];
}
