using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Cosi.Buckets;

namespace ObjectStore.Cosi.Tests.Buckets;

public sealed class BucketNamingTests
{
    private static readonly Gen<string> Names =
        from labels in Gen.NonEmptyListOf(from length in Gen.Choose(1, 63) from chars in Gen.ArrayOf(Gen.Elements("abcxyz0189".ToCharArray()), length) select new string(chars))
        select string.Join('.', labels) is { Length: > 253 } longer ? longer[..253].TrimEnd('.') : string.Join('.', labels);

    [Fact]
    public void Every_name_has_an_id_that_is_a_bucket_and_the_id_of_itself() => Prop.ForAll(Names.ToArbitrary(), name =>
    {
        foreach (var prefix in (string[])["cosi-", "a-", "01234567890123456789"[..19] + "-"])
        {
            var id = BucketNaming.IdOf(prefix, name, out _);
            BucketNaming.IsBucketName(id).ShouldBeTrue(id);
            id.ShouldStartWith(prefix);
            BucketNaming.IdOf(prefix, id, out var isId).ShouldBe(id);
            isId.ShouldBeTrue();
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_sidecars_names_are_never_taken_for_ids()
    {
        BucketNaming.IdOf(BucketNaming.DefaultPrefix, "bc-0cbc93a2-3a47-4f3b-9d3d-0f0d7f6a1f10", out var isId).ShouldBe("cosi-bc-0cbc93a2-3a47-4f3b-9d3d-0f0d7f6a1f10");
        isId.ShouldBeFalse();
        foreach (var prefix in (string[])["bc-", "bc-x-", "b", "-", "a.b-", ""]) BucketNaming.IsPrefix(prefix).ShouldBeFalse(prefix);
    }

    [Fact]
    public void A_name_that_looks_like_the_id_of_another_has_an_id_of_its_own()
    {
        BucketNaming.IdOfName("cosi-", "x").ShouldBe("cosi-x");
        BucketNaming.IdOfName("cosi-", "cosi-x").ShouldBe("cosi-cosi-x");
        BucketNaming.IdOf("cosi-", "cosi-cosi-x", out _).ShouldBe("cosi-cosi-x");
    }

    [Fact]
    public void Long_names_that_differ_at_their_end_have_different_ids()
    {
        var first = BucketNaming.IdOf("cosi-", new string('a', 200) + "1", out _);
        var second = BucketNaming.IdOf("cosi-", new string('a', 200) + "2", out _);
        first.Length.ShouldBe(63);
        first.ShouldNotBe(second);
    }
}
