using System.Collections.Frozen;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>Strings of the header names that requests sign, so that looking one up allocates nothing.</summary>
internal static class HeaderNames
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = FrozenSet.Create(
        StringComparer.Ordinal,
        "host", "content-type", "content-md5", "content-length", "content-encoding", "content-disposition", "content-language",
        "cache-control", "expires", "date", "range", "user-agent", "accept", "accept-encoding", "expect", "connection",
        "transfer-encoding", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "amz-sdk-invocation-id",
        "amz-sdk-request", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-decoded-content-length",
        "x-amz-trailer", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm", "x-amz-checksum-mode",
        "x-amz-checksum-type", "x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-crc64nvme",
        "x-amz-checksum-sha1", "x-amz-checksum-sha256", "x-amz-copy-source", "x-amz-acl", "x-amz-storage-class",
        "x-amz-metadata-directive", "x-amz-tagging", "x-amz-user-agent", "x-amz-object-attributes",
        "x-amz-expected-bucket-owner", "x-amz-request-payer", "x-amz-server-side-encryption").GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Intern(ReadOnlySpan<char> name) => Known.TryGetValue(name, out var known) ? known : name.ToString();
}
