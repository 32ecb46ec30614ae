using CsCheck;
using k8s.Models;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Api;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("250m", 250)]
    [InlineData("2", 2000)]
    [InlineData("0.1", 100)]
    [InlineData(".5", 500)]
    [InlineData("1.", 1000)]
    [InlineData("1u", 1)]
    [InlineData("100n", 1)]
    [InlineData("1500u", 2)]
    [InlineData("1e3", 1_000_000)]
    [InlineData("-250m", -250)]
    [InlineData("+3", 3000)]
    [InlineData("0", 0)]
    public void Milli_text_is_read(string text, long milli)
    {
        Assert.True(Quantities.TryParseMilli(text, out var read));
        Assert.Equal(milli, read);
    }

    [Theory]
    [InlineData("1Ki", 1024)]
    [InlineData("1.5Gi", 1_610_612_736)]
    [InlineData("128Mi", 134_217_728)]
    [InlineData("1k", 1000)]
    [InlineData("100m", 1)]
    [InlineData("1E", 1_000_000_000_000_000_000)]
    [InlineData("7Ei", 8_070_450_532_247_928_832)]
    [InlineData("8Ei", long.MaxValue)]
    [InlineData("1e30", long.MaxValue)]
    [InlineData("123456789012345678901234567890", long.MaxValue)]
    [InlineData("0.00000000000000000000000000000001", 1)]
    [InlineData("12E2", 1200)]
    public void Value_text_is_read(string text, long value)
    {
        Assert.True(Quantities.TryParseValue(text, out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("250m", 250_000_000)]
    [InlineData("1", 1_000_000_000)]
    [InlineData("5n", 5)]
    [InlineData("0", 0)]
    public void Nano_text_is_read(string text, long nano)
    {
        Assert.True(Quantities.TryParseNano(text, out var read));
        Assert.Equal(nano, read);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(5, "5n")]
    [InlineData(12_345_678, "12345678n")]
    [InlineData(1_234_500, "1234500n")]
    [InlineData(1_234_000, "1234u")]
    [InlineData(250_000_000, "250m")]
    [InlineData(1_500_000_000, "1500m")]
    [InlineData(2_000_000_000, "2")]
    [InlineData(long.MaxValue, "9223372036854775807n")]
    public void Nanos_are_written_as_Kubernetes_does(long nano, string text)
    {
        Assert.Equal(text, Quantities.OfNano(nano));
        Assert.True(Quantities.TryParseNano(text, out var read));
        Assert.Equal(nano, read);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1000, "1000")]
    [InlineData(1_263_616, "1234Ki")]
    [InlineData(64 << 20, "64Mi")]
    [InlineData((1L << 30) + 1, "1073741825")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    public void Bytes_are_written_as_Kubernetes_does(long bytes, string text) => Assert.Equal(text, Quantities.OfBytes(bytes));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("m")]
    [InlineData("1.2.3")]
    [InlineData("1 Gi")]
    [InlineData("1gi")]
    [InlineData("1K")]
    [InlineData("1e")]
    [InlineData("one")]
    [InlineData("--1")]
    [InlineData("1e999999999999")]
    public void Text_that_is_no_quantity_is_refused(string? text)
    {
        Assert.False(Quantities.TryParseMilli(text, out _));
        Assert.False(Quantities.TryParseValue(text, out _));
        Assert.False(Quantities.TryCanonical(text, out _));
    }

    [Theory]
    [InlineData("0.5", "500m")]
    [InlineData("1000m", "1")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1536Mi", "1536Mi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("2000", "2k")]
    [InlineData("0", "0")]
    [InlineData("0Mi", "0")]
    [InlineData("100", "100")]
    [InlineData("1e3", "1e3")]
    [InlineData("-0.5", "-500m")]
    public void Canonical_form_has_the_largest_exact_suffix(string text, string canonical)
    {
        Assert.True(Quantities.TryCanonical(text, out var written));
        Assert.Equal(canonical, written);
    }

    [Fact]
    public void Reading_agrees_with_the_client_library()
    {
        var suffix = Gen.OneOf("", "m", "k", "M", "G", "Ki", "Mi", "Gi");
        Gen.Select(Gen.Long[0, 999_999], Gen.Int[0, 999], suffix).Sample((whole, fraction, unit) =>
        {
            var text = $"{whole}.{fraction:000}{unit}";
            var exact = new ResourceQuantity(text).ToDecimal();
            Assert.True(Quantities.TryParseValue(text, out var value));
            Assert.Equal((long)Math.Ceiling(exact), value);
            Assert.True(Quantities.TryParseMilli(text, out var milli));
            Assert.Equal((long)Math.Ceiling(exact * 1000), milli);
            Assert.True(Quantities.TryCanonical(text, out var canonical));
            Assert.True(Quantities.TryParseMilli(canonical, out var again));
            // Only a fraction of a byte is lost in writing.
            if (!unit.EndsWith('i')) Assert.Equal(milli, again);
        });
    }
}
