using ObjectStore.Server.Background;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Background work in numbers.</summary>
internal sealed class BackgroundMetrics(BackgroundCensus census, HealingSchedule healing, GarbageCollector garbage, OrphanCollector orphans) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        if (census.Last is { } counts)
        {
            Write(text, "objectstore_lost_shards", "gauge", $"Shards that lack on their drives: the redundancy ledger. Counted up to {BackgroundCensus.MaxCount}.", counts.LostShards);
            Write(text, "objectstore_lost_drives", "gauge", "Drives that have been away for so long that they count as lost.", counts.LostDrives);
            Write(text, "objectstore_healed", "gauge", "1 if nothing lacks redundancy.", counts.IsHealed ? 1 : 0);
            Write(text, "objectstore_garbage_contents", "gauge", $"Contents that are unlinked and not freed yet. Counted up to {BackgroundCensus.MaxCount}.", counts.Garbage);
        }
        Write(text, "objectstore_healed_shards_total", "counter", "Shards that were brought back onto their drives.", healing.Healed);
        Write(text, "objectstore_freed_contents_total", "counter", "Garbage that was freed.", garbage.Freed);
        Write(text, "objectstore_orphans_freed_total", "counter", "Shards freed that nothing spoke of.", orphans.Freed);
        Write(text, "objectstore_orphans_freed_bytes_total", "counter", "Data of the shards freed that nothing spoke of.", orphans.FreedBytes);
        Write(text, "objectstore_unexplained_shards", "gauge", "Shards that the last pass could not explain.", orphans.LastResult.Unexplained);
        text.Family("objectstore_last_pass_time_seconds", "gauge", "When background work last went through, in Unix time; 0 for never.");
        WritePass(text, "healing", healing.LastPass);
        WritePass(text, "garbage", garbage.LastPass);
        WritePass(text, "orphans", orphans.LastPass);
    }

    private static void WritePass(MetricsText text, string work, DateTimeOffset? at) =>
        text.Sample("objectstore_last_pass_time_seconds", $"work=\"{work}\"", (at?.ToUnixTimeMilliseconds() ?? 0) / 1000.0);

    private static void Write(MetricsText text, string name, string type, string help, double value)
    {
        text.Family(name, type, help);
        text.Sample(name, value);
    }
}
