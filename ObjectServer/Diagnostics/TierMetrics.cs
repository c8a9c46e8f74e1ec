using ObjectStore.Server.Objects;
using ObjectStore.Server.Tiers;

namespace ObjectStore.Server.Diagnostics;

/// <summary>What tiers in other stores were sent and gave back, and what waits for them.</summary>
internal sealed class TierMetrics(TierTable tiers, TierRunner runner) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        var all = tiers.All.Select(tier => (Label: $"tier=\"{tier.StorageClass}\"", Numbers: runner.NumbersOf(tier.StorageClass))).ToArray();
        if (all.Length == 0) return;
        Family("objectstore_tier_moved_objects_total", "counter", "Versions whose bytes were moved to the tier.", numbers => numbers.Moved);
        Family("objectstore_tier_moved_bytes_total", "counter", "Bytes of versions that were moved to the tier.", numbers => numbers.MovedBytes);
        Family("objectstore_tier_restored_objects_total", "counter", "Copies that were restored from the tier.", numbers => numbers.Restored);
        Family("objectstore_tier_restored_bytes_total", "counter", "Bytes of copies that were restored from the tier.", numbers => numbers.RestoredBytes);
        Family("objectstore_tier_deleted_objects_total", "counter", "Objects that were deleted in the tier.", numbers => numbers.Deleted);
        Family("objectstore_tier_failures_total", "counter", "Attempts that failed; each is made again until it succeeds.", numbers => numbers.Failures);
        Family("objectstore_tier_away", "gauge", "1 while the tier does not answer, or does not let the server in.", numbers => numbers.IsAway ? 1 : 0);
        text.Family("objectstore_tier_backlog", "gauge", "What waits for the tier, counted up to 10000.");
        foreach (var (label, numbers) in all)
        {
            text.Sample("objectstore_tier_backlog", label + ",work=\"move\"", numbers.WaitingMoves);
            text.Sample("objectstore_tier_backlog", label + ",work=\"restore\"", numbers.WaitingRestores);
            text.Sample("objectstore_tier_backlog", label + ",work=\"delete\"", numbers.WaitingDeletions);
        }

        void Family(string name, string type, string help, Func<TierNumbers, double> value)
        {
            text.Family(name, type, help);
            foreach (var (label, numbers) in all) text.Sample(name, label, value(numbers));
        }
    }
}
