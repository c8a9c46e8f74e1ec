using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Tests.Codec;

public sealed class RoundTripProperties
{
    [Fact]
    public void Any_k_shards_give_the_others_on_any_kernel()
    {
        var kernels = KernelCatalog.Supported.ToArray();
        var cases =
            from k in Gen.Choose(1, 20)
            from m in Gen.Choose(0, 12)
            from length in Gen.Choose(0, 600)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            from kernel in Gen.Elements(kernels)
            select (Scheme: new Scheme(k, m), Length: length, Seed: seed, Kernel: kernel);

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(200),
            Prop.ForAll(cases.ToArbitrary(), x =>
            {
                var random = new Random(x.Seed);
                var shards = new EncodedShards(new ReedSolomon(x.Scheme, x.Kernel), x.Length, x.Seed);
                var missing = EncodedShards.RandomSubset(random, x.Scheme.TotalShards, random.Next(x.Scheme.ParityShards + 1));
                shards.LoseAndReconstruct(missing, missing.Lowest(random.Next(missing.Count + 1)));
            }));
    }
}
