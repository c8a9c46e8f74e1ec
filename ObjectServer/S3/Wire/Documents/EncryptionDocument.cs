using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketEncryption: exactly one rule.</summary>
internal static class EncryptionDocument
{
    public const string Aes256 = "AES256";
    public const string Kms = "aws:kms";
    public const int MaxBodyBytes = 64 * 1024;

    private const string CustomerKeys = "SSE-C";

    /// <summary>Null if it is malformed.</summary>
    public static BucketEncryption? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "ServerSideEncryptionConfiguration", xml =>
    {
        BucketEncryption? rule = null;
        xml.Children(name =>
        {
            if (name != "Rule" || rule is not null) throw XmlBody.Malformed();
            rule = ParseRule(xml);
        });
        return rule ?? throw XmlBody.Malformed();
    });

    /// <summary>The id within an ARN of KMS; another text is an id itself.</summary>
    public static string KeyIdOf(string text)
    {
        const string Key = ":key/";
        var at = text.StartsWith("arn:", StringComparison.Ordinal) ? text.IndexOf(Key, StringComparison.Ordinal) : -1;
        return at < 0 ? text : text[(at + Key.Length)..];
    }

    private static BucketEncryption ParseRule(XmlBody xml)
    {
        string? algorithm = null;
        string? keyId = null;
        var bucketKey = false;
        var blocks = false;
        xml.Children(name =>
        {
            switch (name)
            {
                case "ApplyServerSideEncryptionByDefault":
                    xml.Children(inner =>
                    {
                        switch (inner)
                        {
                            case "SSEAlgorithm":
                                algorithm = xml.Text();
                                break;
                            case "KMSMasterKeyID":
                                keyId = xml.Text();
                                break;
                            default:
                                throw XmlBody.Malformed();
                        }
                    });
                    break;
                case "BucketKeyEnabled":
                    bucketKey = xml.Text() switch { "true" => true, "false" => false, _ => throw XmlBody.Malformed() };
                    break;
                case "BlockedEncryptionTypes":
                    xml.Children(inner =>
                    {
                        if (inner != "EncryptionType") throw XmlBody.Malformed();
                        blocks = xml.Text() switch { CustomerKeys => true, "NONE" => blocks, _ => throw XmlBody.Malformed() };
                    });
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        var method = algorithm switch
        {
            // A rule may do no more than block.
            null when blocks && keyId is null => EncryptionMethod.None,
            Aes256 when keyId is null => EncryptionMethod.StoreKey,
            Kms => EncryptionMethod.ManagedKey,
            _ => throw XmlBody.Malformed(),
        };
        return new BucketEncryption(method, keyId is null ? null : KeyIdOf(keyId), bucketKey, blocks);
    }

    public static void Write(ref XmlBuilder xml, BucketEncryption rule)
    {
        xml.Begin("ServerSideEncryptionConfiguration"u8);
        xml.Open("Rule"u8);
        if (rule.Method != EncryptionMethod.None)
        {
            xml.Open("ApplyServerSideEncryptionByDefault"u8);
            xml.Element("SSEAlgorithm"u8, rule.Method == EncryptionMethod.StoreKey ? Aes256 : Kms);
            if (rule.KeyId is not null) xml.Element("KMSMasterKeyID"u8, rule.KeyId);
            xml.Close("ApplyServerSideEncryptionByDefault"u8);
        }
        xml.Element("BucketKeyEnabled"u8, rule.BucketKey);
        if (rule.BlocksCustomerKeys)
        {
            xml.Open("BlockedEncryptionTypes"u8);
            xml.Element("EncryptionType"u8, CustomerKeys);
            xml.Close("BlockedEncryptionTypes"u8);
        }
        xml.Close("Rule"u8);
        xml.Close("ServerSideEncryptionConfiguration"u8);
        xml.Complete();
    }
}
