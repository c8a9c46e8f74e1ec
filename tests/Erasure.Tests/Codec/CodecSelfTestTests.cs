using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Tests.Codec;

public sealed class CodecSelfTestTests
{
    [Fact]
    public void Every_kernel_passes()
    {
        CodecSelfTest.Run();
        foreach (var kernel in KernelCatalog.Supported)
            CodecSelfTest.Run(new CodecProvider(kernel));
    }

    [Theory]
    [InlineData(0), InlineData(100), InlineData(138)]
    public void One_wrong_bit_is_fatal(int position) =>
        Should.Throw<CodecSelfTestException>(() => CodecSelfTest.Run(new CodecProvider(new LyingKernel(position))));

    private sealed unsafe class LyingKernel(int position) : Kernel
    {
        private readonly Kernel _truth = new ScalarTablesKernel();

        public override string Name => "lying";

        public override bool IsSupported => true;

        public override int MaxRowsPerPass => _truth.MaxRowsPerPass;

        public override int FactorBytes => _truth.FactorBytes;

        public override void WriteFactor(byte factor, Span<byte> destination) => _truth.WriteFactor(factor, destination);

        public override void Multiply(PreparedMatrix matrix, byte** inputs, byte** outputs, nint lengthBytes)
        {
            _truth.Multiply(matrix, inputs, outputs, lengthBytes);
            if (lengthBytes > position)
                outputs[matrix.Rows - 1][position] ^= 1;
        }
    }
}
