using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.S3.Wire;

/// <summary>What each checksum is called in headers (<c>x-amz-checksum-crc32</c>), in XML (<c>ChecksumCRC32</c>) and as a value (<c>CRC32</c>).</summary>
internal static class ChecksumNames
{
    private static readonly (ChecksumAlgorithm Algorithm, string Name, int DigestBytes)[] Rows =
    [
        (ChecksumAlgorithm.Crc32, "CRC32", 4),
        (ChecksumAlgorithm.Crc32C, "CRC32C", 4),
        (ChecksumAlgorithm.Crc64Nvme, "CRC64NVME", 8),
        (ChecksumAlgorithm.Sha1, "SHA1", 20),
        (ChecksumAlgorithm.Sha256, "SHA256", 32),
        (ChecksumAlgorithm.Sha512, "SHA512", 64),
        (ChecksumAlgorithm.Md5, "MD5", 16),
        (ChecksumAlgorithm.XxHash64, "XXHASH64", 8),
        (ChecksumAlgorithm.XxHash3, "XXHASH3", 8),
        (ChecksumAlgorithm.XxHash128, "XXHASH128", 16),
    ];

    private static readonly string[] Headers = ByAlgorithm(row => "x-amz-checksum-" + row.Name.ToLowerInvariant());
    private static readonly string[] Names = ByAlgorithm(row => row.Name);
    private static readonly byte[][] Elements = ByAlgorithm(row => System.Text.Encoding.ASCII.GetBytes("Checksum" + row.Name));

    public static string Header(ChecksumAlgorithm algorithm) => Headers[(int)algorithm];

    public static string Name(ChecksumAlgorithm algorithm) => Names[(int)algorithm];

    public static ReadOnlySpan<byte> Element(ChecksumAlgorithm algorithm) => Elements[(int)algorithm];

    public static string TypeName(ChecksumType type) => type == ChecksumType.Composite ? "COMPOSITE" : "FULL_OBJECT";

    /// <summary>None if there is no such algorithm.</summary>
    public static ChecksumAlgorithm Parse(ReadOnlySpan<char> name)
    {
        foreach (var row in Rows)
        {
            if (name.Equals(row.Name, StringComparison.OrdinalIgnoreCase))
                return row.Algorithm;
        }

        return ChecksumAlgorithm.None;
    }

    /// <summary>The algorithm of a header or trailer <c>x-amz-checksum-...</c> or an element <c>Checksum...</c>; None if it is neither.</summary>
    public static ChecksumAlgorithm ParseField(ReadOnlySpan<char> field) =>
        field.StartsWith("x-amz-checksum-", StringComparison.OrdinalIgnoreCase) ? Parse(field["x-amz-checksum-".Length..])
        : field.StartsWith("Checksum", StringComparison.Ordinal) ? Parse(field["Checksum".Length..])
        : ChecksumAlgorithm.None;

    /// <summary>base64, of a composite one with "-N" behind it. Null when it is not a value of this algorithm.</summary>
    public static ObjectChecksum? ParseValue(ChecksumAlgorithm algorithm, ReadOnlySpan<char> value)
    {
        var (type, parts) = (ChecksumType.FullObject, 0);
        var dash = value.LastIndexOf('-');
        if (dash >= 0)
        {
            if (!int.TryParse(value[(dash + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out parts))
                return null;
            type = ChecksumType.Composite;
            value = value[..dash];
        }

        var digest = new byte[DigestBytes(algorithm)];
        return Convert.TryFromBase64Chars(value, digest, out var count) && count == digest.Length ? new ObjectChecksum(algorithm, type, digest, parts) : null;
    }

    public static int DigestBytes(ChecksumAlgorithm algorithm) => Array.Find(Rows, row => row.Algorithm == algorithm).DigestBytes;

    /// <summary>The elements of an object's or part's checksum.</summary>
    public static void Write(ref XmlBuilder xml, ObjectChecksum? checksum, bool withType)
    {
        if (checksum is null)
            return;

        xml.Element(Element(checksum.Algorithm), checksum.ToString());
        if (withType)
            xml.Element("ChecksumType"u8, TypeName(checksum.Type));
    }

    private static T[] ByAlgorithm<T>(Func<(ChecksumAlgorithm Algorithm, string Name, int), T> select)
    {
        var all = new T[Rows.Length + 1];
        foreach (var row in Rows)
            all[(int)row.Algorithm] = select(row);
        return all;
    }
}
