using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Bench.Micro.Erasure;

/// <summary>All kernels, ISA-L and memcpy on one scheme, in interleaved rounds, so that what disturbs one disturbs all.</summary>
internal sealed unsafe class SchemeBenchmark : IDisposable
{
    private readonly Scheme _scheme;
    private readonly ErasureOptions _options;
    private readonly Shards _shards;
    private readonly byte[] _isalTables;

    public SchemeBenchmark(Scheme scheme, ErasureOptions options)
    {
        _scheme = scheme;
        _options = options;
        _shards = new Shards(scheme.TotalShards, options.BlockSizeBytes, options.BlockSizeBytes + options.StrideGapBytes);
        _isalTables = GC.AllocateArray<byte>(32 * scheme.DataShards * scheme.ParityShards, pinned: true);
    }

    public SchemeResult Run()
    {
        var kernels = KernelCatalog.Supported
            .Where(kernel => _options.Kernel is null || kernel.Name == _options.Kernel)
            .Select(kernel => (kernel.Name, Encode: EncodeOn(kernel), Reconstruct: ReconstructOn(kernel)))
            .ToArray();
        var isal = Isal.IsAvailable ? EncodeOnIsal() : null;
        var memcpy = CopyData();

        Contender[] all = [.. kernels.SelectMany(kernel => new[] { kernel.Encode, kernel.Reconstruct }), .. isal is null ? [] : new[] { isal }, memcpy];
        foreach (var contender in all)
            contender.WarmUp(_options.Round * 4);
        for (var round = 0; round < _options.Rounds; round++)
        {
            foreach (var contender in all)
                contender.Measure(round, _options.Round);
        }

        return new SchemeResult(
            _scheme,
            [.. kernels.Select(kernel => new KernelResult(kernel.Name, kernel.Encode.MedianGigabytesPerSecond, kernel.Reconstruct.MedianGigabytesPerSecond))],
            isal?.MedianGigabytesPerSecond,
            memcpy.MedianGigabytesPerSecond);
    }

    public void Dispose() => _shards.Dispose();

    private long DataBytes => (long)_scheme.DataShards * _shards.BlockSizeBytes;

    private Contender EncodeOn(Kernel kernel)
    {
        var codec = new ReedSolomon(_scheme, kernel);
        return new Contender(kernel.Name, DataBytes, () => codec.Encode(
            _shards.Range(0, _scheme.DataShards), _shards.StrideBytes,
            _shards.Range(_scheme.DataShards, _scheme.ParityShards), _shards.StrideBytes, _shards.BlockSizeBytes));
    }

    /// <summary>The worst loss: m data shards, so that every wanted row is a full one and all parity is read.</summary>
    private Contender ReconstructOn(Kernel kernel)
    {
        var codec = new ReedSolomon(_scheme, kernel);
        var missing = ShardSet.First(Math.Min(_scheme.ParityShards, _scheme.DataShards));
        var present = ShardSet.First(_scheme.TotalShards).Except(missing);
        return new Contender(kernel.Name, DataBytes, () => codec.Reconstruct(
            _shards.All, _shards.StrideBytes, _shards.BlockSizeBytes, present, missing));
    }

    private Contender EncodeOnIsal()
    {
        var (k, m) = (_scheme.DataShards, _scheme.ParityShards);
        fixed (byte* matrix = CodingMatrix.Parity(_scheme))
        fixed (byte* tables = _isalTables)
            Isal.InitTables(k, m, matrix, tables);

        RequireSameParity();
        return new Contender("isal", DataBytes, CallIsal);
    }

    private void CallIsal()
    {
        fixed (byte* tables = _isalTables)
            Isal.EncodeData(_shards.BlockSizeBytes, _scheme.DataShards, _scheme.ParityShards, tables, _shards.Pointers, _shards.Pointers + _scheme.DataShards);
    }

    private void RequireSameParity()
    {
        CallIsal();
        var (k, m) = (_scheme.DataShards, _scheme.ParityShards);
        if (!ReedSolomon.For(_scheme).Verify(_shards.Range(0, k), _shards.StrideBytes, _shards.Range(k, m), _shards.StrideBytes, _shards.BlockSizeBytes))
            throw new InvalidOperationException($"ISA-L and the codec disagree about the parity of {_scheme}.");
    }

    /// <summary>The ceiling: copying the data once, which reads and writes every byte and computes nothing.</summary>
    private Contender CopyData()
    {
        var copy = GC.AllocateUninitializedArray<byte>(_scheme.DataShards * _shards.StrideBytes, pinned: true);
        return new Contender("memcpy", DataBytes, () => _shards.Range(0, _scheme.DataShards).CopyTo(copy));
    }
}
