using System.Buffers;
using System.Numerics;

namespace ObjectStore.Storage.Buffers;

/// <summary>
/// Native memory in size classes that are powers of two from 4 KiB to 16 MiB. The bound counts what is rented; what has
/// been returned is kept for the next renter, within the same bound, and given back to the system when another class
/// needs the room.
/// </summary>
/// <param name="maxBytes">Most bytes that may be rented at once.</param>
public sealed class AlignedBufferPool(long maxBytes) : IBufferPool, IDisposable
{
    private const int MinClassShift = 12;
    private const int MaxClassShift = 24;

    private readonly Lock _gate = new();
    private readonly Stack<AlignedBuffer>[] _free = CreateClasses();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _rentedBytes;
    private long _idleBytes;
    private long _rents;
    private bool _disposed;

    public const int MaxBufferBytes = 1 << MaxClassShift;

    public long MaxBytes { get; } = maxBytes;

    public BufferPoolStatistics Statistics
    {
        get
        {
            lock (_gate) return new BufferPoolStatistics(_rentedBytes, _idleBytes, _rents, _waiters.Count);
        }
    }

    public IMemoryOwner<byte>? TryRent(int lengthBytes)
    {
        var sizeClass = SizeClass(lengthBytes);
        lock (_gate)
        {
            // Those who wait came first.
            return _waiters.Count == 0 ? Take(sizeClass) : null;
        }
    }

    public ValueTask<IMemoryOwner<byte>> RentAsync(int lengthBytes, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var sizeClass = SizeClass(lengthBytes);
        Waiter waiter;
        lock (_gate)
        {
            if (_waiters.Count == 0 && Take(sizeClass) is { } buffer) return new(buffer);
            waiter = new Waiter(sizeClass);
            waiter.Node = _waiters.AddLast(waiter);
        }
        return new(WaitAsync(waiter, ct));
    }

    public void Dispose()
    {
        List<Waiter> waiters;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            waiters = [.. _waiters];
            _waiters.Clear();
            FreeIdle(0);
        }
        foreach (var waiter in waiters) waiter.Source.TrySetException(new ObjectDisposedException(nameof(AlignedBufferPool)));
    }

    /// <summary>Called by a buffer, once per rent.</summary>
    internal void Return(AlignedBuffer buffer)
    {
        List<(Waiter Waiter, AlignedBuffer Buffer)>? served = null;
        lock (_gate)
        {
            _rentedBytes -= buffer.Capacity;
            if (_disposed)
            {
                buffer.Free();
                return;
            }
            _idleBytes += buffer.Capacity;
            _free[Index(buffer.Capacity)].Push(buffer);

            while (_waiters.First is { } node && Take(node.Value.SizeClass) is { } next)
            {
                _waiters.RemoveFirst();
                (served ??= []).Add((node.Value, next));
            }
        }
        if (served is null) return;
        foreach (var (waiter, next) in served)
            if (!waiter.Source.TrySetResult(next)) ((IDisposable)next).Dispose();
    }

    private async Task<IMemoryOwner<byte>> WaitAsync(Waiter waiter, CancellationToken ct)
    {
        await using var registration = ct.Register(() => Cancel(waiter, ct));
        return await waiter.Source.Task;
    }

    private void Cancel(Waiter waiter, CancellationToken ct)
    {
        lock (_gate)
        {
            if (waiter.Node!.List is null) return; // served already
            _waiters.Remove(waiter.Node);
        }
        waiter.Source.TrySetCanceled(ct);
    }

    private AlignedBuffer? Take(int sizeClass)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_rentedBytes + sizeClass > MaxBytes) return null;

        if (_free[Index(sizeClass)].TryPop(out var buffer)) _idleBytes -= sizeClass;
        else
        {
            FreeIdle(MaxBytes - _rentedBytes - sizeClass);
            buffer = new AlignedBuffer(this, sizeClass);
        }
        _rentedBytes += sizeClass;
        _rents++;
        buffer.MarkRented();
        return buffer;
    }

    /// <summary>Gives idle memory back, largest first, until no more than this is left.</summary>
    private void FreeIdle(long keepBytes)
    {
        for (var i = _free.Length - 1; i >= 0; i--)
        {
            while (_idleBytes > keepBytes && _free[i].TryPop(out var idle))
            {
                _idleBytes -= idle.Capacity;
                idle.Free();
            }
        }
    }

    private int SizeClass(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, MaxBufferBytes);
        var sizeClass = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(lengthBytes, 1 << MinClassShift));
        if (sizeClass > MaxBytes) throw new ArgumentOutOfRangeException(nameof(lengthBytes), lengthBytes, $"The pool holds only {MaxBytes} bytes.");
        return sizeClass;
    }

    private static int Index(int sizeClass) => BitOperations.TrailingZeroCount(sizeClass) - MinClassShift;

    private static Stack<AlignedBuffer>[] CreateClasses()
    {
        var classes = new Stack<AlignedBuffer>[MaxClassShift - MinClassShift + 1];
        for (var i = 0; i < classes.Length; i++) classes[i] = new Stack<AlignedBuffer>();
        return classes;
    }

    private sealed class Waiter(int sizeClass)
    {
        public int SizeClass { get; } = sizeClass;

        public TaskCompletionSource<IMemoryOwner<byte>> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}

/// <param name="IdleBytes">Kept for the next renter.</param>
/// <param name="Rents">Since the pool was made.</param>
public readonly record struct BufferPoolStatistics(long RentedBytes, long IdleBytes, long Rents, int Waiters);
