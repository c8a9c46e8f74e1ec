using System.Reflection;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Http;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;
using ObjectStore.Server.Tests.S3.Sweep;

namespace ObjectStore.Server.Tests.S3.Fuzz;

/// <summary>The parsers by themselves: any text gives a value or an error of S3, and what is well-formed comes back as it was.</summary>
public sealed class ParserFuzzTests
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261120, 77777);

    private static readonly SweepBucket Bucket = new("bucket", "v", "w", "u", "\"00000000000000000000000000000000\"");

    private static readonly Gen<string> Piece = Gen.Elements(
        "/", "//", "bucket", "key", "%", "%2", "%2F", "%2f", "%00", "%C3%A9", "%C3", "%ED%A0%80", "%F0%9F%98%80", "+", " ", "?", "&", "=", "#", ".", "..", "http://", "h:1", "\u00e9", "\ud83d\ude00",
        "\ud800", "\u0001", "versionId", "uploads", "x=y", new string('a', 1100), "*", "\"", ",", "W/", "Sat, 01 Jun 2024 12:00:00 GMT", "2024-06-01T00:00:00Z", "-1", "99999999999999999999", "5");

    private static Arbitrary<string> Text { get; } =
        Gen.OneOf(Piece.ListOf(8).Select(string.Concat), ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "")).ToArbitrary();

    [Fact]
    public void Any_target_names_a_bucket_and_a_key_or_is_refused() => Prop.ForAll(Text, text =>
    {
        var target = RequestTarget.Parse("/" + text);
        var error = target.Resolve(null, out _, out var key);
        (error is not null || key is null || (key.Length > 0 && Encoding.UTF8.GetByteCount(key) <= RequestTarget.MaxKeyBytes)).ShouldBeTrue();
        RequestTarget.Parse(text).Resolve("bucket", out _, out _);
        new S3Query(target.RawQuery).Count.ShouldBeLessThanOrEqualTo(target.RawQuery.Length);
    }).Check(Quick);

    [Fact]
    public void Any_key_comes_back_from_its_target() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
    {
        // What is no UTF-8 can be no key.
        var key = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
        if (key.Length is 0 or > 300) return;
        foreach (var keepSlash in new[] { true, false })
        {
            RequestTarget.Parse("/b/" + PercentEncoding.Encode(key, keepSlash)).Resolve(null, out _, out var found).ShouldBeNull();
            found.ShouldBe(key);
        }
    }).Check(Quick);

    [Fact]
    public void Any_conditions_are_read_or_refused() => Prop.ForAll(Text, Text, (one, other) =>
    {
        var headers = new HeaderDictionary();
        foreach (var name in new[] { "If-Match", "If-None-Match", "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match" }) headers[name] = one;
        foreach (var name in new[] { "If-Modified-Since", "If-Unmodified-Since", "x-amz-if-match-last-modified-time", "x-amz-copy-source-if-modified-since" }) headers[name] = other;
        headers["x-amz-if-match-size"] = one;
        Conditions.OfRead(headers);
        Conditions.OfCopySource(headers);
        Conditions.OfWrite(headers);
        Conditions.IsRangeOf(one, "e", DateTimeOffset.UnixEpoch);
        OrRefused(() => Conditions.OfDelete(headers));
    }).Check(Quick);

    [Fact]
    public void Any_copy_source_names_a_bucket_and_a_key_or_is_refused() => Prop.ForAll(Text, text =>
    {
        if (CopySource.TryParse(text, out var source)) (source.Bucket.Length > 0 && source.Key.Length > 0).ShouldBeTrue(text);
    }).Check(Quick);

    [Fact]
    public void Any_copy_range_and_any_token_is_read_or_refused() => Prop.ForAll(Text, text =>
    {
        if (RangeHeader.TryParseCopyRange("bytes=" + text, out var first, out var last)) (first >= 0 && last >= first).ShouldBeTrue(text);
        ListingToken.TryDecode("bucket", text, out _).ShouldBeFalse();
    }).Check(Quick);

    /// <summary>Every document that some call reads, spoilt in every way that is known, many times.</summary>
    [Fact]
    public void Any_document_is_read_or_malformed()
    {
        const int seed = 20261120;
        var parsers = typeof(DeleteDocument).Assembly.GetTypes()
            .Select(type => type.GetMethod("Parse", BindingFlags.Static | BindingFlags.Public, [typeof(ReadOnlyMemory<byte>)])).OfType<MethodInfo>()
            .Where(parser => !parser.IsGenericMethod && parser.GetParameters().Length == 1).ToArray();
        parsers.Length.ShouldBeGreaterThan(10);
        var documents = Enum.GetValues<S3OperationName>().Select(name => SweepDocuments.Of(name, Bucket, RootCredentialStore.CanonicalId)).Where(document => document.Length > 10).ToArray();
        var random = new Random(seed);
        for (var i = 0; i < 4000; i++)
        {
            var body = documents[i % documents.Length];
            for (var n = random.Next(1, 4); n > 0 && body.Length < 1 << 20; n--) body = FuzzValues.Spoil(random, body);
            foreach (var parser in parsers)
            {
                try
                {
                    parser.Invoke(null, [(ReadOnlyMemory<byte>)body]);
                }
                catch (TargetInvocationException e) when (e.InnerException is S3Exception)
                {
                    // Refused, with a reason.
                }
                catch (TargetInvocationException e)
                {
                    throw new ShouldAssertException($"seed {seed}, document {i}, {parser.DeclaringType!.Name}: {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 2000)))}", e);
                }
            }
        }
    }

    private static void OrRefused(Action action)
    {
        try
        {
            action();
        }
        catch (S3Exception)
        {
            // Refused, with a reason.
        }
    }
}
