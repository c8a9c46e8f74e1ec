using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ObjectStore.Client;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Parameters;
using ObjectStore.Cosi.Rpc;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Composition;

/// <summary><c>objectstore-cosi rotate ACCOUNT [GRACE]</c>: a new key for one access, now. Takes the driver's settings.</summary>
internal static class RotateCommand
{
    public const string Verb = "rotate";
    public const string Usage = "objectstore-cosi rotate ACCOUNT [GRACE] [options]: a new key for the access, now; the one before ends after GRACE (default 1h).\n"
        + "In a cluster the secrets of the BucketAccess get the key; elsewhere it is written to the standard output, as JSON.\n";

    private static readonly TimeSpan DefaultGrace = TimeSpan.FromHours(1);

    /// <summary>Splits what is the command's own from the driver's options.</summary>
    /// <returns>Null if it is wrong.</returns>
    public static (string Account, TimeSpan Grace, string[] Options)? Read(string[] arguments)
    {
        var own = arguments.Skip(1).TakeWhile(argument => !argument.StartsWith('-')).ToArray();
        var grace = DefaultGrace;
        if (own.Length is < 1 or > 2 || (own.Length == 2 && (!Quantity.TryParseDuration(own[1], out grace) || grace > AccountKeys.LongestGrace))) return null;
        return (own[0], grace, arguments[(1 + own.Length)..]);
    }

    /// <returns>0 if the key is made and stands where it should, else 1.</returns>
    public static async Task<int> RunAsync(
        string account, TimeSpan grace, DriverOptions options, Func<string, string?> environment, ILogger logger, TextWriter output, TextWriter error, TimeProvider time, CancellationToken ct)
    {
        var metrics = new CosiMetrics(logger);
        var pod = KubernetesOptions.OfPod(environment);
        using var kubernetes = pod is null ? null : new KubernetesClient(pod);
        using var parts = DriverParts.Create(options, kubernetes, pod?.ClusterId, KillAfterSteps.Wrap(environment(KillAfterSteps.Variable), metrics), metrics, logger, time, Random.Shared);
        try
        {
            var rotated = await parts.Rotation.RotateAsync(AccessNaming.IdOf(account), grace, ct);
            if (!rotated.IsOk)
            {
                await error.WriteLineAsync($"objectstore-cosi: {rotated.Refusal!.Message}");
                return 1;
            }
            await output.WriteLineAsync(Describe(account, rotated.Value));
            return 0;
        }
        catch (ClientException fault)
        {
            await error.WriteLineAsync($"objectstore-cosi: {ServerFaults.Of(fault).Message}");
        }
        catch (IOException fault)
        {
            await error.WriteLineAsync($"objectstore-cosi: {fault.Message} If the key was made before, it is not used: rotate again when the cause is gone, before the grace time ends.");
        }
        return 1;
    }

    /// <summary>The secret key only where nothing else tells it.</summary>
    private static string Describe(string account, RotatedKey rotated)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("account", account);
            json.WriteString("accessKeyId", rotated.Key.AccessKeyId);
            if (rotated.Secrets.Count == 0) json.WriteString("secretAccessKey", rotated.Key.SecretAccessKey);
            json.WriteNumber("generation", rotated.Key.Generation ?? 0);
            if (rotated.Key.ExpiresAt is { } end) json.WriteString("expiresAt", end);
            json.WriteStartArray("secrets");
            foreach (var secret in rotated.Secrets) json.WriteStringValue(secret);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
