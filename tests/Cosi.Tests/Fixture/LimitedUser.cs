using System.Reflection;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Configuration;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>A user of the server with the chart's policy and no more, and the chart's boundary beside it.</summary>
internal sealed record LimitedUser(string Name, string AccessKey, string SecretKey)
{
    private const string Boundary = "arn:aws:iam::000000000000:policy/cosi-boundary";

    public static async Task<LimitedUser> MakeAsync(StoreFixture store)
    {
        var name = StoreFixture.NewName("cosi-driver-");
        await store.Iam.CreateAsync(new NewIamIdentity(IamHolder.User(name)), default);
        var policy = await store.Iam.CallAsync("CreatePolicy", default, ("PolicyName", name), ("PolicyDocument", Document("DriverPolicy")));
        await store.Iam.CallAsync("AttachUserPolicy", default, ("UserName", name), ("PolicyArn", policy.Child("Policy")!.Required("Arn")));
        try
        {
            await store.Iam.CallAsync("CreatePolicy", default, ("PolicyName", "cosi-boundary"), ("PolicyDocument", Document("DriverBoundary")));
        }
        catch (ClientException there) when (there.Code == "EntityAlreadyExists")
        {
            // Another test was ahead.
        }
        var key = (await store.Iam.CallAsync("CreateAccessKey", default, ("UserName", name))).Child("AccessKey")!;
        return new LimitedUser(name, key.Required("AccessKeyId"), key.Required("SecretAccessKey"));
    }

    /// <summary>The options of a driver with its keys.</summary>
    public DriverOptions In(DriverOptions options) => options with { AccessKey = AccessKey, SecretKey = new Secret(SecretKey), PermissionsBoundary = Boundary };

    private static string Document(string key) =>
        File.ReadAllText(typeof(LimitedUser).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!);
}
