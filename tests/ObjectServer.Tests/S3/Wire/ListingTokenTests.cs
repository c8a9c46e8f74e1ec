using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Tests.S3.Wire;

public class ListingTokenTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("ü😀\0")]
    public void A_token_gives_its_position_back(string position)
    {
        ListingToken.TryDecode("list:b", ListingToken.Encode("list:b", position), out var back).ShouldBeTrue();
        back.ShouldBe(position);
    }

    [Fact]
    public void A_token_of_another_bucket_is_refused() =>
        ListingToken.TryDecode("list:other", ListingToken.Encode("list:b", "a"), out _).ShouldBeFalse();

    [Fact]
    public void A_changed_or_cut_token_is_refused()
    {
        var token = ListingToken.Encode("list:b", "some/key");
        for (var i = 0; i < token.Length; i++)
        {
            ListingToken.TryDecode("list:b", token[..i], out _).ShouldBeFalse();
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'Q' : 'A';
            ListingToken.TryDecode("list:b", new string(changed), out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void Any_text_is_refused() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<string>(text => !ListingToken.TryDecode("s", text ?? "", out _)));
}
