namespace ObjectStore.Select;

/// <summary>One query's turn to scan: held while it reads and computes, not while its client takes the records.</summary>
internal sealed class SelectTurn(SelectTurns turns) : IDisposable
{
    private bool _isHeld;

    public async ValueTask TakeAsync(CancellationToken ct)
    {
        await turns.TakeAsync(ct).ConfigureAwait(false);
        _isHeld = true;
    }

    /// <summary>Lets others have their turn, if there are any.</summary>
    public async ValueTask PassAsync(CancellationToken ct)
    {
        if (turns.Waiting == 0) return;
        Release();
        await TakeAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Awaits what depends on the client; others have their turn meanwhile.</summary>
    public async ValueTask<bool> AwaitAsync(ValueTask<bool> sending, CancellationToken ct)
    {
        if (sending.IsCompleted || !_isHeld) return await sending.ConfigureAwait(false);
        Release();
        var sent = await sending.ConfigureAwait(false);
        await TakeAsync(ct).ConfigureAwait(false);
        return sent;
    }

    public void Dispose() => Release();

    private void Release()
    {
        if (!_isHeld) return;
        _isHeld = false;
        turns.Return();
    }
}
