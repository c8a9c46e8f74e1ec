using System.Collections.Immutable;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Remotes;

internal enum RemoteChange
{
    Made,
    Changed,
    Removed,
    NotFound,
    Exists,
    InUse,
    TooMany,
}

/// <summary>All remotes, kept in memory and changed one at a time: the row first, so that what was acknowledged is there after a crash.</summary>
internal sealed class RemoteRegistry(IKeyValueStore store)
{
    public const int MaxRemotes = 1_000;

    private const int MaxAttempts = 10;

    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile ImmutableSortedDictionary<string, Remote> _remotes = ImmutableSortedDictionary<string, Remote>.Empty.WithComparers(StringComparer.Ordinal);
    private ImmutableArray<IRemoteUser> _users = [];

    public IEnumerable<Remote> All => _remotes.Values;

    public Remote? Find(string name) => _remotes.GetValueOrDefault(name);

    /// <summary>Adds who is asked before a remote is removed.</summary>
    public void AddUser(IRemoteUser user) => ImmutableInterlocked.Update(ref _users, users => users.Add(user));

    public async ValueTask LoadAsync(CancellationToken ct)
    {
        var remotes = ImmutableSortedDictionary.CreateBuilder<string, Remote>(StringComparer.Ordinal);
        var range = SchemaKeys.Remotes();
        using var snapshot = store.Snapshot();
        using var cursor = snapshot.Scan(range);
        while (await cursor.MoveNextAsync(ct))
        {
            var name = Encoding.UTF8.GetString(cursor.Key[range.From.Length..]);
            remotes[name] = Remote.Of(name, RemoteRecord.Parser.ParseFrom(cursor.Value));
        }
        _remotes = remotes.ToImmutable();
    }

    /// <param name="isNew">Whether there must be none of that name yet.</param>
    /// <exception cref="KvException">Nothing has changed, or it is not known.</exception>
    public async ValueTask<RemoteChange> PutAsync(Remote remote, bool isNew, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            var before = Find(remote.Name);
            if (before is not null && isNew) return RemoteChange.Exists;
            if (before is null && _remotes.Count >= MaxRemotes) return RemoteChange.TooMany;
            if (before is not null) remote = remote with { CreatedAt = before.CreatedAt };
            await CommitAsync(transaction =>
            {
                transaction.PutRecord(SchemaKeys.Remote(remote.Name), remote.ToRecord());
                return ValueTask.FromResult<string?>(null);
            }, ct);
            _remotes = _remotes.SetItem(remote.Name, remote);
            return before is null ? RemoteChange.Made : RemoteChange.Changed;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <returns>And what it is that needs it, if it is in use.</returns>
    /// <exception cref="KvException">Nothing has changed, or it is not known.</exception>
    public async ValueTask<(RemoteChange Change, string? Use)> RemoveAsync(string name, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            if (Find(name) is null) return (RemoteChange.NotFound, null);
            var use = await CommitAsync(async transaction =>
            {
                foreach (var user in _users)
                {
                    if (await user.FindUseAsync(transaction, name, ct) is { } found) return found;
                }
                transaction.Delete(SchemaKeys.Remote(name));
                return null;
            }, ct);
            if (use is not null) return (RemoteChange.InUse, use);
            _remotes = _remotes.Remove(name);
            return (RemoteChange.Removed, null);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Commits unless <paramref name="change"/> gives a reason not to.</summary>
    private async ValueTask<string?> CommitAsync(Func<IKvTransaction, ValueTask<string?>> change, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var transaction = store.Begin();
            if (await change(transaction) is { } reason) return reason;
            ct.ThrowIfCancellationRequested();
            try
            {
                await transaction.CommitAsync(CancellationToken.None);
                return null;
            }
            catch (KvException e) when (e.Fault == KvFault.Conflict && attempt < MaxAttempts)
            {
                // Somebody began or ceased to use it: look again.
            }
        }
    }
}
