using System.Collections.Immutable;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// All targets, kept in memory and changed one at a time: the row first, so that what was acknowledged is there after a crash.
/// What waits for a target that is removed is dropped by the <see cref="EventDispatcher"/>.
/// </summary>
internal sealed class EventTargets(IKeyValueStore store, TimeProvider time)
{
    public const int MaxTargets = 10_000;
    public const int MaxPerAccount = 1_000;

    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile ImmutableSortedDictionary<string, EventTarget> _targets = ImmutableSortedDictionary<string, EventTarget>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>Run after each change.</summary>
    public Action? Changed { get; set; }

    public IEnumerable<EventTarget> All => _targets.Values;

    public async ValueTask LoadAsync(CancellationToken ct)
    {
        var targets = ImmutableSortedDictionary.CreateBuilder<string, EventTarget>(StringComparer.Ordinal);
        var range = SchemaKeys.EventTargets();
        using var snapshot = store.Snapshot();
        using var cursor = snapshot.Scan(range);
        while (await cursor.MoveNextAsync(ct))
        {
            var arn = Encoding.UTF8.GetString(cursor.Key[range.From.Length..]);
            targets[arn] = EventTargetRecord.Parser.ParseFrom(cursor.Value).ToTarget(arn);
        }
        _targets = targets.ToImmutable();
    }

    public EventTarget? Find(string arn) => _targets.GetValueOrDefault(arn);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>
    /// Makes, changes or (when <paramref name="change"/> gives null) removes the target with this ARN.
    /// </summary>
    /// <param name="change">Gets what there is now, null if nothing.</param>
    /// <returns>What there is then; false if there would be too many.</returns>
    /// <exception cref="KvException">Nothing has changed, or it is not known.</exception>
    public async ValueTask<(bool IsOk, EventTarget? Target)> ChangeAsync(string arn, Func<EventTarget?, EventTarget?> change, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            var before = Find(arn);
            var after = change(before);
            if (ReferenceEquals(before, after)) return (true, before);
            if (before is null && IsFull(after!.AccountId)) return (false, null);
            using var transaction = store.Begin();
            if (after is null) transaction.Delete(SchemaKeys.EventTarget(arn));
            else transaction.PutRecord(SchemaKeys.EventTarget(arn), after.ToRecord());
            ct.ThrowIfCancellationRequested();
            await transaction.CommitAsync(CancellationToken.None);
            _targets = after is null ? _targets.Remove(arn) : _targets.SetItem(arn, after);
            Changed?.Invoke();
            return (true, after);
        }
        finally
        {
            _changing.Release();
        }
    }

    private bool IsFull(string accountId) =>
        _targets.Count >= MaxTargets || _targets.Values.Count(target => target.AccountId == accountId) >= MaxPerAccount;
}
