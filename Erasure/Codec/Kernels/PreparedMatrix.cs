namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>
/// A matrix in the form of one kernel. Immutable.
/// <code>
/// rows are dealt into groups of at most Kernel.MaxRowsPerPass, as even as possible: the outputs that one pass over the inputs computes
/// group g:  for each column, for each row of the group: one factor of FactorBytes bytes
/// </code>
/// So a pass reads the factors strictly forward.
/// </summary>
internal sealed unsafe class PreparedMatrix
{
    private const int AlignmentBytes = 64;

    // Pinned for its life, so that kernels can hold a pointer; whoever uses the pointer keeps this object alive.
    private readonly byte[] _factors;
    private readonly byte* _start;
    private readonly int _factorBytes;

    public PreparedMatrix(Kernel kernel, ReadOnlySpan<byte> matrix, int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        GroupCount = (rows + kernel.MaxRowsPerPass - 1) / kernel.MaxRowsPerPass;
        _factorBytes = kernel.FactorBytes;
        _factors = GC.AllocateArray<byte>(rows * columns * _factorBytes + AlignmentBytes, pinned: true);
        var address = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _factors[0]);
        _start = (byte*)(((nuint)address + AlignmentBytes - 1) & ~(nuint)(AlignmentBytes - 1));

        var next = _start;
        for (var group = 0; group < GroupCount; group++)
        for (var column = 0; column < columns; column++)
        for (var row = FirstRow(group); row < FirstRow(group + 1); row++, next += _factorBytes)
            kernel.WriteFactor(matrix[row * columns + column], new Span<byte>(next, _factorBytes));
    }

    public int Rows { get; }

    public int Columns { get; }

    public int GroupCount { get; }

    /// <summary>First row of a group; that of the group after the last is <see cref="Rows"/>.</summary>
    public int FirstRow(int group) => (int)((long)Rows * group / GroupCount);

    public byte* FactorsOf(int group) => _start + (nint)FirstRow(group) * Columns * _factorBytes;
}
