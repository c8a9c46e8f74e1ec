using ObjectStore.Cosi.Protos.V1Alpha1;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc.V1Alpha1;

/// <summary>cosi.v1alpha1.Identity.</summary>
internal static class IdentityV1
{
    public static GrpcService Build(string driverName) => new GrpcService(CosiReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.ServiceDescriptor>("Identity"))
        .Unary<DriverGetInfoRequest, DriverGetInfoResponse>("DriverGetInfo", (_, _) => Task.FromResult(new DriverGetInfoResponse { Name = driverName }));
}
