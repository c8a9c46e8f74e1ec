using System.Collections.Immutable;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// All targets, kept in memory and changed one at a time: the row first, so that what was acknowledged is there after a crash.
/// What waits for a target that is removed is dropped by the <see cref="EventDispatcher"/>.
/// </summary>
/// <param name="secrets">Null: they are stored plain.</param>
internal sealed class EventTargets(IKeyValueStore store, TimeProvider time, EventTargetSecrets? secrets = null)
{
    public const int MaxTargets = 10_000;
    public const int MaxPerAccount = 1_000;

    private readonly EventTargetSecrets _secrets = secrets ?? EventTargetSecrets.Plain;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile ImmutableSortedDictionary<string, EventTarget> _targets = ImmutableSortedDictionary<string, EventTarget>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>Run after each change.</summary>
    public Action? Changed { get; set; }

    public IEnumerable<EventTarget> All => _targets.Values;

    /// <summary>
    /// Reads all. Secrets that stand plain in a store that has a key by now are sealed. What the key manager cannot open or seal now is as it was, and is
    /// tried again: with the next event, and with the next start.
    /// </summary>
    /// <returns>Why some secret could not be opened or sealed; null if all could.</returns>
    public async ValueTask<string?> LoadAsync(CancellationToken ct)
    {
        await ReadAsync(ct);
        string? problem = null;
        foreach (var target in All.ToArray())
        {
            try
            {
                if (target.Endpoint is { IsSealed: true }) await OpenAsync(target, ct);
                else if (_secrets.ShouldSeal(target)) await ChangeAsync(target.Arn, static found => found is null ? null : found with { }, ct);
            }
            catch (KeyManagerException e)
            {
                problem = e.Message;
            }
            catch (KvException e) when (e.InnerException is KeyManagerException)
            {
                problem = e.Message;
            }
        }
        return problem;
    }

    /// <summary>The target with its secrets.</summary>
    /// <exception cref="KeyManagerException">They cannot be opened now, or not with this key.</exception>
    public async ValueTask<EventTarget> OpenAsync(EventTarget target, CancellationToken ct)
    {
        if (target.Endpoint is not { IsSealed: true }) return target;
        var opened = await _secrets.OpenAsync(target, ct);
        await _changing.WaitAsync(ct);
        try
        {
            if (ReferenceEquals(Find(target.Arn), target)) _targets = _targets.SetItem(target.Arn, opened);
        }
        finally
        {
            _changing.Release();
        }
        return opened;
    }

    private async ValueTask ReadAsync(CancellationToken ct)
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
            var record = after is null ? null : await SealAsync(after, ct);
            using var transaction = store.Begin();
            if (record is null) transaction.Delete(SchemaKeys.EventTarget(arn));
            else transaction.PutRecord(SchemaKeys.EventTarget(arn), record);
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

    private async ValueTask<EventTargetRecord> SealAsync(EventTarget target, CancellationToken ct)
    {
        try
        {
            return await _secrets.SealAsync(target, ct);
        }
        catch (KeyManagerException e)
        {
            throw new KvException(KvFault.Unavailable, $"The target's secret cannot be sealed: {e.Message}", e);
        }
    }

    private bool IsFull(string accountId) =>
        _targets.Count >= MaxTargets || _targets.Values.Count(target => target.AccountId == accountId) >= MaxPerAccount;
}
