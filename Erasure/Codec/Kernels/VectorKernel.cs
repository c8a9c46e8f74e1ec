using System.Runtime.CompilerServices;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>
/// The loops that all vector instruction sets share. A pass computes all rows of a group over the inputs, two vectors a step, with
/// the sums in registers: every input byte is loaded once a group, every output byte stored once.
/// </summary>
/// <remarks>
/// The last step of a piece is moved back to end with it: it computes some bytes a second time instead of leaving a remainder.
/// Only a buffer shorter than a step goes through a copy on the stack. The loops are compiled for speed at their first call:
/// unoptimised, a pass is fifty times slower, and the tiering would leave a busy server there for seconds.
/// </remarks>
internal sealed unsafe class VectorKernel<TEngine, TVector, TSource, TFactor> : Kernel
    where TEngine : IVectorEngine<TVector, TSource, TFactor>
    where TVector : unmanaged
    where TSource : unmanaged
    where TFactor : unmanaged
{
    // With several groups the inputs are read several times: in tiles that stay in the first-level cache meanwhile.
    private const int TileBytes = 24 * 1024;

    private static nint VectorBytes => sizeof(TVector);

    private static nint StepBytes => 2 * sizeof(TVector);

    public override string Name => TEngine.Name;

    public override bool IsSupported => TEngine.IsSupported;

    public override int FactorBytes => TEngine.FactorBytes;

    public override int MaxRowsPerPass => TEngine.MaxRowsPerPass;

    public override void WriteFactor(byte factor, Span<byte> destination) => TEngine.WriteFactor(factor, destination);

    public override void Multiply(PreparedMatrix matrix, byte** inputs, byte** outputs, nint lengthBytes)
    {
        if (lengthBytes < StepBytes)
        {
            MultiplyShort(matrix, inputs, outputs, lengthBytes);
        }
        else
        {
            var tile = matrix.GroupCount == 1 ? lengthBytes : Math.Max(StepBytes, TileBytes / matrix.Columns / StepBytes * StepBytes);
            for (nint start = 0; start < lengthBytes; start += tile)
                MultiplyTile(matrix, inputs, outputs, start, Math.Min(start + tile, lengthBytes));
        }

        GC.KeepAlive(matrix);
    }

    [SkipLocalsInit]
    private static void MultiplyShort(PreparedMatrix matrix, byte** inputs, byte** outputs, nint lengthBytes)
    {
        var (columns, rows) = (matrix.Columns, matrix.Rows);
        var buffers = stackalloc byte[(columns + rows) * (int)StepBytes];
        var copies = stackalloc byte*[columns + rows];
        for (var i = 0; i < columns + rows; i++)
            copies[i] = buffers + i * StepBytes;

        for (var c = 0; c < columns; c++)
        {
            new Span<byte>(copies[c], (int)StepBytes).Clear();
            Unsafe.CopyBlockUnaligned(copies[c], inputs[c], (uint)lengthBytes);
        }

        MultiplyTile(matrix, copies, copies + columns, 0, StepBytes);
        for (var r = 0; r < rows; r++)
            Unsafe.CopyBlockUnaligned(outputs[r], copies[columns + r], (uint)lengthBytes);
    }

    private static void MultiplyTile(PreparedMatrix matrix, byte** inputs, byte** outputs, nint start, nint end)
    {
        for (var group = 0; group < matrix.GroupCount; group++)
        {
            var first = matrix.FirstRow(group);
            var factors = matrix.FactorsOf(group);
            var columns = matrix.Columns;
            switch (matrix.FirstRow(group + 1) - first)
            {
                case 1: OneRow(factors, inputs, columns, outputs + first, start, end); break;
                case 2: TwoRows(factors, inputs, columns, outputs + first, start, end); break;
                case 3: ThreeRows(factors, inputs, columns, outputs + first, start, end); break;
                case 4: FourRows(factors, inputs, columns, outputs + first, start, end); break;
                case 5: FiveRows(factors, inputs, columns, outputs + first, start, end); break;
                case 6: SixRows(factors, inputs, columns, outputs + first, start, end); break;
                default: throw new InvalidOperationException("A group has one to six rows.");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(byte* factors, byte** inputs, int columns, byte** outputs, nint start, nint end)
    {
        for (var i = Math.Min(start, end - StepBytes); i < end; i = Next(i, end))
        {
            TVector a0 = default, b0 = default;
            var factor = factors;
            for (var c = 0; c < columns; c++)
            {
                var input = inputs[c] + i;
                var x = TEngine.Load(input);
                var y = TEngine.Load(input + VectorBytes);
                var f = TEngine.LoadFactor(factor);
                a0 = TEngine.MultiplyAdd(a0, x, f);
                b0 = TEngine.MultiplyAdd(b0, y, f);
                factor += TEngine.FactorBytes;
            }

            Store(outputs[0] + i, a0, b0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoRows(byte* factors, byte** inputs, int columns, byte** outputs, nint start, nint end)
    {
        for (var i = Math.Min(start, end - StepBytes); i < end; i = Next(i, end))
        {
            TVector a0 = default, b0 = default;
            TVector a1 = default, b1 = default;
            var factor = factors;
            for (var c = 0; c < columns; c++)
            {
                var input = inputs[c] + i;
                var x = TEngine.Load(input);
                var y = TEngine.Load(input + VectorBytes);
                var f = TEngine.LoadFactor(factor);
                a0 = TEngine.MultiplyAdd(a0, x, f);
                b0 = TEngine.MultiplyAdd(b0, y, f);
                f = TEngine.LoadFactor(factor + TEngine.FactorBytes);
                a1 = TEngine.MultiplyAdd(a1, x, f);
                b1 = TEngine.MultiplyAdd(b1, y, f);
                factor += 2 * TEngine.FactorBytes;
            }

            Store(outputs[0] + i, a0, b0);
            Store(outputs[1] + i, a1, b1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeRows(byte* factors, byte** inputs, int columns, byte** outputs, nint start, nint end)
    {
        for (var i = Math.Min(start, end - StepBytes); i < end; i = Next(i, end))
        {
            TVector a0 = default, b0 = default;
            TVector a1 = default, b1 = default;
            TVector a2 = default, b2 = default;
            var factor = factors;
            for (var c = 0; c < columns; c++)
            {
                var input = inputs[c] + i;
                var x = TEngine.Load(input);
                var y = TEngine.Load(input + VectorBytes);
                var f = TEngine.LoadFactor(factor);
                a0 = TEngine.MultiplyAdd(a0, x, f);
                b0 = TEngine.MultiplyAdd(b0, y, f);
                f = TEngine.LoadFactor(factor + TEngine.FactorBytes);
                a1 = TEngine.MultiplyAdd(a1, x, f);
                b1 = TEngine.MultiplyAdd(b1, y, f);
                f = TEngine.LoadFactor(factor + 2 * TEngine.FactorBytes);
                a2 = TEngine.MultiplyAdd(a2, x, f);
                b2 = TEngine.MultiplyAdd(b2, y, f);
                factor += 3 * TEngine.FactorBytes;
            }

            Store(outputs[0] + i, a0, b0);
            Store(outputs[1] + i, a1, b1);
            Store(outputs[2] + i, a2, b2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(byte* factors, byte** inputs, int columns, byte** outputs, nint start, nint end)
    {
        for (var i = Math.Min(start, end - StepBytes); i < end; i = Next(i, end))
        {
            TVector a0 = default, b0 = default;
            TVector a1 = default, b1 = default;
            TVector a2 = default, b2 = default;
            TVector a3 = default, b3 = default;
            var factor = factors;
            for (var c = 0; c < columns; c++)
            {
                var input = inputs[c] + i;
                var x = TEngine.Load(input);
                var y = TEngine.Load(input + VectorBytes);
                var f = TEngine.LoadFactor(factor);
                a0 = TEngine.MultiplyAdd(a0, x, f);
                b0 = TEngine.MultiplyAdd(b0, y, f);
                f = TEngine.LoadFactor(factor + TEngine.FactorBytes);
                a1 = TEngine.MultiplyAdd(a1, x, f);
                b1 = TEngine.MultiplyAdd(b1, y, f);
                f = TEngine.LoadFactor(factor + 2 * TEngine.FactorBytes);
                a2 = TEngine.MultiplyAdd(a2, x, f);
                b2 = TEngine.MultiplyAdd(b2, y, f);
                f = TEngine.LoadFactor(factor + 3 * TEngine.FactorBytes);
                a3 = TEngine.MultiplyAdd(a3, x, f);
                b3 = TEngine.MultiplyAdd(b3, y, f);
                factor += 4 * TEngine.FactorBytes;
            }

            Store(outputs[0] + i, a0, b0);
            Store(outputs[1] + i, a1, b1);
            Store(outputs[2] + i, a2, b2);
            Store(outputs[3] + i, a3, b3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FiveRows(byte* factors, byte** inputs, int columns, byte** outputs, nint start, nint end)
    {
        for (var i = Math.Min(start, end - StepBytes); i < end; i = Next(i, end))
        {
            TVector a0 = default, b0 = default;
            TVector a1 = default, b1 = default;
            TVector a2 = default, b2 = default;
            TVector a3 = default, b3 = default;
            TVector a4 = default, b4 = default;
            var factor = factors;
            for (var c = 0; c < columns; c++)
            {
                var input = inputs[c] + i;
                var x = TEngine.Load(input);
                var y = TEngine.Load(input + VectorBytes);
                var f = TEngine.LoadFactor(factor);
                a0 = TEngine.MultiplyAdd(a0, x, f);
                b0 = TEngine.MultiplyAdd(b0, y, f);
                f = TEngine.LoadFactor(factor + TEngine.FactorBytes);
                a1 = TEngine.MultiplyAdd(a1, x, f);
                b1 = TEngine.MultiplyAdd(b1, y, f);
                f = TEngine.LoadFactor(factor + 2 * TEngine.FactorBytes);
                a2 = TEngine.MultiplyAdd(a2, x, f);
                b2 = TEngine.MultiplyAdd(b2, y, f);
                f = TEngine.LoadFactor(factor + 3 * TEngine.FactorBytes);
                a3 = TEngine.MultiplyAdd(a3, x, f);
                b3 = TEngine.MultiplyAdd(b3, y, f);
                f = TEngine.LoadFactor(factor + 4 * TEngine.FactorBytes);
                a4 = TEngine.MultiplyAdd(a4, x, f);
                b4 = TEngine.MultiplyAdd(b4, y, f);
                factor += 5 * TEngine.FactorBytes;
            }

            Store(outputs[0] + i, a0, b0);
            Store(outputs[1] + i, a1, b1);
            Store(outputs[2] + i, a2, b2);
            Store(outputs[3] + i, a3, b3);
            Store(outputs[4] + i, a4, b4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixRows(byte* factors, byte** inputs, int columns, byte** outputs, nint start, nint end)
    {
        for (var i = Math.Min(start, end - StepBytes); i < end; i = Next(i, end))
        {
            TVector a0 = default, b0 = default;
            TVector a1 = default, b1 = default;
            TVector a2 = default, b2 = default;
            TVector a3 = default, b3 = default;
            TVector a4 = default, b4 = default;
            TVector a5 = default, b5 = default;
            var factor = factors;
            for (var c = 0; c < columns; c++)
            {
                var input = inputs[c] + i;
                var x = TEngine.Load(input);
                var y = TEngine.Load(input + VectorBytes);
                var f = TEngine.LoadFactor(factor);
                a0 = TEngine.MultiplyAdd(a0, x, f);
                b0 = TEngine.MultiplyAdd(b0, y, f);
                f = TEngine.LoadFactor(factor + TEngine.FactorBytes);
                a1 = TEngine.MultiplyAdd(a1, x, f);
                b1 = TEngine.MultiplyAdd(b1, y, f);
                f = TEngine.LoadFactor(factor + 2 * TEngine.FactorBytes);
                a2 = TEngine.MultiplyAdd(a2, x, f);
                b2 = TEngine.MultiplyAdd(b2, y, f);
                f = TEngine.LoadFactor(factor + 3 * TEngine.FactorBytes);
                a3 = TEngine.MultiplyAdd(a3, x, f);
                b3 = TEngine.MultiplyAdd(b3, y, f);
                f = TEngine.LoadFactor(factor + 4 * TEngine.FactorBytes);
                a4 = TEngine.MultiplyAdd(a4, x, f);
                b4 = TEngine.MultiplyAdd(b4, y, f);
                f = TEngine.LoadFactor(factor + 5 * TEngine.FactorBytes);
                a5 = TEngine.MultiplyAdd(a5, x, f);
                b5 = TEngine.MultiplyAdd(b5, y, f);
                factor += 6 * TEngine.FactorBytes;
            }

            Store(outputs[0] + i, a0, b0);
            Store(outputs[1] + i, a1, b1);
            Store(outputs[2] + i, a2, b2);
            Store(outputs[3] + i, a3, b3);
            Store(outputs[4] + i, a4, b4);
            Store(outputs[5] + i, a5, b5);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(byte* output, TVector a, TVector b)
    {
        TEngine.Store(output, a);
        TEngine.Store(output + VectorBytes, b);
    }

    /// <summary>Where the next step begins: after this one, or earlier so that it ends with the piece, or at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Next(nint position, nint end) =>
        position + StepBytes >= end ? end : Math.Min(position + StepBytes, end - StepBytes);
}
