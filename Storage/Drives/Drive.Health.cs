using ObjectStore.Rocks;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>Faults: what latches a drive, and how they look to callers.</summary>
public sealed partial class Drive
{
    private readonly Lock _healthGate = new();
    private readonly Queue<long> _readFaults = new();
    private DriveHealth _health = DriveHealth.Online;

    public DriveHealth Health => Volatile.Read(ref _health);

    /// <summary>Stops serving for good, with the first reason given. What waits for the drive's threads fails.</summary>
    internal void Latch(string reason)
    {
        lock (_healthGate)
        {
            if (_health.State == DriveState.Latched) return;
            Volatile.Write(ref _health, new DriveHealth(DriveState.Latched, $"Drive {Id} at '{Location}' was taken out of service: {reason}"));
        }
        var fault = LatchedFault();
        _readers.FailAll(fault);
        _writers.FailAll(fault);
    }

    internal static bool IsFault(Exception e) => e is FileSystemException or LogException or RocksDbException or IndexDamagedException or DriveException or ObjectDisposedException;

    /// <summary>
    /// Turns a fault of a layer below into the caller's exception, and latches where the device or its bytes are at
    /// fault. No space and too many open files are conditions of the machine: they pass.
    /// </summary>
    internal DriveException Translate(Exception e, string doing)
    {
        switch (e)
        {
            case DriveException known:
                return known;
            case ObjectDisposedException or LogException { Fault: LogFault.Closed }:
                return ClosedFault(e);
            case FileSystemException { Fault: FileFault.NoSpace } or LogException { Fault: LogFault.NoSpace }:
                return new DriveException(DriveFault.NoSpace, $"No space on '{Location}' while {doing}.", e);
            case FileSystemException { Fault: FileFault.TooManyFiles }:
                return new DriveException(DriveFault.Io, $"Too many open files while {doing} on '{Location}': raise the limit (ulimit -n).", e);
            case IndexDamagedException or RocksDbException { IsCorruption: true }:
                MarkForRebuild();
                Latch($"its index is damaged ({e.Message}). Nothing is lost: the index is rebuilt when the drive is opened again.");
                return new DriveException(DriveFault.Io, Health.Reason!, e);
            default:
                Latch($"{doing} failed: {e.Message}");
                return new DriveException(e is LogException { Fault: LogFault.Latched } ? DriveFault.Latched : DriveFault.Io, Health.Reason!, e);
        }
    }

    /// <summary>A read that the device failed. One bad sector must not cost a drive, many at once do.</summary>
    internal void CountReadFault(FileSystemException e)
    {
        var now = _time.GetTimestamp();
        int recent;
        lock (_healthGate)
        {
            _readFaults.Enqueue(now);
            while (_time.GetElapsedTime(_readFaults.Peek(), now) > _options.ReadFaultWindow) _readFaults.Dequeue();
            recent = _readFaults.Count;
        }
        if (recent >= _options.ReadFaultLimit) Latch($"{recent} reads failed within {_options.ReadFaultWindow}, the last one with: {e.Message}");
    }

    internal void ThrowIfNotServing()
    {
        if (Volatile.Read(ref _closed) != 0) throw ClosedFault(null);
        if (Health.State == DriveState.Latched) throw LatchedFault();
    }

    internal DriveException? LogHealth => _log.Latched is { } latched ? Translate(latched, "writing the log") : null;

    private DriveException LatchedFault() => new(DriveFault.Latched, Health.Reason!);

    private DriveException ClosedFault(Exception? inner) => new(DriveFault.Closed, $"Drive {Id} at '{Location}' is closed.", inner);

    private void MarkForRebuild()
    {
        try
        {
            using var file = FileSystem.Open(Path.Combine(Location, DriveLayout.RebuildMarker), FileOpenMode.OpenOrCreate);
            file.Sync();
            FileSystem.SyncDirectory(Location);
        }
        catch (FileSystemException e)
        {
            Latch($"its index is damaged, and the mark to rebuild it could not be written: {e.Message}. Delete '{DriveLayout.Index}/' by hand: nothing is lost with it.");
        }
    }
}
