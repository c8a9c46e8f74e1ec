using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Keeps all identities in memory, and changes them one change at a time: a transaction, then the next state in one step, so that a
/// change that was acknowledged holds for every request that begins after it.
/// </summary>
/// <param name="operatorArnAccount">How ARNs name the operator's account: by its id, or empty.</param>
internal sealed class IdentityStore(IKeyValueStore store, string operatorArnAccount = RootCredentialStore.AccountId)
{
    private const int MaxAttempts = 8;

    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile IdentityState _state = new();
    private bool _isStale = true;

    public IdentityState State => _state;

    public async ValueTask LoadAsync(CancellationToken ct)
    {
        _state = await ReadAllAsync(ct);
        _isStale = false;
    }

    /// <param name="change">Judges and edits; pure, as it may run again on another state. A refusal commits nothing.</param>
    public async ValueTask<IdentityResult<T>> ChangeAsync<T>(Func<IdentityEdit, IdentityResult<T>> change, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    if (_isStale) await LoadAsync(ct);
                    if (await TryChangeAsync(change, ct) is { } result) return result;
                }
                catch (KvException e) when (e.Fault == KvFault.UnknownOutcome)
                {
                    _isStale = true;
                    return new Refusal(IdentityFault.UnknownOutcome, e.Message);
                }
                catch (KvException e) when (e.Fault == KvFault.TooLarge)
                {
                    return new Refusal(IdentityFault.LimitExceeded, e.Message);
                }
                catch (KvException e) when (e.IsTransient)
                {
                    // Somebody else changed identities in the same store: read them again.
                    _isStale = true;
                    if (attempt >= MaxAttempts) return new Refusal(IdentityFault.Unavailable, e.Message);
                }
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <returns>Null if what is in memory is not what is stored: load, and try again.</returns>
    private async ValueTask<IdentityResult<T>?> TryChangeAsync<T>(Func<IdentityEdit, IdentityResult<T>> change, CancellationToken ct)
    {
        using var transaction = store.Begin();
        if (await ReadGenerationAsync(transaction, ct) != _state.Generation)
        {
            _isStale = true;
            return null;
        }
        var edit = new IdentityEdit(_state.Next(), operatorArnAccount);
        var result = change(edit);
        if (!result.IsOk || edit.Rows.Count == 0) return result;
        foreach (var (key, value) in edit.Rows)
        {
            if (value is null) transaction.Delete(key);
            else transaction.Put(key, value);
        }
        transaction.Put(IdentityKeys.Generation, GenerationValue(edit.State.Generation));
        ct.ThrowIfCancellationRequested();
        // Not cancelled half way: what is in memory must follow what is stored.
        await transaction.CommitAsync(CancellationToken.None);
        _state = edit.State;
        return result;
    }

    private async ValueTask<IdentityState> ReadAllAsync(CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        var edit = new IdentityEdit(new IdentityState { Generation = await ReadGenerationAsync(snapshot, ct) }, operatorArnAccount);
        using var cursor = snapshot.Scan(IdentityKeys.All);
        while (await cursor.MoveNextAsync(ct))
        {
            var (kind, account, id) = IdentityKeys.Parse(cursor.Key);
            Apply(edit, kind, account, id, cursor.Value);
            edit.Rows.Clear();
        }
        return edit.State;
    }

    // The order of the table is that of dependence: accounts come first.
    private static void Apply(IdentityEdit edit, byte kind, string account, string id, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case IdentityKeys.Accounts:
                edit.Put(AccountRecord.Parser.ParseFrom(value).ToAccount());
                break;
            case IdentityKeys.Documents:
                edit.PutDocument(account, id, value.ToArray());
                break;
            case IdentityKeys.Users:
                edit.Put(UserRecord.Parser.ParseFrom(value).ToUser(account));
                break;
            case IdentityKeys.Groups:
                edit.Put(GroupRecord.Parser.ParseFrom(value).ToGroup(account));
                break;
            case IdentityKeys.Roles:
                edit.Put(RoleRecord.Parser.ParseFrom(value).ToRole(account));
                break;
            case IdentityKeys.Policies:
                edit.Put(ManagedPolicyRecord.Parser.ParseFrom(value).ToPolicy(account));
                break;
            case IdentityKeys.Providers:
                edit.Put(OidcProviderRecord.Parser.ParseFrom(value).ToProvider(account, id));
                break;
        }
    }

    private static async ValueTask<ulong> ReadGenerationAsync(IKvReader reader, CancellationToken ct)
    {
        var value = await reader.GetAsync(IdentityKeys.Generation, ct);
        return value is null ? 0 : BinaryPrimitives.ReadUInt64BigEndian(value.Value.Span);
    }

    private static byte[] GenerationValue(ulong generation)
    {
        var value = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(value, generation);
        return value;
    }
}
