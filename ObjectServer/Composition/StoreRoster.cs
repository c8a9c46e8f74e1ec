using ObjectStore.Erasure.Sets;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Server.Background;
using ObjectStore.Storage;

namespace ObjectStore.Server.Composition;

/// <summary>Every drive that the store ever had, against those that serve.</summary>
internal sealed class StoreRoster(DriveSet set, IReadOnlyList<RegisteredDrive> registered, EmbeddedKeyValueStore metadata) : IStoreRoster
{
    public string? Gap
    {
        get
        {
            var health = metadata.Health;
            if (health.State != EmbeddedState.Healthy) return $"The metadata is {health.State}: {health.Reason}";
            var usable = set.GetStatus().Where(status => status.IsUsable).Select(status => status.Id).ToHashSet();
            var missing = registered.FirstOrDefault(drive => !usable.Contains(drive.Id));
            return missing is null ? null : $"Drive {missing.Id}, last at {missing.Path}, does not serve.";
        }
    }

    public IReadOnlyList<IDrive> Serving
    {
        get
        {
            var drives = new List<IDrive>();
            foreach (var status in set.GetStatus())
            {
                if (status.Health.State == DriveState.Online && set.TryGet(status.Id, out var drive)) drives.Add(drive);
            }
            return drives;
        }
    }

    public bool IsServing(DriveId id) => set.TryGet(id, out var drive) && drive.Health.State == DriveState.Online;
}
