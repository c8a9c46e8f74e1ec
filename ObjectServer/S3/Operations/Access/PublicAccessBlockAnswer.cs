using System.Buffers;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>A public access block in its XML form, which is the same for buckets and accounts.</summary>
internal static class PublicAccessBlockAnswer
{
    public static void Write(IBufferWriter<byte> output, PublicAccessBlock block)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("PublicAccessBlockConfiguration"u8);
        xml.Element("BlockPublicAcls"u8, block.HasFlag(PublicAccessBlock.BlockPublicAcls));
        xml.Element("IgnorePublicAcls"u8, block.HasFlag(PublicAccessBlock.IgnorePublicAcls));
        xml.Element("BlockPublicPolicy"u8, block.HasFlag(PublicAccessBlock.BlockPublicPolicy));
        xml.Element("RestrictPublicBuckets"u8, block.HasFlag(PublicAccessBlock.RestrictPublicBuckets));
        xml.Close("PublicAccessBlockConfiguration"u8);
        xml.Complete();
    }

    /// <summary>Null if the document is malformed.</summary>
    public static PublicAccessBlock? Parse(ReadOnlyMemory<byte> body) => PublicAccessBlockDocument.Parse(body) is { } document
        ? (document.BlockPublicAcls ? PublicAccessBlock.BlockPublicAcls : 0)
            | (document.IgnorePublicAcls ? PublicAccessBlock.IgnorePublicAcls : 0)
            | (document.BlockPublicPolicy ? PublicAccessBlock.BlockPublicPolicy : 0)
            | (document.RestrictPublicBuckets ? PublicAccessBlock.RestrictPublicBuckets : 0)
        : null;
}
