using System.Text.Json.Nodes;

namespace ObjectStore.Deploy.Tests.Chart;

/// <summary>What is wrong is refused before anything is installed, with words that say what.</summary>
public sealed class SchemaTests
{
    [Theory]
    [InlineData("""{"replicas":2}""", "replicas")]
    [InlineData("""{"replica":1}""", "replica")]
    [InlineData("""{"drives":{"count":0}}""", "drives.count")]
    [InlineData("""{"drives":{"count":257}}""", "drives.count")]
    [InlineData("""{"drives":{"sise":"1Gi"}}""", "sise")]
    [InlineData("""{"drives":{"size":"much"}}""", "drives.size")]
    [InlineData("""{"drives":{"accessMode":"ReadWriteMany"}}""", "drives.accessMode")]
    [InlineData("""{"drives":{"retention":{"whenDeleted":"Recycle"}}}""", "whenDeleted")]
    [InlineData("""{"drives":{"count":4,"parity":4}}""", "drives.parity 4 must be less than the drives of a stripe: 4")]
    [InlineData("""{"drives":{"count":1}}""", "drives.parity 2 must be less than the drives of a stripe: 1")]
    [InlineData("""{"region":"eu west"}""", "region")]
    [InlineData("""{"domains":["https://s3.example.com"]}""", "domains.0")]
    [InlineData("""{"logLevel":"verbose"}""", "logLevel")]
    [InlineData("""{"rootCredentials":{"user":"me"}}""", "rootCredentials.user")]
    [InlineData("""{"rootCredentials":{"user":"a=b"}}""", "rootCredentials.user")]
    [InlineData("""{"rootCredentials":{"password":"short"}}""", "rootCredentials.password")]
    [InlineData("""{"tls":{"enabled":true}}""", "tls.enabled needs tls.existingSecret or tls.certManager.enabled")]
    [InlineData("""{"tls":{"enabled":true,"certManager":{"enabled":true}}}""", "tls.certManager.issuer.name")]
    [InlineData("""{"tls":{"enabled":true,"existingSecret":"a","certManager":{"enabled":true,"issuer":{"name":"b"}}}}""", "exclude each other")]
    [InlineData("""{"ingress":{"enabled":true}}""", "ingress.enabled needs ingress.hosts")]
    [InlineData("""{"service":{"type":"ExternalName"}}""", "service.type")]
    [InlineData("""{"service":{"port":"9000"}}""", "service.port")]
    [InlineData("""{"terminationGracePeriodSeconds":10}""", "terminationGracePeriodSeconds")]
    [InlineData("""{"extraEnv":[{"value":"a"}]}""", "extraEnv.0")]
    [InlineData("""{"extraEnv":{"A":"b"}}""", "extraEnv")]
    [InlineData("""{"image":{"digest":"latest"}}""", "image.digest")]
    [InlineData("""{"cosi":{"enabled":true,"apiVersion":"v1beta1"}}""", "cosi.apiVersion")]
    [InlineData("""{"cosi":{"enabled":true,"driverName":"Objects_Store"}}""", "cosi.driverName")]
    [InlineData("""{"cosi":{"enabled":true,"apiVersion":"v1alpha2"}}""", "needs cosi.sidecar.image")]
    [InlineData("""{"cosi":{"enabled":true,"server":{"url":"https://s3.example.com"}}}""", "needs cosi.credentials.existingSecret")]
    [InlineData("""{"cosi":{"enabled":true,"server":{"url":"https://s3.example.com/path"}}}""", "cosi.server.url")]
    [InlineData("""{"cosi":{"enabled":true,"bucketClasses":[{"name":"a"}]}}""", "deletionPolicy")]
    [InlineData("""{"cosi":{"enabled":true,"bucketClasses":[{"name":"a","deletionPolicy":"Delete","parameters":{"quota":5}}]}}""", "parameters.quota")]
    [InlineData("""{"cosi":{"enabled":true,"apiVersion":"v1alpha2","bucketAccessClasses":[{"name":"a","authenticationType":"IAM"}],"sidecar":{"image":{"tag":"main"}}}}""", "IAM in v1alpha1 and ServiceAccount in v1alpha2")]
    [InlineData("""{"cosi":{"enabled":true,"bucketAccessClasses":[{"name":"a","authenticationType":"ServiceAccount"}]}}""", "IAM in v1alpha1 and ServiceAccount in v1alpha2")]
    [InlineData("""{"cosi":{"enabled":true,"bucketAccessClasses":[{"name":"a","authenticationType":"Key","multiBucketAccess":"MultipleBuckets"}]}}""", "are of v1alpha2")]
    [InlineData("""{"cosi":{"enabled":true,"oidc":{"issuer":"http://kubernetes"}}}""", "cosi.oidc.issuer")]
    [InlineData("""{"cosi":{"enabled":true,"serviceAccount":{"create":false}}}""", "cosi.serviceAccount.name")]
    [InlineData("""{"cosi":{"enabled":true,"apiVersion":"v1alpha2","secretNamespaces":["a"],"sidecar":{"image":{"tag":"main"}}}}""", "cosi.secretNamespaces is for v1alpha1")]
    public async Task Values_that_cannot_work_are_refused(string values, string named) =>
        (await ChartRenderer.RenderAsync(values)).Error.ShouldNotBeNull().ShouldContain(named);

    [Fact]
    public async Task Every_value_is_in_the_schema_and_every_object_of_the_schema_is_closed()
    {
        // With a key that nobody knows in any object of the values, the schema refuses them.
        var defaults = (await ChartRenderer.ValuesAsync()).AsObject();
        foreach (var path in Objects(defaults, []).Where(path => !IsFree(path)))
        {
            var values = new JsonObject();
            var at = values;
            foreach (var name in path)
            {
                var inner = new JsonObject();
                at[name] = inner;
                at = inner;
            }
            at["nobodyKnowsThis"] = new JsonArray();
            (await ChartRenderer.RenderAsync(values.ToJsonString())).Error.ShouldNotBeNull($"{string.Join('.', path)} takes what nobody knows");
        }
    }

    [Fact]
    public async Task Every_value_is_said_what_it_is_for_in_the_values_or_beside_its_group()
    {
        var documented = Repository.Read("deploy/helm/objectstore/README.md");
        foreach (var path in Objects((await ChartRenderer.ValuesAsync()).AsObject(), []).Where(path => path.Length == 1)) documented.ShouldContain($"`{path[0]}`");
    }

    private static IEnumerable<string[]> Objects(JsonObject value, string[] path) =>
        value.Where(pair => pair.Value is JsonObject).SelectMany(pair => Objects(pair.Value!.AsObject(), [.. path, pair.Key])).Prepend(path);

    // Passed on to Kubernetes, which knows what may stand there.
    private static bool IsFree(string[] path) => path.Length > 0
        && (path[^1] is "affinity" or "requests" or "limits" or "podSecurityContext" or "containerSecurityContext" or "selector" or "tlsConfig" or "drop" or "capabilities" or "seccompProfile"
            || (path[0] is "podSecurityContext" or "containerSecurityContext"));
}
