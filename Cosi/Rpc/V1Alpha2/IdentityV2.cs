using Google.Protobuf.Reflection;
using ObjectStore.Cosi.Protos.V1Alpha2;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc.V1Alpha2;

/// <summary>sigs.k8s.io.cosi.v1alpha2.Identity.</summary>
internal static class IdentityV2
{
    public static GrpcService Build(string driverName) => new GrpcService(CosiReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Identity"))
        .Unary<DriverGetInfoRequest, DriverGetInfoResponse>("DriverGetInfo", (_, _) => Task.FromResult(new DriverGetInfoResponse
        {
            Name = driverName,
            SupportedProtocols = { new ObjectProtocol { Type = ObjectProtocol.Types.Type.S3 } },
        }));
}
