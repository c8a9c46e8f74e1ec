using System.Text.Json.Nodes;

namespace ObjectStore.Deploy.Tests.Chart;

/// <summary>What holds for every manifest, whatever the values are.</summary>
public sealed class ChartInvariantTests
{
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];
    private static readonly Lazy<Task<IReadOnlyList<Rendering>>> Rendered = new(() => ChartRenderer.RenderAsync([.. ValueCombinations.All.Select(one => one.Case)]));

    [Fact]
    public Task Every_combination_of_values_renders() => ForEachAsync((_, rendering) => rendering.Error.ShouldBeNull());

    [Fact]
    public Task Every_object_has_a_namespace_or_is_of_the_cluster_and_a_name_that_is_allowed() => ForEachManifestAsync((one, _, manifest) =>
    {
        manifest.Name.ShouldMatch("^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$");
        if (manifest.Kind is "ClusterRole" or "ClusterRoleBinding" or "BucketClass" or "BucketAccessClass") manifest.Namespace.ShouldBeNull();
        else if (!one.Name.Contains("some namespaces", StringComparison.Ordinal)) manifest.Namespace.ShouldBe(one.Case.Namespace);
        manifest.Content["metadata"]!["labels"].Map()["app.kubernetes.io/instance"].ShouldBe(one.Case.Release);
    });

    [Fact]
    public Task No_object_is_there_twice() => ForEachAsync((_, rendering) =>
        rendering.Manifests.GroupBy(manifest => (manifest.Kind, manifest.Namespace, manifest.Name)).Where(group => group.Count() > 1).ShouldBeEmpty());

    [Fact]
    public Task Every_container_is_confined() => ForEachManifestAsync((_, _, manifest) =>
    {
        if (manifest.PodSpec is not { } pod) return;
        ((bool)pod["securityContext"]!["runAsNonRoot"]!).ShouldBeTrue();
        ((int)pod["securityContext"]!["runAsUser"]!).ShouldBeGreaterThan(0);
        ((int)pod["securityContext"]!["fsGroup"]!).ShouldBeGreaterThan(0);
        ((string)pod["securityContext"]!["seccompProfile"]!["type"]!).ShouldBe("RuntimeDefault");
        ((bool)pod["automountServiceAccountToken"]!).ShouldBeFalse();
        ((bool)pod["enableServiceLinks"]!).ShouldBeFalse();
        foreach (var forbidden in new[] { "hostNetwork", "hostPID", "hostIPC" }) pod[forbidden].ShouldBeNull();
        pod["volumes"].Objects().ShouldAllBe(volume => volume["hostPath"] == null);
        foreach (var container in manifest.Containers)
        {
            var context = container["securityContext"]!;
            ((bool)context["allowPrivilegeEscalation"]!).ShouldBeFalse();
            ((bool)context["readOnlyRootFilesystem"]!).ShouldBeTrue();
            context["capabilities"]!["drop"].Strings().ShouldBe(["ALL"]);
            context["capabilities"]!["add"].ShouldBeNull();
            context["privileged"].ShouldBeNull();
            container["resources"]!["requests"]!["memory"].ShouldNotBeNull();
            container["resources"]!["limits"]!["memory"].ShouldNotBeNull();
            container["ports"].Objects().ShouldAllBe(port => port["hostPort"] == null);
        }
    });

    [Fact]
    public Task Every_selector_selects_pods_of_the_chart() => ForEachAsync((_, rendering) =>
    {
        var pods = rendering.Manifests.Where(manifest => manifest.PodTemplate is not null).Select(manifest => manifest.PodTemplate!["metadata"]!["labels"].Map()).ToArray();
        foreach (var manifest in rendering.Manifests)
        {
            foreach (var selector in SelectorsOfPods(manifest))
            {
                pods.Count(labels => labels.Contains(selector)).ShouldBe(1, $"{manifest} selects {string.Join(',', selector)}");
            }
        }
    });

    [Fact]
    public Task A_workload_selects_its_own_pods_by_labels_that_a_new_version_does_not_change() => ForEachManifestAsync((_, _, manifest) =>
    {
        if (manifest.PodTemplate is null) return;
        var selector = manifest.Content["spec"]!["selector"]!["matchLabels"].Map();
        manifest.PodTemplate["metadata"]!["labels"].Map().Contains(selector).ShouldBeTrue();
        selector.Keys.ShouldBe(["app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name"], ignoreOrder: true);
    });

    [Fact]
    public Task Ports_are_called_by_names_that_containers_have() => ForEachAsync((_, rendering) =>
    {
        foreach (var manifest in rendering.Manifests)
        {
            foreach (var container in manifest.Containers)
            {
                var own = container["ports"].Objects().Select(port => (string)port["name"]!).ToArray();
                foreach (var probe in Probes.Where(container.ContainsKey)) own.ShouldContain((string)container[probe]!["httpGet"]!["port"]!);
            }
        }
        var ports = rendering.Manifests.SelectMany(manifest => manifest.Containers).SelectMany(container => container["ports"].Objects()).Select(port => (string)port["name"]!).ToHashSet();
        foreach (var port in rendering.OfKind("Service").SelectMany(service => service.Content["spec"]!["ports"].Objects())) ports.ShouldContain((string)port["targetPort"]!);
        foreach (var manifest in rendering.Manifests.Where(manifest => manifest.Kind is "ServiceMonitor" or "PodMonitor"))
        {
            foreach (var endpoint in (manifest.Content["spec"]!["endpoints"] ?? manifest.Content["spec"]!["podMetricsEndpoints"]).Objects()) ports.ShouldContain((string)endpoint["port"]!);
        }
    });

    [Fact]
    public Task An_ingress_leads_to_a_port_of_a_service_that_is_there() => ForEachAsync((_, rendering) =>
    {
        foreach (var backend in rendering.OfKind("Ingress").SelectMany(ingress => ingress.Content.Descendants()).Where(node => node.ContainsKey("pathType")).Select(path => path["backend"]!["service"]!))
        {
            rendering["Service", (string)backend["name"]!].Content["spec"]!["ports"].Objects().ShouldContain(port => (string)port["name"]! == (string)backend["port"]!["name"]!);
        }
    });

    [Fact]
    public Task Every_volume_is_mounted_and_every_mount_has_its_volume() => ForEachManifestAsync((_, _, manifest) =>
    {
        if (manifest.PodSpec is not { } pod) return;
        var volumes = pod["volumes"].Objects().Select(volume => (string)volume["name"]!)
            .Concat(manifest.Content["spec"]!["volumeClaimTemplates"].Objects().Select(claim => (string)claim["metadata"]!["name"]!)).ToArray();
        var mounts = manifest.Containers.SelectMany(container => container["volumeMounts"].Objects()).Select(mount => (string)mount["name"]!).Distinct();
        mounts.ShouldBe(volumes, ignoreOrder: true);
        foreach (var container in manifest.Containers) container["volumeMounts"].Objects().Select(mount => (string)mount["mountPath"]!).ShouldBeUnique();
    });

    [Fact]
    public Task Every_secret_and_config_map_is_of_the_chart_or_named_by_the_values() => ForEachAsync((one, rendering) =>
    {
        var own = rendering.Manifests.Where(manifest => manifest.Kind is "Secret" or "ConfigMap").Select(manifest => manifest.Name).ToHashSet();
        foreach (var certificate in rendering.OfKind("Certificate")) own.Add((string)certificate.Content["spec"]!["secretName"]!);
        // Kubernetes puts it into every namespace.
        own.Add("kube-root-ca.crt");
        var given = one.Case.Values.Descendants().SelectMany(node => node).Where(pair => pair.Value is JsonValue value && value.TryGetValue<string>(out _)).Select(pair => (string)pair.Value!).ToHashSet();
        foreach (var name in rendering.Manifests.SelectMany(manifest => manifest.Content.Descendants()).SelectMany(ReferencedNames))
        {
            (own.Contains(name) || given.Contains(name)).ShouldBeTrue($"{name} is neither made nor named");
        }
    });

    [Fact]
    public Task Every_service_account_is_made_or_named_by_the_values() => ForEachAsync((one, rendering) =>
    {
        var own = rendering.OfKind("ServiceAccount").Select(manifest => manifest.Name).ToHashSet();
        foreach (var account in rendering.OfKind("ServiceAccount")) ((bool)account.Content["automountServiceAccountToken"]!).ShouldBeFalse();
        if (one.Case.Values["serviceAccount"]?["name"] is { } given) own.Add((string)given!);
        foreach (var pod in rendering.Manifests.Where(manifest => manifest.PodSpec is not null)) own.ShouldContain((string)pod.PodSpec!["serviceAccountName"]!);
        foreach (var subject in rendering.Manifests.SelectMany(manifest => manifest.Content["subjects"].Objects())) own.ShouldContain((string)subject["name"]!);
    });

    [Fact]
    public Task Every_binding_has_its_role() => ForEachAsync((_, rendering) =>
    {
        foreach (var binding in rendering.Manifests.Where(manifest => manifest.Kind.EndsWith("RoleBinding", StringComparison.Ordinal)))
        {
            var role = binding.Content["roleRef"]!;
            rendering.Manifests.ShouldContain(manifest => manifest.Kind == (string)role["kind"]! && manifest.Name == (string)role["name"]! && manifest.Namespace == binding.Namespace);
        }
    });

    [Fact]
    public Task No_role_allows_everything_of_anything() => ForEachAsync((_, rendering) =>
    {
        foreach (var rule in rendering.Manifests.SelectMany(manifest => manifest.Content["rules"].Objects()))
        {
            rule.SelectMany(part => part.Value.Strings()).ShouldNotContain(text => text.Contains('*', StringComparison.Ordinal));
        }
    });

    [Fact]
    public Task Only_containers_that_ask_kubernetes_get_a_token() => ForEachAsync((_, rendering) =>
    {
        foreach (var container in rendering.Manifests.SelectMany(manifest => manifest.Containers))
        {
            var hasToken = container["volumeMounts"].Objects().Any(mount => ((string)mount["mountPath"]!).Contains("serviceaccount", StringComparison.Ordinal));
            hasToken.ShouldBe((string)container["name"]! is "driver" or "sidecar");
        }
    });

    [Fact]
    public Task Only_the_server_and_the_container_that_makes_a_user_see_the_root_credentials() => ForEachAsync((_, rendering) =>
    {
        foreach (var container in rendering.Manifests.SelectMany(manifest => manifest.Containers).Where(container => (string)container["name"]! is not ("server" or "credentials")))
        {
            container.Descendants().ShouldAllBe(node => !node.ContainsKey("secretKeyRef"));
        }
    });

    private static IEnumerable<IReadOnlyDictionary<string, string>> SelectorsOfPods(Manifest manifest) => manifest.Kind switch
    {
        "Service" => [manifest.Content["spec"]!["selector"].Map()],
        "PodDisruptionBudget" or "PodMonitor" => [manifest.Content["spec"]!["selector"]!["matchLabels"].Map()],
        "NetworkPolicy" => manifest.Content["spec"].Descendants().Select(node => node["podSelector"]?["matchLabels"]).OfType<JsonObject>().Select(selector => selector.Map()),
        "StatefulSet" or "Deployment" => manifest.PodSpec!["topologySpreadConstraints"].Objects().Select(spread => spread["labelSelector"]!["matchLabels"].Map())
            .Append(manifest.Content["spec"]!["selector"]!["matchLabels"].Map()),
        _ => [],
    };

    private static IEnumerable<string> ReferencedNames(JsonObject node)
    {
        if (node["secret"] is JsonObject secret && (secret["secretName"] ?? secret["name"]) is { } name) yield return (string)name!;
        if (node["configMap"] is JsonObject map) yield return (string)map["name"]!;
        foreach (var key in new[] { "secretKeyRef", "configMapKeyRef", "secretRef", "configMapRef" })
        {
            if (node[key] is JsonObject reference) yield return (string)reference["name"]!;
        }
    }

    private static async Task ForEachAsync(Action<(string Name, RenderCase Case), Rendering> check)
    {
        var renderings = await Rendered.Value;
        for (var index = 0; index < renderings.Count; index++)
        {
            try
            {
                check(ValueCombinations.All[index], renderings[index]);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"With the values \"{ValueCombinations.All[index].Name}\": {e.Message}", e);
            }
        }
    }

    private static Task ForEachManifestAsync(Action<(string Name, RenderCase Case), Rendering, Manifest> check) => ForEachAsync((one, rendering) =>
    {
        foreach (var manifest in rendering.Manifests) check(one, rendering, manifest);
    });
}
