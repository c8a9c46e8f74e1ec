using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.S3.Checksums;

public sealed class ExpectedDigestsTests
{
    private static readonly byte[] Body = "hello"u8.ToArray();

    [Theory]
    [InlineData("Content-MD5", "short", S3ErrorCode.InvalidDigest)]
    [InlineData("Content-MD5", "", S3ErrorCode.InvalidDigest)]
    [InlineData("Content-MD5", "YWJyYWNhZGFicmE=", S3ErrorCode.InvalidDigest)]
    [InlineData("x-amz-checksum-crc32", "AAAAAAA=", S3ErrorCode.BadDigest)]
    [InlineData("x-amz-checksum-sha256", "nonsense!", S3ErrorCode.BadDigest)]
    [InlineData("x-amz-sdk-checksum-algorithm", "CRC32", S3ErrorCode.InvalidRequest)]
    [InlineData("x-amz-sdk-checksum-algorithm", "ROT13", S3ErrorCode.InvalidRequest)]
    [InlineData("x-amz-trailer", "x-amz-meta-a", S3ErrorCode.InvalidRequest)]
    internal void A_header_of_wrong_form_has_its_error(string name, string value, S3ErrorCode code)
    {
        Read(new HeaderDictionary { [name] = value }, out _).ShouldNotBeNull().Code.ShouldBe(code);
    }

    [Fact]
    public void Two_checksums_are_too_many()
    {
        var headers = new HeaderDictionary { ["x-amz-checksum-crc32"] = "AAAAAA==", ["x-amz-checksum-crc32c"] = "AAAAAA==" };
        Read(headers, out _).ShouldNotBeNull().Code.ShouldBe(S3ErrorCode.InvalidRequest);
        headers = new HeaderDictionary { ["x-amz-checksum-crc32"] = "AAAAAA==", ["x-amz-trailer"] = "x-amz-checksum-crc32c" };
        Read(headers, out _).ShouldNotBeNull().Code.ShouldBe(S3ErrorCode.InvalidRequest);
    }

    [Fact]
    public void A_trailer_needs_a_body_that_has_one() =>
        ExpectedDigests.TryRead(new HeaderDictionary { ["x-amz-trailer"] = "x-amz-checksum-crc32" }, ofBody: true, trailerAllowed: false, null, out _)
            .ShouldNotBeNull().Code.ShouldBe(S3ErrorCode.InvalidRequest);

    [Fact]
    public void Headers_that_begin_alike_are_no_checksums()
    {
        var headers = new HeaderDictionary { ["x-amz-checksum-mode"] = "ENABLED", ["x-amz-checksum-type"] = "COMPOSITE", ["x-amz-checksum-algorithm"] = "CRC32" };
        Read(headers, out var digests).ShouldBeNull();
        digests.Algorithm.ShouldBe(ChecksumAlgorithm.None);
    }

    [Fact]
    public void What_matches_is_accepted_and_what_does_not_has_its_error()
    {
        var sha256 = Convert.ToBase64String(SHA256.HashData(Body));
        var headers = new HeaderDictionary
        {
            ["Content-MD5"] = Convert.ToBase64String(MD5.HashData(Body)),
            ["x-amz-checksum-sha256"] = sha256,
            ["x-amz-sdk-checksum-algorithm"] = "SHA256",
        };
        var signed = Convert.ToHexStringLower(SHA256.HashData(Body));
        ExpectedDigests.TryRead(headers, ofBody: true, trailerAllowed: false, signed, out var digests).ShouldBeNull();
        digests.Algorithm.ShouldBe(ChecksumAlgorithm.Sha256);
        digests.Wanted.ShouldBe(ChecksumSet.Of(ChecksumAlgorithm.Md5, ChecksumAlgorithm.Sha256));
        digests.Check(DocumentDigests.Compute(digests.Wanted, Body)).ShouldBeNull();

        Check(new HeaderDictionary { ["x-amz-checksum-sha256"] = sha256 }, null).ShouldBe(S3ErrorCode.BadDigest);
        Check(new HeaderDictionary { ["Content-MD5"] = headers["Content-MD5"] }, null).ShouldBe(S3ErrorCode.BadDigest);
        Check(new HeaderDictionary(), signed).ShouldBe(S3ErrorCode.XAmzContentSHA256Mismatch);
    }

    [Fact]
    public void Of_a_complete_multipart_upload_the_checksum_speaks_of_the_object()
    {
        ExpectedDigests.TryRead(new HeaderDictionary { ["x-amz-checksum-crc32"] = "AAAAAA==-2" }, ofBody: false, trailerAllowed: false, null, out var digests).ShouldBeNull();
        digests.Wanted.Bits.ShouldBe((ushort)0);
    }

    private static S3ErrorCode? Check(HeaderDictionary headers, string? signed)
    {
        ExpectedDigests.TryRead(headers, ofBody: true, trailerAllowed: false, signed, out var digests).ShouldBeNull();
        return digests.Check(DocumentDigests.Compute(digests.Wanted, "hellO"u8))?.Code;
    }

    private static S3Error? Read(HeaderDictionary headers, out ExpectedDigests digests) =>
        ExpectedDigests.TryRead(headers, ofBody: true, trailerAllowed: true, null, out digests);
}
