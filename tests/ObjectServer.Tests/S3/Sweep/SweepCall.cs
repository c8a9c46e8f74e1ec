using System.Text.Json;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Tests.S3.Sweep;

/// <summary>Something that a policy has to allow for a call: an action, on a resource.</summary>
internal sealed record Grant(string Action, string Resource)
{
    public override string ToString() => $"{Action} on {Resource}";
}

/// <summary>A valid request for a call, and what it takes to be allowed to make it, as AWS documents it.</summary>
/// <param name="Query">Raw, without '?'.</param>
internal sealed record SweepRequest(string Method, string Path, string Query, byte[] Body, IReadOnlyList<(string Name, string Value)> Headers, IReadOnlyList<Grant> Grants)
{
    /// <summary>A form for a browser, whose fields are signed instead of its headers; the object's key.</summary>
    public string? FormKey { get; init; }
}

/// <summary>A row of the operation table, or a variant of one whose headers or documents ask for more.</summary>
/// <param name="Make">Makes the request for a bucket that was made for it.</param>
internal sealed record SweepCall(string Name, OperationRow Row, Func<SweepBucket, SweepRequest> Make)
{
    /// <summary>Calls on what nobody has yet, and on one's own account: another account may make them too, for itself.</summary>
    public bool IsOfOwnAccount => Row.Level == ResourceLevel.Service || Row.Name == S3OperationName.CreateBucket;

    public override string ToString() => Name;
}

/// <summary>What a call needs to find: a versioned bucket with two objects and an upload of one part.</summary>
internal sealed record SweepBucket(string Name, string VersionId, string SourceVersionId, string UploadId, string PartETag)
{
    public const string Key = "key";
    public const string Source = "source";

    public string Arn => $"arn:aws:s3:::{Name}";

    public string KeyArn => $"{Arn}/{Key}";

    public string SourceArn => $"{Arn}/{Source}";

    /// <summary>A bucket that does not exist.</summary>
    public string OtherName => Name + "-new";
}

internal static class SweepPolicies
{
    public static string Exactly(IEnumerable<Grant> grants) => Document(grants.Select(Allow));

    public static string Everything { get; } = Exactly([new Grant("*", "*")]);

    /// <summary>Everything in the world but this.</summary>
    public static string AllBut(Grant grant)
    {
        var others = new Dictionary<string, string> { ["Effect"] = "Allow", ["NotAction"] = grant.Action, ["Resource"] = "*" };
        var elsewhere = new Dictionary<string, string> { ["Effect"] = "Allow", ["Action"] = grant.Action, ["NotResource"] = grant.Resource };
        return Document(grant.Resource == "*" ? [others] : [others, elsewhere]);
    }

    public static string EverythingWithDenial(Grant grant) =>
        Document([Allow(new Grant("*", "*")), new() { ["Effect"] = "Deny", ["Action"] = grant.Action, ["Resource"] = grant.Resource }]);

    private static Dictionary<string, string> Allow(Grant grant) => new() { ["Effect"] = "Allow", ["Action"] = grant.Action, ["Resource"] = grant.Resource };

    private static string Document(IEnumerable<Dictionary<string, string>> statements) =>
        JsonSerializer.Serialize(new { Version = "2012-10-17", Statement = statements.ToArray() });
}
