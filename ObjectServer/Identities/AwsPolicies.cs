using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Managed policies of AWS that say something about S3 or IAM, as AWS documents them ("AWS managed policy reference"), less what concerns
/// services that do not exist here. Every account can attach them, nobody can change them.
/// </summary>
internal static class AwsPolicies
{
    public const string Account = "aws";

    private static readonly DateTimeOffset CreatedAt = new(2015, 2, 6, 18, 40, 0, TimeSpan.Zero);

    public static readonly IReadOnlyList<ManagedPolicy> All =
    [
        Make("AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", "Provides full access to AWS services and resources.", "\"*\"", 1),
        Make("AmazonS3FullAccess", "ANPAIFIR6V6BVTRAHWINE", "Provides full access to all buckets.", """["s3:*","s3-object-lambda:*"]""", 2),
        Make("AmazonS3ReadOnlyAccess", "ANPAIZTJ4DXE7G6AGAE6M", "Provides read only access to all buckets.", """["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"]""", 3),
        Make("AmazonSNSFullAccess", "ANPAJWEKLCXXUNT2SOLSG", "Provides full access to topics.", """["sns:*"]""", 1),
        Make("AmazonSNSReadOnlyAccess", "ANPAIZGQCQTFOFPMHSB6W", "Provides read only access to topics.", """["sns:GetTopic","sns:GetTopicAttributes","sns:List*"]""", 1),
        Make("IAMFullAccess", "ANPAI7XKCFMBPM3QQRRVQ", "Provides full access to IAM.", """["iam:*"]""", 2),
        Make("IAMReadOnlyAccess", "ANPAJKSO7NDY4T57MWDSQ", "Provides read only access to IAM.", """["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"]""", 4),
        Make("ReadOnlyAccess", "ANPAILL3HVNFSB6DCOWYQ", "Provides read-only access to AWS services and resources.", """["iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","s3:DescribeJob","s3:Get*","s3:List*","sns:Get*","sns:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken"]""", 5),
    ];

    private static readonly ImmutableDictionary<string, ManagedPolicy> ByArn = All.ToImmutableDictionary(policy => policy.Arn, StringComparer.Ordinal);

    public static ManagedPolicy? Find(string arn) => ByArn.GetValueOrDefault(arn);

    private static ManagedPolicy Make(string name, string id, string description, string actions, int version) => new()
    {
        AccountId = Account,
        Id = id,
        Name = name,
        Path = "/",
        Description = description,
        CreatedAt = CreatedAt,
        UpdatedAt = CreatedAt,
        DefaultVersion = version,
        NextVersion = version + 1,
        Versions = [new ManagedPolicyVersion(version, $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":{{actions}},"Resource":"*"}]}""", CreatedAt)],
    };
}
