using System.Text.Json.Nodes;
using Amazon.S3;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

public sealed class ExampleTests
{
    private static readonly string[] Files =
    [
        "v1alpha1/claim.yaml", "v1alpha1/access.yaml", "v1alpha1/classes.yaml", "v1alpha1/pod.yaml",
        "v1alpha2/claim.yaml", "v1alpha2/access.yaml", "v1alpha2/classes.yaml", "v1alpha2/pod.yaml", "v1alpha2/serviceaccount.yaml",
    ];

    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("v1alpha2")]
    [InlineData("v1alpha2 of March 2026")]
    public async Task The_program_of_the_examples_uses_the_secret_as_the_sidecars_write_it(string secret)
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        var endpoint = server.Endpoint.ToString().TrimEnd('/');
        using var s3 = new AmazonS3Client(ServerProcess.AccessKey, ServerProcess.SecretKey,
            new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await s3.PutBucketAsync("bucket-of-a-claim");
        var environment = secret switch
        {
            "v1alpha1" => new Dictionary<string, string> { ["BUCKET_INFO"] = directory["BucketInfo"] },
            "v1alpha2" => new Dictionary<string, string>
            {
                ["COSI_PROTOCOL"] = "S3", ["BUCKET_NAME"] = "bucket-of-a-claim", ["AWS_ENDPOINT_URL"] = endpoint, ["AWS_DEFAULT_REGION"] = "us-east-1",
                ["AWS_S3_ADDRESSING_STYLE"] = "path", ["AWS_ACCESS_KEY_ID"] = ServerProcess.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = ServerProcess.SecretKey,
            },
            _ => new Dictionary<string, string>
            {
                ["COSI_S3_BUCKET_ID"] = "bucket-of-a-claim", ["COSI_S3_ENDPOINT"] = endpoint, ["COSI_S3_REGION"] = "us-east-1",
                ["COSI_S3_ADDRESSING_STYLE"] = "path", ["COSI_S3_ACCESS_KEY_ID"] = ServerProcess.AccessKey, ["COSI_S3_ACCESS_SECRET_KEY"] = ServerProcess.SecretKey,
            },
        };
        if (secret == "v1alpha1") await File.WriteAllTextAsync(directory["BucketInfo"], BucketInfo(endpoint));
        (await Tool.RunAsync("/usr/bin/python3", [Repository.Path("deploy/examples/app.py")], environment)).Succeeded().ShouldBe("Hello from a pod.\n");
    }

    [Fact]
    public async Task Every_example_is_of_the_version_of_its_folder_and_of_the_driver_and_classes_of_the_chart()
    {
        var classes = (await ChartRenderer.RenderAsync("""{"cosi":{"enabled":true}}""")).Manifests.Where(manifest => manifest.Kind is "BucketClass" or "BucketAccessClass")
            .Select(manifest => (manifest.Kind, manifest.Name)).ToHashSet();
        foreach (var file in Files)
        {
            foreach (var manifest in await ReadAsync(file))
            {
                if (!manifest.ApiVersion.StartsWith("objectstorage.k8s.io/", StringComparison.Ordinal)) continue;
                manifest.ApiVersion.ShouldBe($"objectstorage.k8s.io/{file.Split('/')[0]}");
                foreach (var node in manifest.Content.Descendants())
                {
                    if (node["driverName"] is { } driver) ((string)driver!).ShouldBe("objectstore.cosi.dev");
                    if (node["bucketClassName"] is { } bucketClass) classes.ShouldContain(("BucketClass", (string)bucketClass!));
                }
                if (manifest.Kind is "BucketClass" or "BucketAccessClass") classes.Add((manifest.Kind, manifest.Name));
            }
        }
        foreach (var access in (await Task.WhenAll(Files.Select(ReadAsync))).SelectMany(manifests => manifests).Where(manifest => manifest.Kind == "BucketAccess"))
        {
            classes.ShouldContain(("BucketAccessClass", (string)access.Content["spec"]!["bucketAccessClassName"]!));
        }
    }

    [Fact]
    public async Task Pods_of_the_examples_use_the_secrets_that_the_accesses_name_and_the_program_that_is_there()
    {
        foreach (var version in Files.GroupBy(file => file.Split('/')[0]))
        {
            var manifests = (await Task.WhenAll(version.Select(ReadAsync))).SelectMany(read => read).ToArray();
            var secrets = manifests.Where(manifest => manifest.Kind == "BucketAccess").SelectMany(manifest => manifest.Content.Descendants())
                .SelectMany(node => new[] { node["credentialsSecretName"], node["accessSecretName"] }).OfType<JsonNode>().Select(name => (string)name!).ToHashSet();
            secrets.ShouldNotBeEmpty();
            foreach (var job in manifests.Where(manifest => manifest.Kind == "Job"))
            {
                var used = job.Content.Descendants().SelectMany(node => new[] { node["secretRef"]?["name"], node["secret"]?["secretName"] }).OfType<JsonNode>().Select(name => (string)name!).ToArray();
                used.ShouldNotBeEmpty();
                used.ShouldAllBe(name => secrets.Contains(name));
                job.PodSpec!["volumes"].Objects().ShouldContain(volume => volume["configMap"] != null && (string)volume["configMap"]!["name"]! == "cosi-example");
                ((bool)job.PodSpec["securityContext"]!["runAsNonRoot"]!).ShouldBeTrue();
                job.Containers.ShouldAllBe(container => (bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
            }
        }
        var generator = (await ChartRenderer.ReadYamlAsync("deploy/examples/kustomization.yaml")).Single()["configMapGenerator"]![0]!;
        ((string)generator["name"]!).ShouldBe("cosi-example");
        generator["files"].Strings().ShouldBe(["app.py"]);
    }

    private static string BucketInfo(string endpoint) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "bc-0123", ["creationTimestamp"] = null },
        ["spec"] = new JsonObject
        {
            ["bucketName"] = "bucket-of-a-claim", ["authenticationType"] = "Key",
            ["secretS3"] = new JsonObject { ["endpoint"] = endpoint, ["region"] = "us-east-1", ["accessKeyID"] = ServerProcess.AccessKey, ["accessSecretKey"] = ServerProcess.SecretKey },
            ["secretAzure"] = null, ["protocols"] = new JsonArray("S3"),
        },
    }.ToJsonString();

    private static async Task<IReadOnlyList<Manifest>> ReadAsync(string file) =>
        [.. (await ChartRenderer.ReadYamlAsync($"deploy/examples/{file}")).Select(content => new Manifest(file, content))];
}
