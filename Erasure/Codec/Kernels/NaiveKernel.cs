namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>The oracle: the definition, one byte and one shift at a time. Never picked, only compared with.</summary>
internal sealed unsafe class NaiveKernel : Kernel
{
    public override string Name => "naive";

    public override bool IsSupported => true;

    public override int FactorBytes => 1;

    public override int MaxRowsPerPass => 4;

    public override void WriteFactor(byte factor, Span<byte> destination) => destination[0] = factor;

    public override void Multiply(PreparedMatrix matrix, byte** inputs, byte** outputs, nint lengthBytes)
    {
        for (var group = 0; group < matrix.GroupCount; group++)
        {
            var firstRow = matrix.FirstRow(group);
            var rows = matrix.FirstRow(group + 1) - firstRow;
            for (var row = 0; row < rows; row++)
            for (nint i = 0; i < lengthBytes; i++)
            {
                byte sum = 0;
                for (var column = 0; column < matrix.Columns; column++)
                    sum ^= GaloisField.MultiplyByShifting(matrix.FactorsOf(group)[column * rows + row], inputs[column][i]);
                outputs[firstRow + row][i] = sum;
            }
        }

        GC.KeepAlive(matrix);
    }
}
