using ObjectStore.Erasure.Codec;

namespace ObjectStore.Erasure.Tests.Codec;

public sealed class GaloisFieldTests
{
    [Fact]
    public void Tables_give_the_product_of_the_definition()
    {
        for (var a = 0; a < 256; a++)
        for (var b = 0; b < 256; b++)
            GaloisField.Multiply((byte)a, (byte)b).ShouldBe(GaloisField.MultiplyByShifting((byte)a, (byte)b));
    }

    [Fact]
    public void The_polynomial_is_0x11d()
    {
        GaloisField.MultiplyByShifting(0x80, 2).ShouldBe((byte)0x1d);
        GaloisField.MultiplyByShifting(0x53, 0xca).ShouldBe((byte)0x8f);
    }

    [Fact]
    public void Multiplication_is_commutative_and_has_one_and_zero()
    {
        for (var a = 0; a < 256; a++)
        {
            Product(a, 1).ShouldBe(a);
            Product(a, 0).ShouldBe(0);
            for (var b = 0; b < 256; b++)
                Product(a, b).ShouldBe(Product(b, a));
        }
    }

    [Fact]
    public void Multiplication_is_associative_and_distributes_over_addition()
    {
        for (var a = 0; a < 256; a++)
        for (var b = a; b < 256; b += 3)
        for (var c = 0; c < 256; c += 7)
        {
            if (Product(Product(a, b), c) != Product(a, Product(b, c)) || Product(a, b ^ c) != (Product(a, b) ^ Product(a, c)))
                Assert.Fail($"a={a} b={b} c={c}");
        }
    }

    [Fact]
    public void Every_element_but_zero_has_an_inverse()
    {
        for (var a = 1; a < 256; a++)
            Product(a, GaloisField.Invert((byte)a)).ShouldBe(1);
        Should.Throw<DivideByZeroException>(() => GaloisField.Invert(0));
    }

    [Fact]
    public void Two_generates_all_elements_but_zero()
    {
        var seen = new HashSet<int>();
        for (int i = 0, x = 1; i < 255; i++, x = Product(x, 2))
            seen.Add(x).ShouldBeTrue();
        seen.ShouldNotContain(0);
    }

    private static int Product(int a, int b) => GaloisField.MultiplyByShifting((byte)a, (byte)b);
}
