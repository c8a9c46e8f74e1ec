namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// Computes the MD5 of many uploads side by side in the lanes of vector instructions: sixteen streams cost little more than one or two.
/// One per process; any thread may call.
/// </summary>
/// <remarks>
/// Nothing waits for company. An update starts at once if a processor may be used, and else is taken up by a running worker within
/// some microseconds; streams meet in its lanes because they come while it works. Up to <see cref="MinStreamsForLanes"/> - 1 streams
/// run one by one on as many threads, where a stream alone is fastest. Queue length is bounded by the number of streams, each
/// of which waits with at most one update.
/// </remarks>
internal sealed class Md5Service : IDisposable
{
    /// <summary>Measured (bench/README.md): the lanes of one run take about twice the time of one stream computed alone.</summary>
    public const int MinStreamsForLanes = 3;

    private readonly Lock _gate = new();
    private readonly Md5Options _options;
    private readonly Stack<Md5Worker> _idleWorkers = new();
    private Md5Stream? _firstWaiting, _lastWaiting;
    private int _waiting;
    private int _running;
    private int _workers;
    private volatile bool _disposed;

    public Md5Service()
        : this(new Md5Options())
    {
    }

    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public Md5Service(Md5Options options) => _options = options.Validated();

    internal int Lanes => _options.Lanes;

    public IMd5Stream CreateStream()
    {
        ThrowIfDisposed();
        return new Md5Stream(this);
    }

    /// <summary>Refuses further updates; those that were taken are completed.</summary>
    public void Dispose() => _disposed = true;

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    internal void Enqueue(Md5Stream stream)
    {
        Md5Worker? started = null;
        lock (_gate)
        {
            if (_lastWaiting is null)
                _firstWaiting = stream;
            else
                _lastWaiting.Next = stream;
            _lastWaiting = stream;
            _waiting++;
            if (WantsWorker())
            {
                _workers++;
                started = _idleWorkers.TryPop(out var idle) ? idle : new Md5Worker(this);
            }
        }

        if (started is not null)
            ThreadPool.UnsafeQueueUserWorkItem(started, preferLocal: false);
    }

    /// <summary>
    /// Adds waiting streams to those of a worker, in the order of their arrival. When it returns 0 the worker has ended and must not go on.
    /// </summary>
    /// <param name="streams">The worker's lanes.</param>
    /// <param name="active">How many of them are in use.</param>
    /// <returns>How many are in use now.</returns>
    internal int Take(Md5Worker worker, Md5Stream[] streams, int active)
    {
        lock (_gate)
        {
            // Streams that run alone are shared out, one a worker, as long as there are workers for all.
            var all = _running + _waiting;
            var limit = UsesLanes(all) || all > _options.MaxWorkers ? streams.Length : Math.Max(active, 1);
            while (active < limit && _firstWaiting is { } stream)
            {
                _firstWaiting = stream.Next;
                if (_firstWaiting is null)
                    _lastWaiting = null;
                stream.Next = null;
                _waiting--;
                _running++;
                streams[active++] = stream;
            }

            if (active == 0)
            {
                _workers--;
                _idleWorkers.Push(worker);
            }

            return active;
        }
    }

    internal void Release(int count)
    {
        lock (_gate)
            _running -= count;
    }

    private bool UsesLanes(int streams) => _options.Lanes > 1 && streams >= MinStreamsForLanes;

    /// <summary>Lanes want to be filled before another worker starts; streams that run alone want a worker each.</summary>
    private bool WantsWorker()
    {
        if (_workers == _options.MaxWorkers)
            return false;
        var streams = _running + _waiting;
        return UsesLanes(streams) ? streams > _workers * _options.Lanes || _workers == 0 : streams > _workers;
    }
}
