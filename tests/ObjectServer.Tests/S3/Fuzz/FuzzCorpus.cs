using System.Text;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.Tests.S3.Sweep;
using static ObjectStore.Server.Tests.S3.Fuzz.FuzzValues;

namespace ObjectStore.Server.Tests.S3.Fuzz;

/// <summary>Good requests of every kind that the server understands, and ways to make them less good.</summary>
internal static class FuzzCorpus
{
    private static readonly string[] IamActions =
    [
        "CreateUser", "GetUser", "ListUsers", "UpdateUser", "DeleteUser", "TagUser", "UntagUser", "ListUserTags", "CreateGroup", "GetGroup", "ListGroups", "AddUserToGroup", "CreateRole", "GetRole",
        "ListRoles", "UpdateRole", "UpdateAssumeRolePolicy", "DeleteRole", "TagRole", "CreatePolicy", "GetPolicy", "ListPolicies", "CreatePolicyVersion", "ListPolicyVersions", "PutUserPolicy",
        "GetUserPolicy", "ListUserPolicies", "PutRolePolicy", "PutGroupPolicy", "AttachUserPolicy", "DetachUserPolicy", "ListAttachedUserPolicies", "PutUserPermissionsBoundary",
        "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "GetAccessKeyLastUsed", "CreateOpenIDConnectProvider", "GetOpenIDConnectProvider", "ListOpenIDConnectProviders",
        "GetAccountSummary", "ListEntitiesForPolicy", "SimulatePrincipalPolicy", "CreateLoginProfile",
    ];

    private static readonly SweepCall[] Built = [.. SweepCalls.All.Where(call => OperationHandlers.Built.Contains(call.Row.Name))];

    private static readonly string[] StsActions = ["AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken", "GetCallerIdentity", "DecodeAuthorizationMessage"];

    private static readonly string[] IamParameters =
    [
        "UserName", "GroupName", "RoleName", "PolicyName", "PolicyArn", "PolicyDocument", "AssumeRolePolicyDocument", "Path", "PathPrefix", "NewUserName", "MaxItems", "Marker", "Description",
        "MaxSessionDuration", "AccessKeyId", "Status", "Tags.member.1.Key", "Tags.member.1.Value", "Tags.member.99999999999.Key", "TagKeys.member.1", "Url", "ThumbprintList.member.1",
        "ClientIDList.member.1", "RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "PolicyArns.member.1.arn", "WebIdentityToken", "ExternalId", "SerialNumber", "TokenCode",
        "PermissionsBoundary", "SetAsDefault", "VersionId", "OpenIDConnectProviderArn", "Version", "Action",
    ];

    private static readonly string[] AdminPaths =
        ["info", "accounts", "accounts/000000000000", "accounts/000000000000/keys", "accounts/x/keys/y", "buckets", "buckets/sweep-1", "server", "status", "drives", "users", "health"];

