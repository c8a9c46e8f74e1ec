using Google.Protobuf.Reflection;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Protos.V1Alpha2;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc.V1Alpha2;

/// <summary>sigs.k8s.io.cosi.v1alpha2.Provisioner, about buckets: translates, in both shapes.</summary>
internal sealed partial class ProvisionerV2(DriverOptions options, IBucketProvisioner buckets, IAccessProvisioner access, CallRunner runner)
{
    public GrpcService Build() => new GrpcService(CosiReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Provisioner"))
        .Unary<DriverGenerateBucketIdRequest, DriverGenerateBucketIdResponse>("DriverGenerateBucketId", GenerateBucketIdAsync)
        .Unary<DriverCreateBucketRequest, DriverCreateBucketResponse>("DriverCreateBucket", CreateAsync)
        .Unary<DriverGetExistingBucketRequest, DriverGetExistingBucketResponse>("DriverGetExistingBucket", GetExistingAsync)
        .Unary<DriverGetBucketRequest, DriverGetBucketResponse>("DriverGetBucket", GetAsync)
        .Unary<DriverDeleteBucketRequest, DriverDeleteBucketResponse>("DriverDeleteBucket", DeleteAsync)
        .Unary<DriverGenerateBucketAccessIdRequest, DriverGenerateBucketAccessIdResponse>("DriverGenerateBucketAccessId", GenerateAccessIdAsync)
        .Unary<DriverGrantBucketAccessRequest, DriverGrantBucketAccessResponse>("DriverGrantBucketAccess", GrantAsync)
        .Unary<DriverRevokeBucketAccessRequest, DriverRevokeBucketAccessResponse>("DriverRevokeBucketAccess", RevokeAsync);

    private async Task<DriverGenerateBucketIdResponse> GenerateBucketIdAsync(DriverGenerateBucketIdRequest request, CancellationToken ct)
    {
        ProtocolTranslation.RequireS3(request.Protocols);
        var wanted = new BucketRequest(ApiVersion.V1Alpha2, RequestChecks.Name("name", request.Name), RequestChecks.Map("parameters", request.Parameters));
        return new DriverGenerateBucketIdResponse { BucketId = await runner.RunAsync(_ => Task.FromResult(buckets.GenerateId(wanted)), ct) };
    }

    private async Task<DriverCreateBucketResponse> CreateAsync(DriverCreateBucketRequest request, CancellationToken ct)
    {
        ProtocolTranslation.RequireS3(request.Protocols);
        var wanted = new BucketRequest(ApiVersion.V1Alpha2, RequestChecks.Name("bucket_id", request.BucketId), RequestChecks.Map("parameters", request.Parameters));
        var bucket = await runner.RunAsync(token => buckets.CreateAsync(wanted, token), ct);
        var info = ProtocolTranslation.Info(options, bucket.Id);
        // Whoever has the id has asked for it before, and so speaks the second shape.
        return new DriverCreateBucketResponse
        {
            BucketIdOrProtocols = bucket.NameWasId ? Google.Protobuf.MessageExtensions.ToByteString(info) : Google.Protobuf.ByteString.CopyFromUtf8(bucket.Id),
            Protocols = info,
        };
    }

    private async Task<DriverGetExistingBucketResponse> GetExistingAsync(DriverGetExistingBucketRequest request, CancellationToken ct)
    {
        var id = await FindAsync("existing_bucket_id", request.ExistingBucketId, request.Protocols, request.Parameters, ct);
        return new DriverGetExistingBucketResponse { BucketId = id, Protocols = ProtocolTranslation.Info(options, id) };
    }

    private async Task<DriverGetBucketResponse> GetAsync(DriverGetBucketRequest request, CancellationToken ct)
    {
        var id = await FindAsync("bucket_id", request.BucketId, request.Protocols, request.Parameters, ct);
        var info = ProtocolTranslation.Info(options, id);
        return new DriverGetBucketResponse { Protocols = info, ProtocolsOfDrafts = info };
    }

    private async Task<string> FindAsync(string field, string id, IEnumerable<ObjectProtocol> protocols, IDictionary<string, string> parameters, CancellationToken ct)
    {
        ProtocolTranslation.RequireS3(protocols);
        var wanted = new BucketRequest(ApiVersion.V1Alpha2, RequestChecks.Id(field, id), RequestChecks.Map("parameters", parameters));
        return (await runner.RunAsync(token => buckets.GetAsync(wanted, token), ct)).Id;
    }

    private async Task<DriverDeleteBucketResponse> DeleteAsync(DriverDeleteBucketRequest request, CancellationToken ct)
    {
        var gone = new BucketRequest(ApiVersion.V1Alpha2, RequestChecks.Id("bucket_id", request.BucketId), RequestChecks.Map("parameters", request.Parameters));
        await runner.RunAsync(token => buckets.DeleteAsync(gone, token), ct);
        return new DriverDeleteBucketResponse();
    }
}
