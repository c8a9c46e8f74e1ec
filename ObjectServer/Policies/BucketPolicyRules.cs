using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Policies;

/// <summary>What S3 asks of a policy beyond the grammar: that it is about its bucket, and that its actions can be done to its resources.</summary>
internal static class BucketPolicyRules
{
    private const string ArnPrefix = "arn:aws:s3:::";

    private static readonly PolicyError InvalidResource = new("Policy has invalid resource");
    private static readonly PolicyError NotApplicable = new("Action does not apply to any resource(s) in statement");

    public static PolicyError? Check(IEnumerable<PolicyStatement> statements, string bucket, bool loose)
    {
        foreach (var statement in statements)
        {
            var types = S3ResourceTypes.None;
            foreach (var resource in statement.Resources)
            {
                var found = TypesOf(resource, bucket);
                if (found == S3ResourceTypes.None) return InvalidResource;
                types |= found;
            }
            if (loose || statement.NotResource || statement.NotAction) continue;
            foreach (var action in statement.Actions)
            {
                if ((S3Actions.TypesOf(action) & types) == 0) return NotApplicable;
            }
        }
        return null;
    }

    /// <summary>Whether a resource is the bucket, something in it, or both; None if it is neither.</summary>
    private static S3ResourceTypes TypesOf(PolicyText resource, string bucket)
    {
        if (!resource.Text.StartsWith(ArnPrefix, StringComparison.Ordinal)) return S3ResourceTypes.None;
        var kinds = resource.HasWildcards ? resource.Kinds : new byte[resource.Text.Length];
        var name = resource.Text.AsSpan(ArnPrefix.Length);
        kinds = kinds[ArnPrefix.Length..];
        var slash = name.IndexOf('/');
        if (resource.HasVariables && (slash < 0 || resource.SlashesBeforeVariables == 0)) return S3ResourceTypes.None;

        var nameLength = slash < 0 ? name.Length : slash;
        if (!Wildcards.Match(name[..nameLength], kinds[..nameLength], bucket, ignoreCase: false)) return S3ResourceTypes.None;
        if (slash >= 0) return S3ResourceTypes.Object;
        return kinds[^1] == Wildcards.Run ? S3ResourceTypes.Bucket | S3ResourceTypes.Object : S3ResourceTypes.Bucket;
    }
}
