namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>
/// One way to compute outputs[r] = sum over c of matrix[r, c] · inputs[c] on whole buffers. Stateless; any number of threads.
/// Validates nothing: the caller answers for pointers, counts and lengths.
/// </summary>
internal abstract unsafe class Kernel
{
    /// <summary>The name that options, logs and the benchmark use.</summary>
    public abstract string Name { get; }

    public abstract bool IsSupported { get; }

    /// <summary>Bytes that one factor of a matrix takes in the form that <see cref="Multiply"/> wants.</summary>
    public abstract int FactorBytes { get; }

    /// <summary>Outputs that one pass over the inputs computes, 1 to 6.</summary>
    public abstract int MaxRowsPerPass { get; }

    /// <summary>Writes a factor in that form: exactly <see cref="FactorBytes"/> bytes.</summary>
    public abstract void WriteFactor(byte factor, Span<byte> destination);

    /// <summary>
    /// Reads every input once for each row group of the matrix, and overwrites the outputs. Reads and writes no byte
    /// outside [pointer, pointer + lengthBytes). Outputs overlap neither inputs nor each other; nothing need be aligned.
    /// </summary>
    /// <param name="inputs">matrix.Columns pointers.</param>
    /// <param name="outputs">matrix.Rows pointers.</param>
    public abstract void Multiply(PreparedMatrix matrix, byte** inputs, byte** outputs, nint lengthBytes);
}
