using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Diagnostics;

/// <summary>What lifecycle has done and what it has before it.</summary>
internal sealed class LifecycleMetrics(LifecycleRunner lifecycle, BackgroundCensus census) : IMetricsSource
{
    private static readonly (DueOutcome Outcome, string Label)[] Actions =
    [
        (DueOutcome.Expired, "expired"), (DueOutcome.Removed, "removed"), (DueOutcome.MarkerRemoved, "marker_removed"),
        (DueOutcome.Aborted, "aborted"), (DueOutcome.Transitioned, "transitioned"), (DueOutcome.Moving, "moving"), (DueOutcome.HandedOver, "handed_over"), (DueOutcome.RestoreExpired, "restore_expired"), (DueOutcome.Stale, "stale"), (DueOutcome.Postponed, "postponed"),
    ];

    public void Write(MetricsText text)
    {
        text.Family("objectstore_lifecycle_lag_seconds", "gauge", "How far behind its time the oldest row is that is due; 0 if none is.");
        text.Sample("objectstore_lifecycle_lag_seconds", lifecycle.Lag.TotalSeconds);
        if (census.Last is { } counts)
        {
            text.Family("objectstore_lifecycle_backlog", "gauge", $"Rows that are due and not done. Counted up to {BackgroundCensus.MaxCount}.");
            text.Sample("objectstore_lifecycle_backlog", counts.Due);
        }
        text.Family("objectstore_lifecycle_rows_total", "counter", "Rows that were due, by what became of them: versions that expired (current) or were removed (noncurrent), delete markers, uploads.");
        foreach (var (outcome, label) in Actions) text.Sample("objectstore_lifecycle_rows_total", $"action=\"{label}\"", lifecycle.Done(outcome));
        text.Family("objectstore_lifecycle_errors_total", "counter", "Rows that failed; each is tried again until it succeeds.");
        text.Sample("objectstore_lifecycle_errors_total", lifecycle.Errors);
        text.Family("objectstore_lifecycle_last_pass_time_seconds", "gauge", "When all that was due was last gone through, in Unix time; 0 for never.");
        text.Sample("objectstore_lifecycle_last_pass_time_seconds", (lifecycle.LastPass?.ToUnixTimeMilliseconds() ?? 0) / 1000.0);
    }
}
