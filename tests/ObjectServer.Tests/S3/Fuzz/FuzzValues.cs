using System.Text;

namespace ObjectStore.Server.Tests.S3.Fuzz;

/// <summary>What has hurt parsers before, and what S3's parsers look for.</summary>
internal static class FuzzValues
{
    /// <summary>A request with one of these that it should not have is refused at once, mostly.</summary>
    public static readonly string[] Subresources =
    [
        "acl", "cors", "delete", "lifecycle", "location", "notification", "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock",
        "requestPayment", "restore", "retention", "legal-hold", "select", "tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website",
        "attributes", "annotation", "Action",
    ];

    public static readonly string[] Parameters =
    [
        "versionId", "prefix", "delimiter", "marker", "start-after", "continuation-token", "max-keys", "encoding-type", "key-marker", "version-id-marker", "upload-id-marker",
        "max-uploads", "max-parts", "part-number-marker", "max-buckets", "bucket-region", "fetch-owner", "list-type", "response-content-type", "response-content-disposition",
        "response-expires", "x-id", "x-amz-security-token", "X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Expires", "x-amz-acl", "x-amz-tagging", "x-amz-copy-source", "x-amz-meta-q",
        "AWSAccessKeyId", "Signature", "Expires", "Version", "limit", "after", "force", "annotationName", "annotation-prefix", "max-annotation-results",
    ];

    public static readonly string[] Headers =
    [
        "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language",
        "Cache-Control", "Expires", "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Referer", "User-Agent", "Date", "x-amz-date", "x-amz-acl",
        "x-amz-grant-read", "x-amz-grant-full-control", "x-amz-tagging", "x-amz-tagging-directive", "x-amz-metadata-directive", "x-amz-meta-a", "x-amz-storage-class",
        "x-amz-copy-source", "x-amz-copy-source-range", "x-amz-copy-source-if-match", "x-amz-copy-source-if-modified-since", "x-amz-checksum-algorithm", "x-amz-checksum-type",
        "x-amz-checksum-crc32", "x-amz-checksum-sha256", "x-amz-checksum-crc64nvme", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-mode", "x-amz-trailer",
        "x-amz-object-attributes", "x-amz-max-parts", "x-amz-part-number-marker", "x-amz-if-match-size", "x-amz-if-match-last-modified-time", "x-amz-mp-object-size",
        "x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner", "x-amz-website-redirect-location", "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date",
        "x-amz-object-lock-legal-hold", "x-amz-bypass-governance-retention", "x-amz-bucket-object-lock-enabled", "x-amz-object-ownership", "x-amz-request-payer",
        "x-amz-server-side-encryption", "x-amz-server-side-encryption-customer-key", "x-amz-mfa", "x-amz-account-id", "x-amz-request-route", "x-amz-security-token",
        "x-amz-write-offset-bytes", "x-amz-object-if-match", "x-amz-object-annotation-directive", "x-amz-decoded-content-length", "x-amz-confirm-remove-self-bucket-access", "Accept-Encoding", "X-Forwarded-For",
    ];

    private static readonly string[] Odd =
    [
        "", " ", "*", "\"", "\"\"", "\"a\", \"b\"", "W/\"x\"", "bytes=0-", "bytes=-5", "bytes=1-2", "bytes=2-1", "bytes=0-0,2-3", "bytes=18446744073709551616-", "bytes=--1", "-1", "0", "1",
        "10000", "10001", "2147483648", "9223372036854775807", "99999999999999999999", "1e9", "0x10", "NaN", "true", "TRUE", "false", "null", "undefined", "url", "URL", "ENABLED", "REPLACE",
        "COPY", "SHA256", "CRC32", "CRC64NVME", "COMPOSITE", "FULL_OBJECT", "ETag,ObjectParts,Checksum,StorageClass,ObjectSize", "GOVERNANCE", "COMPLIANCE", "ON", "OFF", "requester",
        "Sat, 01 Jun 2024 12:00:00 GMT", "2024-02-30T00:00:00Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01", "key", "/", "//", "../..", "a/../b", "%", "%zz", "%00",
        "%C0%AF", "%ED%A0%80", "\t", "a=b&c=d", "a=b&a=c", "=", "&", "a,b,c", "id=\"x\", uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"", "id=", "emailAddress=\"a@b\"",
        "private", "public-read-write", "bucket-owner-full-control", "BucketOwnerEnforced", "ObjectWriter", "AES256", "aws:kms", "STANDARD", "GLACIER", "000000000000", "123", "AAAAAA==",
        "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "=?UTF-8?B?w6k=?=", "multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded", "text/xml",
        "${aws:username}", "arn:aws:s3:::*", "arn:aws:iam::000000000000:root", "sk\u00e9\u00ff", "<a>", "&amp;", "]]>", "null\u0001", "'", "\\", "http://x/", "?versionId=null", "/b/k?versionId=",
    ];

