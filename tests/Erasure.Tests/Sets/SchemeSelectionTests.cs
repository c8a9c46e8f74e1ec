using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;

namespace ObjectStore.Erasure.Tests.Sets;

public sealed class SchemeSelectionTests
{
    [Theory]
    [InlineData(4, 2, 6, 4, 2)]
    [InlineData(4, 2, 60, 4, 2)]
    [InlineData(4, 2, 5, 3, 2)]
    [InlineData(4, 2, 4, 2, 2)]
    [InlineData(4, 2, 3, 1, 2)]
    [InlineData(4, 2, 2, 1, 1)]
    [InlineData(4, 2, 1, 1, 0)]
    [InlineData(8, 3, 7, 4, 3)]
    [InlineData(4, 0, 3, 3, 0)]
    [InlineData(1, 2, 2, 1, 1)]
    public void A_scheme_narrows_to_the_drives_and_keeps_parity(int k, int m, int usable, int narrowK, int narrowM) =>
        SchemeSelection.Narrow(new Scheme(k, m), usable).ShouldBe(new Scheme(narrowK, narrowM));

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 2)]
    [InlineData(1, 2, 2)]
    [InlineData(2, 2, 3)]
    [InlineData(4, 2, 5)]
    [InlineData(8, 3, 10)]
    [InlineData(10, 4, 12)]
    public void The_quorum_is_k_and_half_the_parity(int k, int m, int quorum) =>
        SchemeSelection.WriteQuorum(new Scheme(k, m)).ShouldBe(quorum);
}
