using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using ObjectStore.Cosi.Parameters;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Configuration;

/// <summary>Makes options of settings, or says everything that is wrong with them.</summary>
internal sealed partial class OptionsReader
{
    /// <summary>Source: COSI, DriverGetInfo.</summary>
    private const int MaxDriverNameLength = 63;

    private static readonly TimeSpan LongestRotateBefore = TimeSpan.FromDays(30);

    private readonly IReadOnlyDictionary<Setting, string> _values;
    private readonly Func<string, string> _readFile;
    private readonly List<string> _problems = [];

    private OptionsReader(IReadOnlyDictionary<Setting, string> values, Func<string, string> readFile) => (_values, _readFile) = (values, readFile);

    /// <returns>Null options if there are problems.</returns>
    public static (DriverOptions? Options, IReadOnlyList<string> Problems) Read(IReadOnlyDictionary<Setting, string> values, Func<string, string> readFile)
    {
        var reader = new OptionsReader(values, readFile);
        var options = reader.Read();
        return (reader._problems.Count == 0 ? options : null, reader._problems);
    }

    private DriverOptions Read()
    {
        var server = ReadUrl(Setting.Server, Text(Setting.Server)) ?? new Uri("http://127.0.0.1/");
        if (Text(Setting.Server) is null) _problems.Add("The server is not named: set --server or OBJECTSTORE_SERVER.");
        return new DriverOptions
        {
            DriverName = ReadDriverName(),
            Endpoint = ReadEndpoint(),
            Server = server,
            AccessKey = ReadKey(Setting.AccessKey, Setting.AccessKeyFile),
            SecretKey = new Secret(ReadKey(Setting.SecretKey, Setting.SecretKeyFile)),
            CaFile = Text(Setting.CaFile),
            Region = Text(Setting.Region) ?? "us-east-1",
            S3Endpoint = (ReadUrl(Setting.S3Endpoint, Text(Setting.S3Endpoint)) ?? server).GetLeftPart(UriPartial.Authority),
            AddressingStyle = ReadOneOf(Setting.AddressingStyle, "path", "virtual") == "virtual" ? AddressingStyle.Virtual : AddressingStyle.Path,
            OidcIssuer = ReadIssuer(),
            OidcAudience = Text(Setting.OidcAudience) ?? DriverOptions.DefaultOidcAudience,
            PermissionsBoundary = ReadBoundary(),
            ClusterId = ReadClusterId(),
            SweepInterval = Text(Setting.SweepInterval) == "0" ? null : ReadSeconds(Setting.SweepInterval, 3600),
            SweepAge = ReadSeconds(Setting.SweepAge, 3600),
            RotateBefore = ReadRotateBefore(),
            MetricsAddress = ReadMetricsAddress(),
            StopGrace = ReadSeconds(Setting.StopGrace, 20),
            CallTimeout = ReadSeconds(Setting.CallTimeout, 300),
            LogLevel = ReadOneOf(Setting.LogLevel, "information", "debug", "warning", "error") switch
            {
                "debug" => LogLevel.Debug,
                "warning" => LogLevel.Warning,
                "error" => LogLevel.Error,
                _ => LogLevel.Information,
            },
            JsonLogs = ReadOneOf(Setting.LogFormat, "text", "json") == "json",
        };
    }

    private string? Text(Setting setting) => _values.GetValueOrDefault(setting);

    private string? ReadBoundary()
    {
        if (Text(Setting.PermissionsBoundary) is not { } arn) return null;
        if (!PolicyArns().IsMatch(arn)) _problems.Add($"--{Setting.PermissionsBoundary.Name} {arn}: must be the ARN of a managed policy, such as arn:aws:iam::000000000000:policy/NAME.");
        return arn;
    }

    private string? ReadClusterId()
    {
        if (Text(Setting.ClusterId) is { } id && !ClusterIds().IsMatch(id)) _problems.Add($"--{Setting.ClusterId.Name} {id}: must be 1 to 64 letters, digits and any of '._-'.");
        return Text(Setting.ClusterId);
    }

    private TimeSpan? ReadRotateBefore()
    {
        if (Text(Setting.RotateBefore) is not { } text || text == "0") return null;
        if (Quantity.TryParseDuration(text, out var before) && before >= TimeSpan.FromMinutes(1) && before <= LongestRotateBefore) return before;
        _problems.Add($"--{Setting.RotateBefore.Name} {text}: must be a time from 1m to 30d, as 90m, 24h or 7d, or 0 for never.");
        return null;
    }

