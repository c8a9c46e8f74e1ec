namespace ObjectStore.Server.S3.Logging;

/// <summary>What became of records, since the start.</summary>
internal sealed class AccessLogCounts
{
    private long _objects;
    private long _delivered;
    private long _dropped;
    private long _failures;

    public long Objects => Volatile.Read(ref _objects);

    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Because a target was gone, took nothing for too long, or too much waited.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Deliveries that failed and are tried again.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void Drop(int records) => Interlocked.Add(ref _dropped, records);

    public void Add(in LogDeliveryResult result)
    {
        Interlocked.Add(ref _objects, result.Objects);
        Interlocked.Add(ref _delivered, result.Records);
        Interlocked.Add(ref _dropped, result.Dropped);
        if (result.Failure is not null) Interlocked.Increment(ref _failures);
    }
}
