using System.Runtime.CompilerServices;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>No vectors at all: a factor is its table of 256 products. Works on every processor.</summary>
internal sealed unsafe class ScalarTablesKernel : Kernel
{
    // Eight products are gathered in a register before they meet the output.
    private const int StepBytes = 8;

    public override string Name => "scalar";

    public override bool IsSupported => true;

    public override int FactorBytes => 256;

    public override int MaxRowsPerPass => 4;

    public override void WriteFactor(byte factor, Span<byte> destination)
    {
        for (var x = 0; x < 256; x++)
            destination[x] = GaloisField.Multiply(factor, (byte)x);
    }

    public override void Multiply(PreparedMatrix matrix, byte** inputs, byte** outputs, nint lengthBytes)
    {
        for (var group = 0; group < matrix.GroupCount; group++)
        {
            var firstRow = matrix.FirstRow(group);
            var rows = matrix.FirstRow(group + 1) - firstRow;
            for (var row = 0; row < rows; row++)
                MultiplyRow(matrix.FactorsOf(group) + row * 256, rows * 256, inputs, matrix.Columns, outputs[firstRow + row], lengthBytes);
        }

        GC.KeepAlive(matrix);
    }

    private static void MultiplyRow(byte* tables, int tableStrideBytes, byte** inputs, int columns, byte* output, nint lengthBytes)
    {
        nint i = 0;
        for (; i <= lengthBytes - StepBytes; i += StepBytes)
        {
            ulong sum = 0;
            for (var column = 0; column < columns; column++)
                sum ^= EightProducts(tables + column * tableStrideBytes, Unsafe.ReadUnaligned<ulong>(inputs[column] + i));
            Unsafe.WriteUnaligned(output + i, sum);
        }

        for (; i < lengthBytes; i++)
        {
            byte sum = 0;
            for (var column = 0; column < columns; column++)
                sum ^= tables[column * tableStrideBytes + inputs[column][i]];
            output[i] = sum;
        }
    }

    // Shifts and not addresses, so that the byte order of the processor does not matter.
    private static ulong EightProducts(byte* table, ulong x) =>
        table[(byte)x]
        | (ulong)table[(byte)(x >> 8)] << 8
        | (ulong)table[(byte)(x >> 16)] << 16
        | (ulong)table[(byte)(x >> 24)] << 24
        | (ulong)table[(byte)(x >> 32)] << 32
        | (ulong)table[(byte)(x >> 40)] << 40
        | (ulong)table[(byte)(x >> 48)] << 48
        | (ulong)table[(byte)(x >> 56)] << 56;
}
