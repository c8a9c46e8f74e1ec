using ObjectStore.Server.S3.Inventory;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Inventories in numbers.</summary>
internal sealed class InventoryMetrics(InventoryEngine engine) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        text.Family("objectstore_inventory_reports_total", "counter", "Inventory reports that were finished.");
        text.Sample("objectstore_inventory_reports_total", engine.Reports);
        text.Family("objectstore_inventory_failures_total", "counter", "Times that a report could not be written, and was put off.");
        text.Sample("objectstore_inventory_failures_total", engine.Failures);
    }
}
