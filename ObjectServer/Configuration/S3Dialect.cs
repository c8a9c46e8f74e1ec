namespace ObjectStore.Server.Configuration;

/// <summary>
/// Where Ceph's gateway (RGW) answers otherwise than AWS documents it, for those who bring clients and policies from there: which of the
/// two is spoken. Each difference has a name, and none lets anybody do in the dialect of AWS what AWS would refuse. docs/SEMANTICS.md,
/// "The Ceph dialect", lists them with their reasons; keep it in step.
/// </summary>
internal sealed record S3Dialect
{
    public static readonly S3Dialect Aws = new() { Name = "aws" };

    public static readonly S3Dialect Ceph = new()
    {
        Name = "ceph",
        CephErrors = true,
        TellsEveryLocation = true,
        LeavesPrefixPlain = true,
        ComparesAclOfOwnBucket = true,
        MakerChoosesOwnership = true,
        TakesLastOfSamePart = true,
        CompletionNeedsCustomerKey = true,
        ManagedKeyIsNamed = true,
        ChecksPartBeforeKey = true,
        DeniesDeleteMarkers = true,
        HidesNullVersions = true,
        LogTargetsArePlain = true,
        ArchivedHasNoLength = true,
        ReadGrantShowsTags = true,
        TellsAbsentBuckets = true,
        LoosePolicies = true,
        PolicyBindsRoot = true,
        TrustPolicySuffices = true,
        OperatorArnsWithoutAccount = true,
    };

    /// <summary>As the setting names it.</summary>
    public required string Name { get; init; }

    public static S3Dialect? Find(string name) => name switch
    {
        "aws" => Aws,
        "ceph" => Ceph,
        _ => null,
    };

    /// <summary>Codes and statuses of errors are RGW's, where <see cref="S3.Errors.S3Error.InCeph"/> names one.</summary>
    public bool CephErrors { get; init; }

    /// <summary>GetBucketLocation names the region also where it is us-east-1, which AWS leaves empty.</summary>
    public bool TellsEveryLocation { get; init; }

    /// <summary>The first version of the listing does not encode the Prefix, which Python's SDK does not decode.</summary>
    public bool LeavesPrefixPlain { get; init; }

    /// <summary>Who makes its own bucket again without an ACL means a private one; 409 if the bucket's is another.</summary>
    public bool ComparesAclOfOwnBucket { get; init; }

    /// <summary>Who makes a bucket may choose its object ownership without a right of its own for that.</summary>
    public bool MakerChoosesOwnership { get; init; }

    /// <summary>A part that CompleteMultipartUpload lists twice running is what it is the second time.</summary>
    public bool TakesLastOfSamePart { get; init; }

    /// <summary>CompleteMultipartUpload of an upload under SSE-C needs the key, also where no checksum was chosen.</summary>
    public bool CompletionNeedsCustomerKey { get; init; }

    /// <summary>A write under aws:kms has to name its key: there is no default one.</summary>
    public bool ManagedKeyIsNamed { get; init; }

    /// <summary>A part that an object under SSE-C does not have is told also to who sends no key.</summary>
    public bool ChecksPartBeforeKey { get; init; }

    /// <summary>x-amz-delete-marker: false stands on a 404 that is no delete marker's.</summary>
    public bool DeniesDeleteMarkers { get; init; }

    /// <summary>A write while versioning is suspended tells no version id.</summary>
    public bool HidesNullVersions { get; init; }

    /// <summary>The target of bucket logging neither encrypts by default nor logs itself.</summary>
    public bool LogTargetsArePlain { get; init; }

    /// <summary>HEAD of an object whose bytes are in a tier alone tells a length of 0.</summary>
    public bool ArchivedHasNoLength { get; init; }

    /// <summary>READ on an object's ACL lets its tags be read, too.</summary>
    public bool ReadGrantShowsTags { get; init; }

    /// <summary>That a bucket does not exist is told to whoever asks.</summary>
    public bool TellsAbsentBuckets { get; init; }

    /// <summary>
    /// Policies may say what AWS refuses: a bucket's without Resource, with actions that none of its resources has, with tenants for accounts and
    /// ARNs without account; an identity's with a Principal, which counts for nothing.
    /// </summary>
    public bool LoosePolicies { get; init; }

    /// <summary>x-amz-confirm-remove-self-bucket-access makes a bucket's policy bind the root of its owner, too.</summary>
    public bool PolicyBindsRoot { get; init; }

    /// <summary>A role that trusts somebody of another account asks for no policy of the caller's own.</summary>
    public bool TrustPolicySuffices { get; init; }

    /// <summary>ARNs of the operator's account name no account, as of RGW's users who have none.</summary>
    public bool OperatorArnsWithoutAccount { get; init; }
}
