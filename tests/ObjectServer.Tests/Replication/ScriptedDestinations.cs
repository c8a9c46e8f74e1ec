using System.Collections.Concurrent;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>Destinations that take, refuse or do not answer, as a test says; they remember what they took, in order.</summary>
internal sealed class ScriptedDestinations : IReplicaSender, IReplicationPermission
{
    private readonly ConcurrentDictionary<(string, string), int> _underWay = new();
    private int _running;

    public ConcurrentQueue<ReplicaTask> Taken { get; } = new();

    public Func<ReplicaTask, ReplicaOutcome> Answer { get; set; } = static _ => ReplicaOutcome.Done(1);

    public Func<ReplicaTask, string?> Permission { get; set; } = static _ => null;

    /// <summary>Holds every task until it is set.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Most tasks at once; and whether ever two of one key for one destination were.</summary>
    public int MaxRunning { get; private set; }

    public bool HasOverlapped { get; private set; }

    public int Attempts { get; private set; }

    public async ValueTask<ReplicaOutcome> SendAsync(ReplicaTask task, CancellationToken ct)
    {
        lock (Taken)
        {
            Attempts++;
            MaxRunning = Math.Max(MaxRunning, ++_running);
        }
        var key = (task.Destination.Arn, task.Key);
        if (!_underWay.TryAdd(key, 0)) HasOverlapped = true;
        try
        {
            if (Gate is { } gate) await gate.Task.WaitAsync(ct);
            else await Task.Yield();
            var outcome = Answer(task);
            if (outcome.Result == ReplicaResult.Done) Taken.Enqueue(task);
            return outcome;
        }
        finally
        {
            _underWay.TryRemove(key, out _);
            lock (Taken) _running--;
        }
    }

    public ValueTask<DestinationProbe> ProbeAsync(ReplicaDestination destination, SourceTraits source, CancellationToken ct) =>
        ValueTask.FromResult(new DestinationProbe(DestinationState.Ready));

    public ValueTask<string?> RefuseAsync(string role, ReplicaTask task, Metadata.Schema.VersionRecord version, CancellationToken ct) => ValueTask.FromResult(Permission(task));
}
