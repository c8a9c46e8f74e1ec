using ObjectStore.Cosi.Tests.Fixture;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Buckets;

/// <summary>The calls about buckets as the sidecars make them.</summary>
internal static class Calls
{
    public static V1.DriverCreateBucketRequest Create1(string name, params ReadOnlySpan<(string, string)> parameters)
    {
        var request = new V1.DriverCreateBucketRequest { Name = name };
        foreach (var (key, value) in parameters) request.Parameters.Add(key, value);
        return request;
    }

    public static V1.DriverDeleteBucketRequest Delete1(string id, params ReadOnlySpan<(string, string)> parameters)
    {
        var request = new V1.DriverDeleteBucketRequest { BucketId = id };
        foreach (var (key, value) in parameters) request.DeleteContext.Add(key, value);
        return request;
    }

    public static V2.DriverCreateBucketRequest Create2(string nameOrId, params ReadOnlySpan<(string, string)> parameters)
    {
        var request = new V2.DriverCreateBucketRequest { BucketId = nameOrId, Protocols = { S3 } };
        foreach (var (key, value) in parameters) request.Parameters.Add(key, value);
        return request;
    }

    public static V2.DriverDeleteBucketRequest Delete2(string id, params ReadOnlySpan<(string, string)> parameters)
    {
        var request = new V2.DriverDeleteBucketRequest { BucketId = id };
        foreach (var (key, value) in parameters) request.Parameters.Add(key, value);
        return request;
    }

    public static V2.DriverGetBucketRequest Get2(string id, params ReadOnlySpan<(string, string)> parameters)
    {
        var request = new V2.DriverGetBucketRequest { BucketId = id, Protocols = { S3 } };
        foreach (var (key, value) in parameters) request.Parameters.Add(key, value);
        return request;
    }

    public static V2.ObjectProtocol S3 => new() { Type = V2.ObjectProtocol.Types.Type.S3 };

    public static async Task<string> CreatedAsync(this TestDriver driver, string name, params (string, string)[] parameters) =>
        (await driver.CallAsync<V1.DriverCreateBucketResponse>(TestDriver.V1 + "DriverCreateBucket", Create1(name, parameters))).BucketId;

    public static Task<V1.DriverDeleteBucketResponse> DeletedAsync(this TestDriver driver, string id, params (string, string)[] parameters) =>
        driver.CallAsync<V1.DriverDeleteBucketResponse>(TestDriver.V1 + "DriverDeleteBucket", Delete1(id, parameters));
}
