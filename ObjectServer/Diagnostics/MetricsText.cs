using System.Buffers;
using System.Globalization;
using System.Text;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Something that has numbers to show at /-/metrics.</summary>
internal interface IMetricsSource
{
    void Write(MetricsText text);
}

/// <summary>Writes the text exposition format of Prometheus, version 0.0.4. Names and labels must be plain words.</summary>
internal sealed class MetricsText(IBufferWriter<byte> output)
{
    /// <summary>Begins a family; its samples follow.</summary>
    /// <param name="type">"counter" or "gauge".</param>
    public void Family(string name, string type, string help) => Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    public void Sample(string name, double value) => Append(string.Create(CultureInfo.InvariantCulture, $"{name} {value:R}\n"));

    /// <param name="labels">As they stand between the braces: <c>operation="GetObject"</c>.</param>
    public void Sample(string name, string labels, double value) => Append(string.Create(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value:R}\n"));

    private void Append(string text) => Encoding.UTF8.GetBytes(text, output);
}
