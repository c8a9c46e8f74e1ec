using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>
/// The condition keys of one question. Sources: IAM User Guide, "AWS global condition context keys"; Service Authorization
/// Reference, "Actions, resources, and condition keys for Amazon S3".
/// </summary>
internal sealed class RequestConditions(AccessRequest request, AccessQuestion question, string region) : IConditionContext
{
    private const string HeaderPrefix = "s3:x-amz-";

    private Principal Principal => request.Principal;

    private IHeaderDictionary Headers => request.Headers;

    /// <summary>The object that the question is about, once it has been read; null before that, and if there is none.</summary>
    public ObjectInfo? Object { get; set; }

    /// <summary>A policy asked for a key that only the object has: decide again with <see cref="Object"/>.</summary>
    public bool WantsObject { get; private set; }

    /// <summary>A policy asked for a key that only the request's document has: decide again when it has been read.</summary>
    public bool WantsDocument { get; private set; }

    public ConditionValues GetValues(ConditionKey key) =>
        key.Name.StartsWith("s3:", StringComparison.Ordinal) ? OfS3(key) : key.Name.StartsWith("aws:", StringComparison.Ordinal) ? Global(key) : Claim(key);

    private ConditionValues Global(ConditionKey key) => key.Name switch
    {
        "aws:currenttime" => request.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "aws:epochtime" => Text(request.Time.ToUnixTimeSeconds()),
        "aws:sourceip" => AddressOf(request.SourceAddress),
        "aws:securetransport" => Text(request.Tls != SslProtocols.None),
        "aws:useragent" => Header("User-Agent"),
        "aws:referer" => Header("Referer"),
        "aws:requestedregion" => region,
        "aws:resourceaccount" => question.Bucket?.OwnerAccountId,
        "aws:username" => Principal.UserName,
        "aws:userid" => Principal.UserId,
        "aws:principalarn" => Principal.IsAnonymous ? null : Principal.RoleArn ?? Principal.Arn,
        "aws:principalaccount" => Principal.IsAnonymous ? null : Principal.AccountId,
        "aws:principaltype" => TypeOf(Principal.Kind),
        "aws:principaltag" => PrincipalTag(key.Qualifier),
        "aws:principalisawsservice" or "aws:viaawsservice" => "false",
        "aws:tokenissuetime" => Principal.TokenIssueTime?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "aws:sourceidentity" => Principal.SourceIdentity,
        "aws:federatedprovider" => Principal.FederatedProvider,
        "aws:resourcetag" => ResourceTag(key.Qualifier),
        "aws:tagkeys" when request.Operation.Name == Routing.S3OperationName.UntagResource => ConditionValues.Of([.. BucketTags.KeysOf(request.Query)]),
        "aws:requesttag" when IsOfBucketTags => TagOf(RequestTags(), key.Qualifier, StringComparison.OrdinalIgnoreCase),
        "aws:tagkeys" when IsOfBucketTags => KeysOf(RequestTags()),
        _ => ConditionValues.None,
    };

    private ConditionValues OfS3(ConditionKey key) => key.Name switch
    {
        "s3:prefix" => IsList ? question.Key ?? request.Query["prefix"] : null,
        "s3:delimiter" => IsList ? request.Query["delimiter"] : null,
        "s3:max-keys" => IsList ? request.Query["max-keys"] : null,
        "s3:versionid" => question.VersionId,
        "s3:authtype" => request.Signature.Place switch
        {
            SignaturePlace.Header => "REST-HEADER",
            SignaturePlace.Query => "REST-QUERY-STRING",
            SignaturePlace.Form => "POST",
            _ => null,
        },
        "s3:signatureversion" => request.Signature.Algorithm is { Length: > 0 } algorithm ? algorithm : null,
        "s3:signatureage" => request.Signature.Place == SignaturePlace.None ? null : Text(Math.Max(0, (long)(request.Time - request.Signature.SignedAt).TotalMilliseconds)),
        "s3:tlsversion" => request.Tls switch
        {
            SslProtocols.Tls12 => "1.2",
            SslProtocols.Tls13 => "1.3",
            _ => null,
        },
        "s3:resourceaccount" => question.Bucket?.OwnerAccountId,
        "s3:if-match" => Header("If-Match"),
        "s3:if-none-match" => Header("If-None-Match"),
        "s3:buckettag" => ResourceTag(key.Qualifier),
        "s3:objectcreationoperation" => CreatesObject,
        "s3:inventoryaccessibleoptionalfields" => InventoryFields,
        "s3:existingobjecttag" => ExistingTag(key.Qualifier),
        "s3:requestobjecttag" => TagOf(RequestTags(), key.Qualifier),
        "s3:requestobjecttagkeys" => KeysOf(RequestTags()),
        "s3:locationconstraint" => FromDocument(request.Document?.LocationConstraint),
        "s3:object-lock-mode" => Header("x-amz-object-lock-mode") ?? FromDocument(request.Document?.RetentionMode),
        "s3:object-lock-retain-until-date" => RetainUntil,
        "s3:object-lock-remaining-retention-days" => RemainingDays,
        "s3:object-lock-legal-hold" => Header("x-amz-object-lock-legal-hold") ?? FromDocument(request.Document?.LegalHold),
        "s3:x-amz-copy-source" => CopySourceText,
        "s3:x-amz-content-sha256" => Header("x-amz-content-sha256") ?? request.Query["X-Amz-Content-Sha256"],
        _ => key.Name.StartsWith(HeaderPrefix, StringComparison.Ordinal) ? Header(key.Name[3..]) : null,
    };