    private string ReadDriverName()
    {
        var name = Text(Setting.DriverName) ?? "objectstore.cosi.dev";
        if (name.Length > MaxDriverNameLength || !DriverNames().IsMatch(name))
            _problems.Add($"--driver-name {name}: labels of a-z, 0-9 and hyphens with dots between, each beginning with a letter and not ending with a hyphen, at most {MaxDriverNameLength} characters.");
        return name;
    }

    private GrpcAddress ReadEndpoint()
    {
        var text = Text(Setting.Endpoint) ?? "unix:///var/lib/cosi/cosi.sock";
        try
        {
            // The specification's rule; sidecars refuse others.
            if (text.StartsWith("unix://", StringComparison.Ordinal) && text.EndsWith(".sock", StringComparison.Ordinal)) return GrpcAddress.Parse(text);
            _problems.Add($"--endpoint {text}: must begin with unix:// and end with .sock.");
        }
        catch (FormatException e)
        {
            _problems.Add($"--endpoint: {e.Message}");
        }
        return GrpcAddress.Parse("unix:///none.sock");
    }

    private Uri? ReadUrl(Setting setting, string? text)
    {
        if (text is null) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.AbsolutePath == "/" && url.Query == "" && url.UserInfo == "") return url;
        // What is wrong is not repeated: it may have credentials in it.
        _problems.Add($"--{setting.Name}: must be http:// or https:// with a host, perhaps a port, and nothing else.");
        return null;
    }

    private string? ReadIssuer()
    {
        if (Text(Setting.OidcIssuer) is not { } text) return null;
        // An issuer may have a path, and is compared as it is written.
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query == "" && url.Fragment == "" && url.UserInfo == "") return text;
        _problems.Add($"--{Setting.OidcIssuer.Name}: must be https:// with a host, perhaps a port and a path, as in the tokens.");
        return null;
    }

    private string ReadKey(Setting variable, Setting file)
    {
        if (Text(variable) is { } value) return value;
        if (Text(file) is not { } path)
        {
            _problems.Add($"The {(variable == Setting.AccessKey ? "access" : "secret")} key is not given: set {variable.Variable} or {file.Variable}.");
            return "";
        }
        try
        {
            if (_readFile(path).Trim() is { Length: > 0 } text) return text;
            _problems.Add($"--{file.Name} {path}: the file is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"--{file.Name} {path}: cannot be read: {e.Message}");
        }
        return "";
    }

    private IPEndPoint? ReadMetricsAddress()
    {
        if (Text(Setting.MetricsAddress) is not { } text) return null;
        // ":9100" as is usual in Go's programs.
        if (IPEndPoint.TryParse(text.StartsWith(':') ? "0.0.0.0" + text : text, out var address) && text.Contains(':', StringComparison.Ordinal)) return address;
        _problems.Add($"--metrics-address {text}: must be an address and a port, such as 0.0.0.0:9100.");
        return null;
    }

    private TimeSpan ReadSeconds(Setting setting, int preset)
    {
        if (Text(setting) is not { } text) return TimeSpan.FromSeconds(preset);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 86_400) return TimeSpan.FromSeconds(seconds);
        _problems.Add($"--{setting.Name} {text}: must be whole seconds, 1 to 86400.");
        return TimeSpan.FromSeconds(preset);
    }

    /// <summary>The first one is what is meant by nothing.</summary>
    private string ReadOneOf(Setting setting, params ReadOnlySpan<string> values)
    {
        if (Text(setting) is not { } text) return values[0];
        if (values.Contains(text.ToLowerInvariant())) return text.ToLowerInvariant();
        _problems.Add($"--{setting.Name} {text}: must be one of {string.Join(", ", values!)}.");
        return values[0];
    }

    [GeneratedRegex(@"^arn:aws:iam::[a-z0-9]+:policy/[\w+=,.@/-]+\z")]
    private static partial Regex PolicyArns();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex ClusterIds();

    [GeneratedRegex(@"^[a-z]([a-z0-9-]*[a-z0-9])?(\.[a-z]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex DriverNames();
}
