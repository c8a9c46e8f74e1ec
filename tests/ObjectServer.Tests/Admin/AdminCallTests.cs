using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using ObjectStore.Client;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>What the calls of the admin API do, and what they refuse.</summary>
public sealed class AdminCallTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task An_account_is_made_found_renamed_and_deleted()
    {
        var made = await _admin.SendAsync("POST", "accounts", """{"name": "Fotos", "email": "fotos@example.org"}""");
        made.Status.ShouldBe(201);
        made["id"].Length.ShouldBe(12);
        made["canonicalId"].Length.ShouldBe(64);
        made["arn"].ShouldBe($"arn:aws:iam::{made["id"]}:root");
        var path = "accounts/" + made["id"];

        (await _admin.SendAsync("GET", path))["buckets"].ShouldBe("0");
        var renamed = await _admin.SendAsync("PATCH", path, """{"name": "Bilder", "email": ""}""");
        (renamed.Status, renamed["name"]).ShouldBe((200, "Bilder"));
        renamed.Json.TryGetProperty("email", out _).ShouldBeFalse();
        (await _admin.SendAsync("DELETE", path)).Outcome.ShouldBe("204");
        (await _admin.SendAsync("GET", path)).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("PATCH", path, """{"name": "x"}""")).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("DELETE", path)).Outcome.ShouldBe("404 NoSuchEntity");
    }

    [Fact]
    public async Task Ids_may_be_brought_along_and_are_nobody_elses()
    {
        var id = Random.Shared.NextInt64(100_000_000_000, 999_999_999_999);
        var canonical = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()).PadLeft(64, 'a');
        var made = await _admin.SendAsync("POST", "accounts", $$"""{"name": "moved-{{id}}", "id": "{{id}}", "canonicalId": "{{canonical}}"}""");
        (made.Status, made["id"], made["canonicalId"]).ShouldBe((201, $"{id}", canonical));
        (await _admin.SendAsync("POST", "accounts", $$"""{"name": "other-{{id}}", "id": "{{id}}"}""")).Outcome.ShouldBe("409 EntityAlreadyExists");
        (await _admin.SendAsync("POST", "accounts", $$"""{"name": "other-{{id}}", "canonicalId": "{{canonical}}"}""")).Outcome.ShouldBe("409 EntityAlreadyExists");
        (await _admin.SendAsync("POST", "accounts", $$"""{"name": "moved-{{id}}"}""")).Outcome.ShouldBe("409 EntityAlreadyExists");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"name": null}""")]
    [InlineData("""{"name": 1}""")]
    [InlineData("""{"name": "a", "colour": "blue"}""")]
    [InlineData("""{"name": "a", "Name": "b"}""")]
    [InlineData("""{"name": "a", "name": "b"}""")]
    [InlineData("""{"name": "a",}""")]
    [InlineData("""{"name": "a"} x""")]
    [InlineData("""{"name": "a"} // why""")]
    [InlineData("""["a"]""")]
    [InlineData("""null""")]
    [InlineData("""{"name": "\ud800"}""")]
    [InlineData("x")]
    public async Task A_document_that_is_not_the_one_expected_is_refused(string body) =>
        (await _admin.SendAsync("POST", "accounts", body)).Outcome.ShouldBe("400 MalformedDocument");

    [Theory]
    [InlineData("""{"name": ""}""")]
    [InlineData("""{"name": "a\nb"}""")]
    [InlineData("""{"name": "a", "id": "12"}""")]
    [InlineData("""{"name": "a", "id": "12345678901x"}""")]
    [InlineData("""{"name": "a", "canonicalId": "zz"}""")]
    [InlineData("""{"name": "a", "email": "nobody"}""")]
    public async Task A_value_that_breaks_a_rule_is_refused(string body) =>
        (await _admin.SendAsync("POST", "accounts", body)).Outcome.ShouldBe("400 ValidationError");

    [Fact]
    public async Task Bodies_are_bounded_and_only_where_they_belong()
    {
        var long1 = new byte[AdminApi.MaxBodyBytes + 1];
        (await _admin.SendBytesAsync("POST", "accounts", long1)).Outcome.ShouldBe("413 RequestTooLarge");
        (await _admin.SendBytesAsync("POST", "accounts", long1[..^1])).Outcome.ShouldBe("400 MalformedDocument");
        (await _admin.SendAsync("GET", "accounts", "{}")).Outcome.ShouldBe("400 MalformedDocument");
        (await _admin.SendAsync("PATCH", "accounts/000000000000", "{}")).Outcome.ShouldBe("400 ValidationError");
        (await _admin.SendAsync("POST", "accounts", new string('[', 1000))).Outcome.ShouldBe("400 MalformedDocument");
    }

    [Theory]
    [InlineData("GET", "accounts?colour=blue", "400 ValidationError")]
    [InlineData("GET", "accounts?limit=1&limit=2", "400 ValidationError")]
    [InlineData("GET", "accounts?limit=0", "400 ValidationError")]
    [InlineData("GET", "accounts?limit=1001", "400 ValidationError")]
    [InlineData("GET", "accounts?limit=x", "400 ValidationError")]
    [InlineData("PUT", "accounts", "405 MethodNotAllowed")]
    [InlineData("DELETE", "info", "405 MethodNotAllowed")]
    [InlineData("GET", "", "404 NoSuchEntity")]
    [InlineData("GET", "accounts/", "404 NoSuchEntity")]
    [InlineData("GET", "accounts/1/keys/2/3", "404 NoSuchEntity")]
    [InlineData("GET", "accounts/..", "404 NoSuchEntity")]
    [InlineData("GET", "buckets?account=1", "404 NoSuchEntity")]
    public async Task What_is_no_call_is_refused(string method, string path, string outcome) => (await _admin.SendAsync(method, path)).Outcome.ShouldBe(outcome);

    [Fact]
    public async Task A_root_has_two_keys_whose_secrets_are_told_once_and_which_end_at_once()
    {
        var (id, root) = await _admin.NewAccountAsync();
        var keys = $"accounts/{id}/keys";
        var second = await _admin.SendAsync("POST", keys, """{"accessKeyId": "BROUGHT-ALONG", "secretAccessKey": "a-secret-of-before"}""");
        (second.Status, second["accessKeyId"], second["secretAccessKey"]).ShouldBe((201, "BROUGHT-ALONG", "a-secret-of-before"));
        (await _admin.SendAsync("POST", keys, "{}")).Outcome.ShouldBe("409 LimitExceeded");
        (await _admin.SendAsync("POST", keys, """{"accessKeyId": "HALF"}""")).Outcome.ShouldBe("400 ValidationError");

        var list = await _admin.SendAsync("GET", keys);
        list.Json.GetProperty("keys").GetArrayLength().ShouldBe(2);
        list.Text.ShouldNotContain(root.SecretKey);
        list.Text.ShouldNotContain("secret", Case.Insensitive);

        using var s3 = ClientOf(root);
        await s3.ListBucketsAsync();
        (await _admin.SendAsync("PATCH", $"{keys}/{root.AccessKey}", """{"isActive": false}"""))["isActive"].ShouldBe("False");
        (await Should.ThrowAsync<AmazonS3Exception>(() => s3.ListBucketsAsync())).ErrorCode.ShouldBe("InvalidAccessKeyId");
        (await _admin.SendAsync("PATCH", $"{keys}/{root.AccessKey}", """{"isActive": true}""")).Status.ShouldBe(200);
        await s3.ListBucketsAsync();
        (await _admin.SendAsync("DELETE", $"{keys}/{root.AccessKey}")).Outcome.ShouldBe("204");
        (await Should.ThrowAsync<AmazonS3Exception>(() => s3.ListBucketsAsync())).ErrorCode.ShouldBe("InvalidAccessKeyId");
        (await _admin.SendAsync("DELETE", $"{keys}/{root.AccessKey}")).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("GET", "accounts/999999999999/keys")).Outcome.ShouldBe("404 NoSuchEntity");
    }

    [Fact]
    public async Task An_account_with_a_bucket_or_a_user_stays_and_its_keys_end_with_it()
    {
        var (id, root) = await _admin.NewAccountAsync();
        using var s3 = ClientOf(root);
        var bucket = "of-" + id;
        await s3.PutBucketAsync(bucket);
        (await _admin.SendAsync("GET", "accounts/" + id))["buckets"].ShouldBe("1");
        (await _admin.SendAsync("DELETE", "accounts/" + id)).Outcome.ShouldBe("409 DeleteConflict");
        await s3.DeleteBucketAsync(bucket);
        (await server.Identities.Users.CreateAsync(id, new NewUser("alice"), CancellationToken.None)).IsOk.ShouldBeTrue();
        (await _admin.SendAsync("DELETE", "accounts/" + id)).Outcome.ShouldBe("409 DeleteConflict");
        (await server.Identities.Users.DeleteAsync(id, "alice", withBelongings: true, CancellationToken.None)).IsOk.ShouldBeTrue();
        (await _admin.SendAsync("DELETE", "accounts/" + id)).Outcome.ShouldBe("204");
        (await Should.ThrowAsync<AmazonS3Exception>(() => s3.ListBucketsAsync())).ErrorCode.ShouldBe("InvalidAccessKeyId");
        (await _admin.SendAsync("DELETE", "accounts/000000000000")).Outcome.ShouldBe("409 DeleteConflict");
    }

    [Fact]
    public async Task Lists_go_page_by_page_and_name_everything_once()
    {
        for (var i = 0; i < 3; i++) await _admin.NewAccountAsync();
        var all = Names(await _admin.SendAsync("GET", "accounts"), "accounts", "id");
        var paged = new List<string>();
        for (var after = ""; after is not null;)
        {
            var page = await _admin.SendAsync("GET", "accounts?limit=1" + (after.Length == 0 ? "" : "&after=" + after));
            paged.AddRange(Names(page, "accounts", "id"));
            after = page.Json.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        paged.ShouldBe(all);
        paged.ShouldBe(paged.Order(StringComparer.Ordinal));
        paged.ShouldContain("000000000000");
    }

    [Fact]
    public async Task Buckets_of_everybody_are_seen_with_owner_and_usage_and_deleted_when_empty()
    {
        var (id, root) = await _admin.NewAccountAsync();
        using var s3 = ClientOf(root);
        var bucket = "usage-" + id;
        await s3.PutBucketAsync(bucket);
        await s3.PutBucketVersioningAsync(new() { BucketName = bucket, VersioningConfig = new() { Status = VersionStatus.Enabled } });
        for (var i = 0; i < 2; i++) await s3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "12345" });
        await s3.PutObjectAsync(new() { BucketName = bucket, Key = "gone", ContentBody = "12345" });
        await s3.DeleteObjectAsync(bucket, "gone");

        var shown = await _admin.SendAsync("GET", "buckets/" + bucket);
        (shown["ownerAccountId"], shown["versioning"], shown["objectLock"]).ShouldBe((id, "enabled", "False"));
        var usage = shown.Json.GetProperty("usage");
        new[] { "objects", "versions", "deleteMarkers", "bytes" }.Select(field => usage.GetProperty(field).GetInt64()).ShouldBe([1, 3, 1, 15]);

        Names(await _admin.SendAsync("GET", "buckets?account=" + id), "buckets", "name").ShouldBe([bucket]);
        Names(await _admin.SendAsync("GET", "buckets?prefix=usage-"), "buckets", "name").ShouldContain(bucket);
        Names(await _admin.SendAsync("GET", "buckets?prefix=nothing"), "buckets", "name").ShouldBeEmpty();
        (await _admin.SendAsync("DELETE", "buckets/" + bucket)).Outcome.ShouldBe("409 DeleteConflict");
        await s3.PutBucketAsync(bucket + "-empty");
        (await _admin.SendAsync("DELETE", $"buckets/{bucket}-empty")).Outcome.ShouldBe("204");
        (await _admin.SendAsync("GET", $"buckets/{bucket}-empty")).Outcome.ShouldBe("404 NoSuchEntity");
    }

    [Fact]
    public async Task The_server_tells_how_it_is()
    {
        var info = await _admin.SendAsync("GET", "info");
        info["version"].ShouldNotBeEmpty();
        info["region"].ShouldBe("us-east-1");
        info.Json.GetProperty("health").GetProperty("ready").GetBoolean().ShouldBeTrue();
        info.Json.GetProperty("store").GetProperty("scheme").GetProperty("dataShards").GetInt32().ShouldBe(1);
        (await _admin.SendAsync("GET", "health"))["reason"].ShouldBe("ready");
    }

    /// <summary>Any bytes at all: an error of the API, or a success, never a fault.</summary>
    [Fact]
    public async Task No_bytes_as_a_document_are_a_fault_of_the_server()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        string[] calls = ["POST accounts", "PATCH accounts/000000000000", "POST accounts/000000000000/keys", "PATCH accounts/000000000000/keys/x", "POST accounts/999999999999/sessions"];
        string[] pieces = ["{", "}", "[", "]", ":", ",", "\"", "\"name\"", "\"email\"", "\"isActive\"", "\"durationSeconds\"", "true", "null", "1e400", "-1", "\"\\u0000\"", "\"\\ud800\"", "é", " ", "\0", "{\"name\":"];
        for (var i = 0; i < 400; i++)
        {
            var call = calls[random.Next(calls.Length)].Split(' ');
            var body = new List<byte>();
            for (var n = random.Next(1, 12); n > 0; n--)
            {
                if (random.Next(8) == 0) body.Add((byte)random.Next(256));
                else body.AddRange(Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
            }
            var reply = await _admin.SendBytesAsync(call[0], call[1], [.. body]);
            reply.Status.ShouldBeInRange(200, 499, $"seed {seed}, request {i}: {call[0]} {call[1]} {Convert.ToHexString([.. body])}\n{reply.Text}");
        }
    }

    private AmazonS3Client ClientOf(Credentials credentials) => new(
        credentials.SessionToken is null
            ? new BasicAWSCredentials(credentials.AccessKey, credentials.SecretKey)
            : new SessionAWSCredentials(credentials.AccessKey, credentials.SecretKey, credentials.SessionToken),
        new AmazonS3Config { ServiceURL = server.Address.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true });

    private static IReadOnlyList<string> Names(AdminReply reply, string list, string field) =>
        [.. reply.Json.GetProperty(list).EnumerateArray().Select(item => item.GetProperty(field).GetString()!)];
}
