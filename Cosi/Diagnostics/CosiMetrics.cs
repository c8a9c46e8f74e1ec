using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using ObjectStore.Cosi.Steps;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Diagnostics;

/// <summary>Counts and times of calls and steps, logged and shown in the text format of Prometheus, version 0.0.4.</summary>
internal sealed class CosiMetrics(ILogger logger) : IGrpcObserver, IStepObserver, IIncidentObserver
{
    // From what a look-up takes to what emptying a bucket may.
    private static readonly double[] BoundsSeconds = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300];

    private readonly ConcurrentDictionary<(string Method, string Code), Counter> _calls = new();
    private readonly ConcurrentDictionary<string, Histogram> _durations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Call, string Step), Counter> _steps = new();
    private readonly ConcurrentDictionary<string, Counter> _events = new(StringComparer.Ordinal);

    /// <summary>Counts something of its own, such as accounts that were swept.</summary>
    /// <param name="name">A plain word; it becomes a label.</param>
    public void Count(string name) => _events.GetOrAdd(name, _ => new Counter()).Add();

    public void Happened(string name, string message)
    {
        Count(name);
        CosiLog.Happened(logger, name, message);
    }

    public void CallEnded(string method, GrpcStatusCode code, string message, TimeSpan elapsed, Exception? fault)
    {
        var name = method.Length == 0 ? "unknown" : method;
        var text = code.ToString();
        _calls.GetOrAdd((name, text), _ => new Counter()).Add();
        _durations.GetOrAdd(name, _ => new Histogram(BoundsSeconds.Length)).Add(elapsed.TotalSeconds, BoundsSeconds);
        if (fault is not null) CosiLog.CallFailed(logger, fault, name, text, elapsed.TotalMilliseconds);
        else if (code == GrpcStatusCode.Ok) CosiLog.CallEnded(logger, name, text, elapsed.TotalMilliseconds);
        else CosiLog.CallRefused(logger, name, text, elapsed.TotalMilliseconds, message);
    }

    public void Done(string call, string step)
    {
        _steps.GetOrAdd((call, step), _ => new Counter()).Add();
        CosiLog.StepDone(logger, call, step);
    }

    public string Write()
    {
        var text = new StringBuilder();
        text.Append("# HELP objectstore_cosi_calls_total Calls that have ended, by method and status.\n# TYPE objectstore_cosi_calls_total counter\n");
        foreach (var ((method, code), counter) in _calls.OrderBy(entry => entry.Key)) text.Append($"objectstore_cosi_calls_total{{method=\"{method}\",code=\"{code}\"}} {counter.Value}\n");
        text.Append("# HELP objectstore_cosi_call_seconds How long calls took, by method.\n# TYPE objectstore_cosi_call_seconds histogram\n");
        foreach (var (method, histogram) in _durations.OrderBy(entry => entry.Key, StringComparer.Ordinal)) histogram.Write(text, method);
        text.Append("# HELP objectstore_cosi_steps_total Changes made in the server, by call and step.\n# TYPE objectstore_cosi_steps_total counter\n");
        foreach (var ((call, step), counter) in _steps.OrderBy(entry => entry.Key)) text.Append($"objectstore_cosi_steps_total{{call=\"{call}\",step=\"{step}\"}} {counter.Value}\n");
        text.Append("# HELP objectstore_cosi_events_total Other things that happened, by name.\n# TYPE objectstore_cosi_events_total counter\n");
        foreach (var (name, counter) in _events.OrderBy(entry => entry.Key, StringComparer.Ordinal)) text.Append($"objectstore_cosi_events_total{{event=\"{name}\"}} {counter.Value}\n");
        return text.ToString();
    }

    private sealed class Counter
    {
        private long _value;

        public long Value => Interlocked.Read(ref _value);

        public void Add() => Interlocked.Increment(ref _value);
    }

    private sealed class Histogram(int bounds)
    {
        private readonly Lock _lock = new();
        private readonly long[] _counts = new long[bounds + 1];
        private double _sum;

        public void Add(double value, double[] upTo)
        {
            var index = Array.FindIndex(upTo, bound => value <= bound);
            lock (_lock)
            {
                _counts[index < 0 ? ^1 : index]++;
                _sum += value;
            }
        }

        public void Write(StringBuilder text, string method)
        {
            lock (_lock)
            {
                var total = 0L;
                for (var index = 0; index < _counts.Length; index++)
                {
                    total += _counts[index];
                    var bound = index < BoundsSeconds.Length ? BoundsSeconds[index].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"objectstore_cosi_call_seconds_bucket{{method=\"{method}\",le=\"{bound}\"}} {total}\n");
                }
                text.Append(CultureInfo.InvariantCulture, $"objectstore_cosi_call_seconds_sum{{method=\"{method}\"}} {_sum:R}\n");
                text.Append(CultureInfo.InvariantCulture, $"objectstore_cosi_call_seconds_count{{method=\"{method}\"}} {total}\n");
            }
        }
    }
}
