using System.Globalization;
using System.Xml.Linq;

namespace ObjectStore.Client.S3;

/// <summary>What lifecycle does to all of a bucket, in days. Null for nothing.</summary>
/// <param name="Expiration">Of current versions.</param>
/// <param name="NoncurrentExpiration">Of versions since they are no longer current.</param>
/// <param name="AbortUploads">Of uploads since they began.</param>
public sealed record BucketLifecycle(int? Expiration = null, int? NoncurrentExpiration = null, int? AbortUploads = null);

/// <summary>Lifecycle of whole buckets. Rules of prefixes and tags are for an S3 SDK.</summary>
public sealed partial class S3Client
{
    /// <summary>Replaces all rules by one, for all of the bucket.</summary>
    /// <param name="lifecycle">Something of it is not null.</param>
    /// <param name="ruleId">What the rule is called.</param>
    public Task PutLifecycleAsync(string bucket, BucketLifecycle lifecycle, string ruleId, CancellationToken ct) => SendAsync(HttpMethod.Put, bucket, "lifecycle",
        WireXml.Write(Element("LifecycleConfiguration", Element("Rule",
            Element("ID", ruleId), Element("Filter", Element("Prefix", "")), Element("Status", "Enabled"),
            Within("Expiration", "Days", lifecycle.Expiration),
            Within("NoncurrentVersionExpiration", "NoncurrentDays", lifecycle.NoncurrentExpiration),
            Within("AbortIncompleteMultipartUpload", "DaysAfterInitiation", lifecycle.AbortUploads)))), ct);

    /// <summary>What the enabled rules for all of a bucket come to: of each the shortest. Null where it has no rules at all.</summary>
    public async Task<BucketLifecycle?> FindLifecycleAsync(string bucket, CancellationToken ct)
    {
        if (await FindAsync(bucket, "lifecycle", "NoSuchLifecycleConfiguration", ct) is not { } document) return null;
        var rules = document.Children("Rule").Where(rule => rule.Text("Status") == "Enabled" && IsForAll(rule)).ToArray();
        return new BucketLifecycle(
            Shortest(rules, "Expiration", "Days"), Shortest(rules, "NoncurrentVersionExpiration", "NoncurrentDays"),
            Shortest(rules, "AbortIncompleteMultipartUpload", "DaysAfterInitiation"));
    }

    // A filter that holds anything but an empty prefix is for some objects only.
    private static bool IsForAll(XElement rule)
    {
        var parts = rule.Child("Filter")?.Elements() ?? rule.Children("Prefix");
        return parts.All(part => part.Name.LocalName == "Prefix" && part.Value.Length == 0);
    }

    private static int? Shortest(IEnumerable<XElement> rules, string action, string days) => rules.Min(rule => Number(rule.Child(action)?.Text(days)));

    private static XElement? Within(string action, string name, int? days) => days is null ? null : Element(action, Element(name, days.Value.ToString(CultureInfo.InvariantCulture)));
}
