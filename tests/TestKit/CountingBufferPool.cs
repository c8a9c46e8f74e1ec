using System.Buffers;
using ObjectStore.Storage.Buffers;

namespace ObjectStore.TestKit;

/// <summary>
/// A pool that finds misuse: it counts what is out, fills what comes back with a pattern, and looks at that pattern
/// before it hands the buffer out again, so a write to a returned buffer is noticed.
/// </summary>
public sealed class CountingBufferPool(long maxBytes = 1L << 30) : IBufferPool
{
    private const byte Poison = 0xDD;

    private readonly Lock _gate = new();
    private readonly List<byte[]> _returned = [];
    private readonly Queue<(int LengthBytes, TaskCompletionSource<IMemoryOwner<byte>> Waiter)> _waiters = [];
    private long _outBytes;
    private int _faults;

    /// <summary>Buffers that are rented now.</summary>
    public int Outstanding { get; private set; }

    public long OutstandingBytes => Interlocked.Read(ref _outBytes);

    public long PeakBytes { get; private set; }

    public int Rents { get; private set; }

    /// <summary>Returns more than once, and writes to returned buffers, found so far.</summary>
    public int Misuses
    {
        get
        {
            lock (_gate)
                return _faults + _returned.Sum(bytes => bytes.AsSpan().ContainsAnyExcept(Poison) ? 1 : 0);
        }
    }

    public IMemoryOwner<byte>? TryRent(int lengthBytes)
    {
        lock (_gate)
            return _waiters.Count == 0 && Fits(lengthBytes) ? Take(lengthBytes) : null;
    }

    public ValueTask<IMemoryOwner<byte>> RentAsync(int lengthBytes, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (lengthBytes > maxBytes)
                throw new ArgumentOutOfRangeException(nameof(lengthBytes));
            if (_waiters.Count == 0 && Fits(lengthBytes))
                return ValueTask.FromResult<IMemoryOwner<byte>>(Take(lengthBytes));
            var waiter = new TaskCompletionSource<IMemoryOwner<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
            ct.Register(() => waiter.TrySetCanceled(ct));
            _waiters.Enqueue((lengthBytes, waiter));
            return new ValueTask<IMemoryOwner<byte>>(waiter.Task);
        }
    }

    private bool Fits(int lengthBytes) => _outBytes + lengthBytes <= maxBytes;

    private Owner Take(int lengthBytes)
    {
        var index = _returned.FindIndex(bytes => bytes.Length == lengthBytes);
        var buffer = index >= 0 ? _returned[index] : GC.AllocateUninitializedArray<byte>(lengthBytes);
        if (index >= 0)
        {
            _returned.RemoveAt(index);
            if (buffer.AsSpan().ContainsAnyExcept(Poison))
                _faults++;
        }

        Outstanding++;
        Rents++;
        _outBytes += lengthBytes;
        PeakBytes = Math.Max(PeakBytes, _outBytes);
        return new Owner(this, buffer);
    }

    private void Return(byte[] buffer)
    {
        lock (_gate)
        {
            buffer.AsSpan().Fill(Poison);
            _returned.Add(buffer);
            Outstanding--;
            _outBytes -= buffer.Length;
            while (_waiters.TryPeek(out var next) && (next.Waiter.Task.IsCompleted || Fits(next.LengthBytes)))
            {
                _waiters.Dequeue();
                if (next.Waiter.Task.IsCompleted)
                    continue;
                var owner = Take(next.LengthBytes);
                if (!next.Waiter.TrySetResult(owner))
                    owner.Dispose();
            }
        }
    }

    private sealed class Owner(CountingBufferPool pool, byte[] buffer) : IMemoryOwner<byte>
    {
        private int _isReturned;

        public Memory<byte> Memory => buffer;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) != 0)
                Interlocked.Increment(ref pool._faults);
            else
                pool.Return(buffer);
        }
    }
}