    /// <summary>Characters that a document grows by at once, at most; the largest that the server reads have 2 MiB.</summary>
    private const int MaxGrowth = 300_000;

    public static string Value(Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                return new string((char)random.Next('!', '~'), random.Next(5) == 0 ? random.Next(5000) : random.Next(300));
            case 1:
                return string.Concat(Enumerable.Range(0, random.Next(16)).Select(_ => (char)random.Next(1, random.Next(2) == 0 ? 0x7F : 0xD7FF)));
            case 2:
                return Pick(random, Odd) + Pick(random, Odd);
            default:
                return Pick(random, Odd);
        }
    }

    /// <summary>A value that a header can hold.</summary>
    public static string HeaderValue(Random random) => new([.. Value(random).Select(c => c is < ' ' or '\x7F' && c != '\t' ? '_' : (char)(c & 0xFF)).Select(c => c is < ' ' or '\x7F' ? '_' : c)]);

    /// <summary>A piece of a URL that is encoded well, mostly.</summary>
    public static string Encoded(Random random) => random.Next(8) == 0
        ? new string([.. Value(random).Where(c => c is > ' ' and < '\x7F' and not ('#' or '?'))])
        : Uri.EscapeDataString(Value(random));

    public static T Pick<T>(Random random, IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>Spoils a document, knowing a little of what documents look like.</summary>
    public static byte[] Spoil(Random random, byte[] document)
    {
        if (random.Next(3) > 0 && document.Length > 0)
            return SpoilText(random, Encoding.UTF8.GetString(document));
        return SpoilBytes(random, document);
    }

    public static byte[] SpoilBytes(Random random, byte[] bytes)
    {
        var spoilt = bytes.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(spoilt.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < spoilt.Count:
                    spoilt[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    spoilt.RemoveRange(at, random.Next(spoilt.Count - at + 1));
                    break;
                case 2:
                    var noise = new byte[random.Next(1, random.Next(20) == 0 ? 100_000 : 30)];
                    random.NextBytes(noise);
                    spoilt.InsertRange(at, noise);
                    break;
                case 3 when spoilt.Count is > 0 and < 100_000:
                    spoilt.InsertRange(at, [.. spoilt]);
                    break;
                default:
                    spoilt.InsertRange(at, Encoding.UTF8.GetBytes(Value(random)));
                    break;
            }
        }

        return [.. spoilt];
    }

    private static byte[] SpoilText(Random random, string text)
    {
        var open = Positions(text, random.Next(2) == 0 ? '<' : '"');
        var at = open.Count == 0 ? 0 : Pick(random, open);
        var end = text.IndexOfAny(['>', '"', ','], Math.Min(at + 1, text.Length));
        var (before, token, after) = end < 0 ? (text[..at], text[at..], "") : (text[..at], text[at..(end + 1)], text[(end + 1)..]);
        var spoilt = random.Next(14) switch
        {
            0 => before + after,
            1 => before + string.Concat(Enumerable.Repeat(token, Math.Min(random.Next(2, 3000), 1 + MaxGrowth / (token.Length + 1)))) + after,
            2 => before + string.Concat(Enumerable.Repeat("<a>", random.Next(2, 20_000))) + after,
            3 => before + string.Concat(Enumerable.Repeat("[", random.Next(2, 20_000))) + after,
            4 => "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]>" + before + "&c;" + after,
            5 => before + "<![CDATA[" + token + "]]>" + after,
            6 => before + "<!-- -- -->" + token + after,
            7 => before + token + Value(random) + after,
            8 => before + token + "\\ud800" + after,
            9 => "\uFEFF" + text,
            10 when text.Length < MaxGrowth => text + text,
            11 => before + "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + token + after,
            12 => before + token.Replace(">", " a='1' a='2'>", StringComparison.Ordinal) + after,
            _ => before + Value(random) + after,
        };
        return random.Next(20) == 0 ? Encoding.Unicode.GetBytes(spoilt) : Encoding.UTF8.GetBytes(spoilt);
    }

    private static List<int> Positions(string text, char of) => [.. Enumerable.Range(0, text.Length).Where(i => text[i] == of)];
}
