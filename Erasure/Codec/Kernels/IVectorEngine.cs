namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>
/// What an instruction set must say so that <see cref="VectorKernel{TEngine,TVector,TSource,TFactor}"/> can run on it.
/// Static, so that the compiler specialises and inlines the loops for each.
/// </summary>
/// <typeparam name="TVector">A sum of products: one register.</typeparam>
/// <typeparam name="TSource">A loaded piece of input in the form that multiplication wants, made once for all rows.</typeparam>
/// <typeparam name="TFactor">A factor of the matrix in registers, made once for all vectors of a step.</typeparam>
internal unsafe interface IVectorEngine<TVector, TSource, TFactor>
    where TVector : unmanaged
    where TSource : unmanaged
    where TFactor : unmanaged
{
    static abstract string Name { get; }

    static abstract bool IsSupported { get; }

    /// <summary>Rows whose sums, two vectors each, stay in registers beside sources and factors.</summary>
    static abstract int MaxRowsPerPass { get; }

    static abstract int FactorBytes { get; }

    static abstract void WriteFactor(byte factor, Span<byte> destination);

    static abstract TSource Load(byte* source);

    static abstract TFactor LoadFactor(byte* factor);

    static abstract TVector MultiplyAdd(TVector sum, TSource source, TFactor factor);

    static abstract void Store(byte* destination, TVector sum);
}