    // Keys of an identity provider's token, such as "accounts.google.com:aud".
    private ConditionValues Claim(ConditionKey key)
    {
        foreach (var claim in Principal.FederatedClaims)
        {
            if (string.Equals(claim.Key, key.Text, StringComparison.OrdinalIgnoreCase)) return claim.Value;
        }
        return ConditionValues.None;
    }

    private bool IsList => question.IsOfBucket && question.Action.StartsWith("s3:ListBucket", StringComparison.Ordinal);

    // One action stands for the calls that make an object and for those that only bring its parts, which take no If-None-Match.
    private string? CreatesObject => question.Action != "s3:PutObject" ? null : request.Operation.Name switch
    {
        S3OperationName.CreateMultipartUpload or S3OperationName.UploadPart or S3OperationName.UploadPartCopy => Text(false),
        _ => Text(true),
    };

    private ConditionValues InventoryFields
    {
        get
        {
            if (question.Action != "s3:PutInventoryConfiguration") return ConditionValues.None;
            WantsDocument |= request.Document is null;
            return ConditionValues.Of([.. request.Document?.InventoryFields ?? []]);
        }
    }

    private bool IsOfBucketTags => question.Key is null;

    // Decoded, as it will be read: "%73ecret/key" must not pass where "secret/key" would not.
    private string? CopySourceText =>
        Header("x-amz-copy-source") is not { } header ? null
        : !Wire.CopySource.TryParse(header, out var source) ? header.TrimStart('/')
        : source.VersionId is null ? $"{source.Bucket}/{source.Key}" : $"{source.Bucket}/{source.Key}?versionId={source.VersionId}";

    private string? RetainUntil => Header("x-amz-object-lock-retain-until-date") ?? FromDocument(request.Document?.RetainUntil);

    private string? RemainingDays =>
        DateTimeOffset.TryParse(RetainUntil, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            ? Text((long)Math.Ceiling((until - request.Time).TotalDays))
            : null;

    private ConditionValues ExistingTag(string? name)
    {
        if (question.OfNewObject || question.IsOfBucket) return ConditionValues.None;
        WantsObject |= Object is null;
        return Object is null ? ConditionValues.None : TagOf(Object.Tags, name);
    }

    private ConditionValues PrincipalTag(string? name)
    {
        foreach (var tag in Principal.Tags)
        {
            if (string.Equals(tag.Key, name, StringComparison.OrdinalIgnoreCase)) return tag.Value;
        }
        return ConditionValues.None;
    }

    // Of the bucket, also for what is in it, where the bucket says that policies may look at them. Names of tags in condition keys have no case.
    private ConditionValues ResourceTag(string? name)
    {
        foreach (var tag in question.Bucket?.ResourceTags ?? [])
        {
            if (string.Equals(tag.Key, name, StringComparison.OrdinalIgnoreCase)) return tag.Value;
        }
        return ConditionValues.None;
    }

    private IReadOnlyList<KeyValuePair<string, string>> RequestTags()
    {
        if (Header("x-amz-tagging") is { } header) return RequestDocument.TagsOfHeader(header);
        WantsDocument |= request.Document is null;
        return request.Document?.Tags ?? [];
    }

    private string? FromDocument(string? value)
    {
        WantsDocument |= request.Document is null;
        return value;
    }

    /// <param name="comparison">Names of a bucket's tags have no case in condition keys: what aws:ResourceTag finds later aws:RequestTag must have seen. Those of objects have.</param>
    private static ConditionValues TagOf(IReadOnlyList<KeyValuePair<string, string>> tags, string? name, StringComparison comparison = StringComparison.Ordinal)
    {
        foreach (var (key, value) in tags)
        {
            if (string.Equals(key, name, comparison)) return value;
        }
        return ConditionValues.None;
    }

    private static ConditionValues KeysOf(IReadOnlyList<KeyValuePair<string, string>> tags) => ConditionValues.Of([.. tags.Select(tag => tag.Key)]);

    private string? Header(string name) => Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    private static string? AddressOf(IPAddress? address) => address is null ? null : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    // The words that IAM documents for this key.
    private static string TypeOf(PrincipalKind kind) => kind switch
    {
        PrincipalKind.Root => "Account",
        PrincipalKind.User => "User",
        PrincipalKind.AssumedRole => "AssumedRole",
        _ => "Anonymous",
    };

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
