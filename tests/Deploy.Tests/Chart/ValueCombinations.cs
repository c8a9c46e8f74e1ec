using System.Text.Json.Nodes;

namespace ObjectStore.Deploy.Tests.Chart;

/// <summary>Values that people set, alone and together; every invariant holds for each.</summary>
internal static class ValueCombinations
{
    private static readonly (string Name, string Values)[] Parts =
    [
        ("tls of a secret", """{"tls":{"enabled":true,"existingSecret":"my-tls"}}"""),
        ("tls of cert-manager", """{"tls":{"enabled":true,"certManager":{"enabled":true,"issuer":{"name":"ca","kind":"ClusterIssuer"}}},"domains":["s3.example.com"]}"""),
        ("public certificate", """{"tls":{"enabled":true,"existingSecret":"my-tls","caKey":""}}"""),
        ("ingress", """{"ingress":{"enabled":true,"className":"nginx","hosts":["s3.example.com","*.s3.example.com"],"annotations":{"a/b":"0"},"tls":[{"secretName":"edge","hosts":["s3.example.com"]}]}}"""),
        ("own credentials", """{"rootCredentials":{"existingSecret":"root","userKey":"u","passwordKey":"p.w"}}"""),
        ("encryption keys", """{"kms":{"existingSecret":"keys"}}"""),
        ("load balancer", """{"service":{"type":"LoadBalancer","port":443,"nodePort":30900,"externalTrafficPolicy":"Local","loadBalancerSourceRanges":["10.0.0.0/8"]}}"""),
        ("many drives", """{"drives":{"count":16,"parity":4,"size":"4Ti","storageClassName":"local","accessMode":"ReadWriteOncePod","annotations":{"a":"b"},"selector":{"matchLabels":{"disk":"ssd"}}}}"""),
        ("one drive", """{"drives":{"count":1,"parity":0,"storageClassName":"-"}}"""),
        ("closed network", """{"networkPolicy":{"restrictEgress":true,"allowFrom":[{"namespaceSelector":{}}],"extraEgress":[{"ports":[{"port":443}]}]}}"""),
        ("open network", """{"networkPolicy":{"enabled":false}}"""),
        ("metrics", """{"metrics":{"serviceMonitor":{"enabled":true,"labels":{"release":"prometheus"}},"prometheusRule":{"enabled":true},"dashboard":{"enabled":true}},"cosi":{"podMonitor":{"enabled":true}}}"""),
        ("scheduling", """{"nodeSelector":{"disk":"yes"},"tolerations":[{"operator":"Exists"}],"priorityClassName":"high","topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname","whenUnsatisfiable":"DoNotSchedule"}],"affinity":{"nodeAffinity":{}},"podLabels":{"x":"y"},"podAnnotations":{"x":"y"},"imagePullSecrets":["pull"]}"""),
        ("names", """{"fullnameOverride":"s3","nameOverride":"shop","commonLabels":{"team":"storage"},"serviceAccount":{"create":false,"name":"mine"},"image":{"repository":"registry.example.com/objectstore","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}}"""),
        ("extras", """{"extraArgs":["--drive-deadline","2"],"extraEnv":[{"name":"OBJECTSTORE_IO_MODE","value":"buffered"}],"extraEnvFrom":[{"secretRef":{"name":"more"}}],"podDisruptionBudget":{"maxUnavailable":0}}"""),
        ("v1alpha1", """{"cosi":{"enabled":true}}"""),
        ("v1alpha1 in some namespaces", """{"cosi":{"enabled":true,"secretNamespaces":["shop","blog"],"replicas":2}}"""),
        ("v1alpha2", """{"cosi":{"enabled":true,"apiVersion":"v1alpha2","oidc":{"issuer":"https://kubernetes.default.svc.cluster.local"},"sidecar":{"image":{"repository":"registry.example.com/sidecar","tag":"main"}},"bucketAccessClasses":[{"name":"keys","authenticationType":"Key","multiBucketAccess":"MultipleBuckets"},{"name":"tokens","authenticationType":"ServiceAccount","parameters":{"a":"b"}}]}}"""),
        ("cosi with own keys", """{"cosi":{"enabled":true,"credentials":{"existingSecret":"driver-keys"},"extraArgs":["--stop-grace","10"],"extraEnv":[{"name":"OBJECTSTORE_COSI_CALL_TIMEOUT","value":"60"}]}}"""),
        ("cosi of another server", """{"cosi":{"enabled":true,"server":{"url":"https://s3.example.com","publicUrl":"https://s3.example.com","addressingStyle":"virtual","caSecret":{"name":"corporate"}},"credentials":{"existingSecret":"driver-keys"}}}"""),
        ("classes", """{"cosi":{"enabled":true,"bucketClasses":[{"name":"a","deletionPolicy":"Delete","parameters":{"versioning":"true"}}],"bucketAccessClasses":[{"name":"r","authenticationType":"Key","parameters":{"accessMode":"read-only"}},{"name":"i","authenticationType":"IAM"}],"oidc":{"issuer":"https://kubernetes.default.svc.cluster.local","audience":"objectstore"},"sweep":{"intervalSeconds":0},"rotation":{"before":""}}}"""),
    ];

    public static IReadOnlyList<(string Name, RenderCase Case)> All { get; } = [.. Build()];

    // Each alone and each with each: what breaks, breaks in pairs.
    private static IEnumerable<(string, RenderCase)> Build()
    {
        yield return ("nothing", new RenderCase([]));
        yield return ("another release", new RenderCase([], "objectstore-of-a-team-with-a-name-that-is-long", "default"));
        foreach (var (name, values) in Parts) yield return (name, new RenderCase(Parse(values)));
        for (var first = 0; first < Parts.Length; first++)
        {
            for (var second = first + 1; second < Parts.Length; second++)
            {
                if (Exclude(Parts[first].Name, Parts[second].Name)) continue;
                yield return ($"{Parts[first].Name} + {Parts[second].Name}", new RenderCase(Merge(Parse(Parts[first].Values), Parse(Parts[second].Values))));
            }
        }
    }

    // The classes are of v1alpha1.
    private static bool Exclude(string one, string other) =>
        (one == "v1alpha2" && other == "classes") || (Tls(one) && Tls(other)) || (one.StartsWith("v1alpha1", StringComparison.Ordinal) && other == "v1alpha2") || (one == "v1alpha1 in some namespaces" && other == "v1alpha2");

    private static bool Tls(string name) => name.StartsWith("tls", StringComparison.Ordinal) || name == "public certificate";

    private static JsonObject Parse(string text) => JsonNode.Parse(text)!.AsObject();

    private static JsonObject Merge(JsonObject one, JsonObject other)
    {
        foreach (var (key, value) in other)
        {
            one[key] = one[key] is JsonObject before && value is JsonObject after ? Merge(before, after) : value?.DeepClone();
        }
        return one;
    }
}