    private static readonly string[] Policies =
    [
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:username":"a*"},"Bool":{"aws:SecureTransport":"true"}}}]}""",
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}""",
    ];

    public static FuzzRequest Base(Random random, SweepBucket bucket) => random.Next(10) switch
    {
        0 => Iam(random, "iam", Pick(random, IamActions)),
        1 => random.Next(3) == 0 ? Iam(random, "sts", Pick(random, StsActions)) : Admin(random),
        2 => Form(random, bucket),
        3 => Upload(random, bucket),
        // What is not built is answered before anything is parsed.
        4 => FuzzRequest.Of(Pick(random, SweepCalls.All).Make(bucket)),
        _ => FuzzRequest.Of(Pick(random, Built).Make(bucket)),
    };

    /// <summary>One thing about it becomes odd.</summary>
    public static void Spoil(Random random, FuzzRequest request)
    {
        switch (random.Next(10))
        {
            case 0 or 1:
                var name = random.Next(12) switch { 0 => Encoded(random), 1 or 2 => Pick(random, Subresources), _ => Pick(random, Parameters) };
                var parameter = $"{name}={Encoded(random)}";
                request.Query = request.Query.Length == 0 ? parameter : random.Next(4) == 0 ? parameter + "&" + request.Query : request.Query + "&" + parameter;
                break;
            case 2 when request.Query.Length > 0:
                var parts = request.Query.Split('&');
                var at = random.Next(parts.Length);
                parts[at] = random.Next(3) == 0 ? "" : parts[at].Split('=')[0] + "=" + Encoded(random);
                request.Query = string.Join('&', parts);
                break;
            case 3 or 4 or 5:
                request.Set(Pick(random, Headers), HeaderValue(random));
                break;
            case 6 or 7:
                request.Body = FuzzValues.Spoil(random, request.Body);
                break;
            case 8:
                request.Path = random.Next(3) switch
                {
                    0 => request.Path + "/" + Encoded(random),
                    1 => "/" + Encoded(random),
                    _ => request.Path[..(request.Path.LastIndexOf('/') + 1)] + Encoded(random),
                };
                break;
            default:
                if (request.Headers.Count > 0 && random.Next(2) == 0)
                    request.Set(Pick(random, request.Headers).Name, HeaderValue(random));
                else if (random.Next(8) == 0)
                    request.Method = Pick(random, ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]);
                break;
        }
    }

    private static FuzzRequest Iam(Random random, string service, string action)
    {
        var body = new StringBuilder($"Action={action}&Version={(service == "iam" ? "2010-05-08" : "2011-06-15")}");
        for (var n = random.Next(6); n > 0; n--)
        {
            var name = Pick(random, IamParameters);
            var value = name.Contains("Policy", StringComparison.Ordinal) && random.Next(2) == 0
                ? Encoding.UTF8.GetString(random.Next(2) == 0 ? Encoding.UTF8.GetBytes(Pick(random, Policies)) : FuzzValues.Spoil(random, Encoding.UTF8.GetBytes(Pick(random, Policies))))
                : random.Next(2) == 0 ? "fuzz" : Value(random);
            body.Append($"&{name}={Uri.EscapeDataString(value)}");
        }

        return new FuzzRequest
        {
            Method = "POST", Path = "/", Query = "", Headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], Body = Encoding.ASCII.GetBytes(body.ToString()), Service = service,
        };
    }

    private static FuzzRequest Admin(Random random) => new()
    {
        Method = Pick(random, ["GET", "PUT", "POST", "DELETE", "PATCH"]),
        Path = "/-/admin/v1/" + Pick(random, AdminPaths),
        Query = "",
        Headers = [("Content-Type", "application/json")],
        Body = random.Next(2) == 0 ? [] : Encoding.UTF8.GetBytes("""{"name":"fuzz","email":"a@b","id":"000000000001","accessKey":"abc","active":true}"""),
        Service = random.Next(2) == 0 ? "s3" : "objectstore",
    };

    private static FuzzRequest Upload(Random random, SweepBucket bucket)
    {
        var body = new byte[random.Next(3) * random.Next(10_000)];
        random.NextBytes(body);
        return new FuzzRequest
        {
            Method = "PUT",
            Path = $"/{bucket.Name}/uploaded",
            Query = random.Next(3) == 0 ? $"partNumber={random.Next(1, 4)}&uploadId={bucket.UploadId}" : "",
            Headers = [],
            Body = body,
            IsChunked = true,
            Spoil = random.Next(2) == 0 ? bytes => SpoilBytes(random, bytes) : null,
        };
    }

    /// <summary>A form of a browser; its fields are signed, as far as they are, by nobody: the parser comes first.</summary>
    private static FuzzRequest Form(Random random, SweepBucket bucket)
    {
        const string boundary = "----fuzz";
        var fields = new List<(string Name, string Value)>
        {
            ("key", "posted/${filename}"), ("policy", Convert.ToBase64String("""{"expiration":"2099-01-01T00:00:00Z","conditions":[["starts-with","$key",""]]}"""u8)),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", "access-key/20260101/us-east-1/s3/aws4_request"), ("x-amz-date", "20260101T000000Z"), ("x-amz-signature", new string('0', 64)),
        };
        for (var n = random.Next(4); n > 0; n--)
            fields.Insert(random.Next(fields.Count), (random.Next(2) == 0 ? Pick(random, Headers) : Pick(random, ["success_action_status", "success_action_redirect", "acl", "tagging", "key", "policy", "file"]), Value(random)));
        var body = new StringBuilder();
        foreach (var (name, value) in fields)
            body.Append($"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.Append($"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{HeaderValue(random).Replace("\"", "", StringComparison.Ordinal)}\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--{boundary}--\r\n");
        return new FuzzRequest
        {
            Method = "POST", Path = "/" + bucket.Name, Query = "", Headers = [("Content-Type", "multipart/form-data; boundary=" + boundary)], Body = Encoding.UTF8.GetBytes(body.ToString()),
        };
    }
}
