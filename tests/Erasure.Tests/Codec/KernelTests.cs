using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Tests.Codec;

/// <summary>Every kernel that this processor can run against the oracle.</summary>
public sealed class KernelTests
{
    private const int WidestVectorBytes = 64;

    public static TheoryData<string> Kernels =>
        [.. KernelCatalog.Supported.Where(kernel => kernel is not NaiveKernel).Select(kernel => kernel.Name)];

    [Theory, MemberData(nameof(Kernels))]
    public void Every_product_is_that_of_the_field(string kernel)
    {
        Span<byte> inputs = stackalloc byte[256];
        Span<byte> outputs = stackalloc byte[256];
        for (var i = 0; i < 256; i++)
            inputs[i] = (byte)i;
        for (var factor = 0; factor < 256; factor++)
        {
            Multiply(Named(kernel), [(byte)factor], 1, 1, inputs, outputs);
            for (var i = 0; i < 256; i++)
                outputs[i].ShouldBe(GaloisField.MultiplyByShifting((byte)factor, (byte)i));
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Every_length_around_the_vector_width_matches_the_oracle(string kernel)
    {
        var random = new Random(11);
        for (var length = 0; length <= 4 * WidestVectorBytes + 70; length++)
        {
            var (rows, columns) = (1 + length % 9, 1 + length % 5);
            Compare(kernel, random, rows, columns, length, inputOffset: 0, outputOffset: 0);
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Every_start_offset_matches_the_oracle(string kernel)
    {
        var random = new Random(12);
        for (var offset = 1; offset < WidestVectorBytes; offset++)
            Compare(kernel, random, rows: 3, columns: 4, length: 200 + offset, inputOffset: offset, outputOffset: WidestVectorBytes - offset);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Every_number_of_rows_and_columns_matches_the_oracle(string kernel)
    {
        var random = new Random(13);
        for (var rows = 1; rows <= 20; rows++)
        for (var columns = 1; columns <= 9; columns++)
            Compare(kernel, random, rows, columns, 131, 0, 0);
        Compare(kernel, random, rows: 128, columns: 128, length: 300, 0, 0);
        Compare(kernel, random, rows: 6, columns: 250, length: 300, 0, 0);
        Compare(kernel, random, rows: 255, columns: 1, length: 65, 0, 0);
        Compare(kernel, random, rows: 251, columns: 5, length: 7, 0, 0);
    }

    /// <summary>Long enough that several groups of rows work in several tiles, with a last tile shorter than a step.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Long_buffers_match_the_oracle(string kernel)
    {
        var random = new Random(14);
        Compare(kernel, random, rows: 2, columns: 2, length: 65_536, 0, 0);
        Compare(kernel, random, rows: 7, columns: 3, length: 20_001, 0, 0);
        Compare(kernel, random, rows: 13, columns: 2, length: 12 * 1024 + 1, 0, 0);
        Compare(kernel, random, rows: 9, columns: 24, length: 1024 * 2 + 63, 0, 0);
    }

    [Theory, MemberData(nameof(Kernels))]
    public unsafe void Nothing_outside_of_the_buffers_is_touched(string kernel)
    {
        const int columns = 2;
        const int rows = 7;
        const int maxLength = 4 * WidestVectorBytes + 9;
        var random = new Random(15);
        var buffers = Enumerable.Range(0, columns + rows).Select(_ => new GuardedBuffer(maxLength)).ToArray();
        var factors = new byte[rows * columns];
        random.NextBytes(factors);
        var matrix = new PreparedMatrix(Named(kernel), factors, rows, columns);
        var pointers = stackalloc byte*[columns + rows];
        try
        {
            for (var length = 0; length <= maxLength; length++)
            for (var atEnd = 0; atEnd < 2; atEnd++)
            {
                for (var i = 0; i < buffers.Length; i++)
                    pointers[i] = atEnd != 0 ? buffers[i].AtEnd(length) : buffers[i].Start;
                Named(kernel).Multiply(matrix, pointers, pointers + columns, length);
            }
        }
        finally
        {
            foreach (var buffer in buffers)
                buffer.Dispose();
        }
    }

    [Fact]
    public void This_processor_has_at_least_the_portable_kernels() =>
        ReedSolomon.SupportedKernels.ShouldBe(
            KernelCatalog.All.Where(kernel => kernel.IsSupported).Select(kernel => kernel.Name));

    [Fact]
    public void Kernels_can_be_forced_and_switched_off()
    {
        foreach (var name in ReedSolomon.SupportedKernels)
        {
            new CodecProvider(new CodecOptions { Kernel = name.ToUpperInvariant() }).Kernel.ShouldBe(name);
            new CodecProvider(new CodecOptions { DisabledKernels = [name] }).Kernel.ShouldNotBe(name);
        }

        new CodecProvider(new CodecOptions()).Kernel.ShouldBe(ReedSolomon.SupportedKernels[0]);
        var allButScalar = ReedSolomon.SupportedKernels.Where(name => name != "scalar").ToArray();
        new CodecProvider(new CodecOptions { DisabledKernels = allButScalar }).Kernel.ShouldBe("scalar");
    }

    /// <summary>Compares with the oracle, and checks that the bytes around the outputs stay as they were.</summary>
    private static void Compare(string kernel, Random random, int rows, int columns, int length, int inputOffset, int outputOffset)
    {
        var matrix = new byte[rows * columns];
        var inputs = new byte[inputOffset + columns * length];
        var outputs = new byte[outputOffset + rows * length + WidestVectorBytes];
        random.NextBytes(matrix);
        random.NextBytes(inputs);
        random.NextBytes(outputs);
        var expected = outputs.ToArray();

        Multiply(Named(kernel), matrix, rows, columns, inputs.AsSpan(inputOffset), outputs.AsSpan(outputOffset, rows * length));
        Multiply(KernelCatalog.Oracle, matrix, rows, columns, inputs.AsSpan(inputOffset), expected.AsSpan(outputOffset, rows * length));

        if (!outputs.AsSpan().SequenceEqual(expected))
            Assert.Fail($"{kernel}: {rows} rows, {columns} columns, {length} bytes, offsets {inputOffset} and {outputOffset}");
    }

    private static unsafe void Multiply(Kernel kernel, byte[] factors, int rows, int columns, ReadOnlySpan<byte> inputs, Span<byte> outputs)
    {
        var matrix = new PreparedMatrix(kernel, factors, rows, columns);
        var length = inputs.Length / columns;
        fixed (byte* input = inputs)
        fixed (byte* output = outputs)
        {
            var pointers = stackalloc byte*[columns + rows];
            for (var i = 0; i < columns; i++)
                pointers[i] = input + i * length;
            for (var i = 0; i < rows; i++)
                pointers[columns + i] = output + i * length;
            kernel.Multiply(matrix, pointers, pointers + columns, length);
        }
    }

    private static Kernel Named(string name) => KernelCatalog.Supported.Single(kernel => kernel.Name == name);
}
