using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Rpc.V1Alpha2;

/// <summary>Protocols of requests, and what answers say of a bucket.</summary>
internal static class ProtocolTranslation
{
    /// <exception cref="Grpc.GrpcException">Another one than S3 is asked for.</exception>
    public static void RequireS3(IEnumerable<ObjectProtocol> protocols)
    {
        foreach (var protocol in protocols) RequireS3(protocol);
    }

    /// <inheritdoc cref="RequireS3(IEnumerable{ObjectProtocol})"/>
    public static void RequireS3(ObjectProtocol? protocol)
    {
        var type = protocol?.Type ?? ObjectProtocol.Types.Type.Unknown;
        if (type != ObjectProtocol.Types.Type.S3) throw Statuses.Invalid($"The protocol {type} is not served here: S3 is.");
    }

    public static ObjectProtocolAndBucketInfo Info(DriverOptions options, string bucketId) => new()
    {
        S3 = new S3BucketInfo
        {
            BucketId = bucketId,
            Endpoint = options.S3Endpoint,
            Region = options.Region,
            AddressingStyle = new S3AddressingStyle
            {
                Style = options.AddressingStyle == AddressingStyle.Virtual ? S3AddressingStyle.Types.Style.Virtual : S3AddressingStyle.Types.Style.Path,
            },
        },
    };
}
