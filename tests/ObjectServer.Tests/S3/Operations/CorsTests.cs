using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Rules set through the AWS SDK, and the headers that browsers then get.</summary>
public sealed class CorsTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string VaryValue = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Rules_are_set_read_and_removed()
    {
        var bucket = await server.NewBucketAsync();
        (await Should.ThrowAsync<AmazonS3Exception>(() => server.Client.GetCORSConfigurationAsync(bucket))).ErrorCode.ShouldBe("NoSuchCORSConfiguration");
        await SetAsync(bucket, new CORSRule { Id = "a", AllowedMethods = ["GET", "PUT"], AllowedOrigins = ["*.get", "*.put"], AllowedHeaders = ["x-*"], ExposeHeaders = ["ETag"], MaxAgeSeconds = 60 });
        var rule = (await server.Client.GetCORSConfigurationAsync(bucket)).Configuration.Rules.ShouldHaveSingleItem();
        (rule.Id, rule.MaxAgeSeconds).ShouldBe(("a", 60));
        rule.AllowedMethods.ShouldBe(["GET", "PUT"]);
        rule.AllowedOrigins.ShouldBe(["*.get", "*.put"]);
        rule.AllowedHeaders.ShouldBe(["x-*"]);
        rule.ExposeHeaders.ShouldBe(["ETag"]);
        await server.Client.DeleteCORSConfigurationAsync(bucket);
        await server.Client.DeleteCORSConfigurationAsync(bucket);
        using var preflight = await SendAsync(HttpMethod.Options, bucket, ("Origin", "x.get"), ("Access-Control-Request-Method", "GET"));
        preflight.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await preflight.Content.ReadAsStringAsync()).ShouldContain("<Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message><Method>GET</Method><ResourceType>BUCKET</ResourceType>");
        (await Should.ThrowAsync<AmazonS3Exception>(() => SetAsync(bucket, new CORSRule { AllowedMethods = ["PATCH"], AllowedOrigins = ["*"] }))).ErrorCode.ShouldBe("InvalidRequest");
        (await Should.ThrowAsync<AmazonS3Exception>(() => SetAsync("no-such-bucket", new CORSRule { AllowedMethods = ["PUT"], AllowedOrigins = ["*"] }))).ErrorCode.ShouldBe("NoSuchBucket");
    }

    [Fact]
    public async Task A_preflight_is_answered_without_a_signature()
    {
        var bucket = await server.NewBucketAsync();
        await SetAsync(
            bucket,
            new CORSRule { AllowedMethods = ["PUT", "DELETE"], AllowedOrigins = ["https://*.app.test"], AllowedHeaders = ["content-type", "X-Amz-*"], ExposeHeaders = ["ETag", "x-amz-version-id"], MaxAgeSeconds = 3000 },
            new CORSRule { AllowedMethods = ["GET"], AllowedOrigins = ["*"] });
        using var put = await SendAsync(
            HttpMethod.Options, $"{bucket}/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x&x-amz-acl=public-read",
            ("Origin", "https://www.app.test"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "Content-Type, x-amz-meta-a"));
        put.StatusCode.ShouldBe(HttpStatusCode.OK);
        Cors(put).ShouldBe("https://www.app.test | true | PUT, DELETE | content-type, x-amz-meta-a | ETag, x-amz-version-id | 3000 | " + VaryValue);
        using var get = await SendAsync(HttpMethod.Options, bucket, ("Origin", "null"), ("Access-Control-Request-Method", "GET"));
        Cors(get).ShouldBe("* |  | GET |  |  |  | " + VaryValue);
    }

    [Theory]
    [InlineData(null, "GET", null, 400, "BadRequest", "Insufficient information. Origin request header needed.")]
    [InlineData("https://app.test", null, null, 400, "BadRequest", "Invalid Access-Control-Request-Method: null")]
    [InlineData("https://app.test", "BREW", null, 400, "BadRequest", "Invalid Access-Control-Request-Method: BREW")]
    [InlineData("https://app.test", "DELETE", null, 403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")]
    [InlineData("https://other.test", "GET", null, 403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")]
    [InlineData("https://app.test", "GET", "x-amz-meta-a", 403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")]
    public async Task A_preflight_that_no_rule_fits_is_refused(string? origin, string? method, string? headers, int status, string code, string message)
    {
        var bucket = await server.NewBucketAsync();
        await SetAsync(bucket, new CORSRule { AllowedMethods = ["GET"], AllowedOrigins = ["https://app.test"], AllowedHeaders = ["range"] });
        using var answer = await SendAsync(
            HttpMethod.Options, bucket + "/k", ("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", headers));
        ((int)answer.StatusCode).ShouldBe(status);
        Cors(answer).ShouldBe(" |  |  |  |  |  | ");
        var body = await answer.Content.ReadAsStringAsync();
        body.ShouldContain($"<Code>{code}</Code>");
        body.ShouldContain(message);
        if (status == 403) body.ShouldContain("<ResourceType>OBJECT</ResourceType>");
    }

    [Fact]
    public async Task A_preflight_to_a_bucket_that_is_not_there_is_refused()
    {
        foreach (var bucket in new[] { "no-such-bucket", new string('b', 5000) })
        {
            using var answer = await SendAsync(HttpMethod.Options, bucket, ("Origin", "https://app.test"), ("Access-Control-Request-Method", "GET"));
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await answer.Content.ReadAsStringAsync()).ShouldContain("CORSResponse: Bucket not found");
        }
    }

    [Fact]
    public async Task Answers_and_errors_tell_the_page_what_it_may_see()
    {
        var bucket = await server.NewBucketAsync();
        await SetAsync(bucket, new CORSRule { AllowedMethods = ["GET", "HEAD"], AllowedOrigins = ["https://app.test"], ExposeHeaders = ["ETag"], MaxAgeSeconds = 5 });
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "hello" });
        const string allowed = "https://app.test | true | GET, HEAD |  | ETag | 5 | " + VaryValue;
        const string nothing = " |  |  |  |  |  | ";
        var origin = ("Origin", (string?)"https://app.test");
        var url = Presigned(bucket, "k", HttpVerb.GET);

        using (var got = await SendAsync(HttpMethod.Get, url, origin)) (got.StatusCode, Cors(got)).ShouldBe((HttpStatusCode.OK, allowed));
        using (var plain = await SendAsync(HttpMethod.Get, url)) (plain.StatusCode, Cors(plain)).ShouldBe((HttpStatusCode.OK, nothing));
        using (var foreign = await SendAsync(HttpMethod.Get, url, ("Origin", "https://other.test"))) (foreign.StatusCode, Cors(foreign)).ShouldBe((HttpStatusCode.OK, nothing));
        using (var missing = await SendAsync(HttpMethod.Get, Presigned(bucket, "none", HttpVerb.GET), origin)) (missing.StatusCode, Cors(missing)).ShouldBe((HttpStatusCode.NotFound, allowed));
        // Before anybody is authenticated, and for a call that is none.
        using (var forged = await SendAsync(HttpMethod.Get, url + "0", origin)) (forged.StatusCode, Cors(forged)).ShouldBe((HttpStatusCode.Forbidden, allowed));
        using (var anonymous = await SendAsync(HttpMethod.Get, bucket + "/k", origin)) (anonymous.StatusCode, Cors(anonymous)).ShouldBe((HttpStatusCode.Forbidden, allowed));
        using (var conflict = await SendAsync(HttpMethod.Get, bucket + "?acl&policy", origin)) (conflict.StatusCode, Cors(conflict)).ShouldBe((HttpStatusCode.BadRequest, allowed));
        using (var put = await SendAsync(HttpMethod.Put, Presigned(bucket, "k2", HttpVerb.PUT), origin)) (put.StatusCode, Cors(put)).ShouldBe((HttpStatusCode.OK, nothing));
        // The method that a client says it means goes before the one that it uses.
        using (var announced = await SendAsync(HttpMethod.Put, bucket + "/k", origin, ("Access-Control-Request-Method", "GET"))) Cors(announced).ShouldBe(allowed);
        using (var announced = await SendAsync(HttpMethod.Get, bucket + "/k", origin, ("Access-Control-Request-Method", "PUT"))) Cors(announced).ShouldBe(nothing);
        using (var head = await SendAsync(HttpMethod.Head, Presigned(bucket, "k", HttpVerb.HEAD), origin)) (head.StatusCode, Cors(head)).ShouldBe((HttpStatusCode.OK, allowed));
    }

    [Fact]
    public async Task A_change_of_the_rules_takes_effect_at_once()
    {
        var bucket = await server.NewBucketAsync();
        for (var round = 0; round < 3; round++)
        {
            await SetAsync(bucket, new CORSRule { AllowedMethods = ["GET"], AllowedOrigins = [$"https://{round}.test"] });
            for (var origin = 0; origin < 3; origin++)
            {
                using var answer = await SendAsync(HttpMethod.Options, bucket, ("Origin", $"https://{origin}.test"), ("Access-Control-Request-Method", "GET"));
                answer.IsSuccessStatusCode.ShouldBe(origin == round);
            }
        }
        // Another bucket of the same name has rules of its own: none.
        await server.Client.DeleteBucketAsync(bucket);
        await server.Client.PutBucketAsync(bucket);
        using var again = await SendAsync(HttpMethod.Options, bucket, ("Origin", "https://2.test"), ("Access-Control-Request-Method", "GET"));
        again.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task SetAsync(string bucket, params CORSRule[] rules) =>
        server.Client.PutCORSConfigurationAsync(new() { BucketName = bucket, Configuration = new() { Rules = [.. rules] } });

    private string Presigned(string bucket, string key, HttpVerb verb) => server.Client.GetPreSignedURL(new()
    {
        BucketName = bucket, Key = key, Verb = verb, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP,
    });

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.Address, target.StartsWith("http", StringComparison.Ordinal) ? target : "/" + target));
        foreach (var (name, value) in headers)
        {
            if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        }
        if (method == HttpMethod.Put) request.Content = new ByteArrayContent([]);
        return await Http.SendAsync(request);
    }

    private static string Cors(HttpResponseMessage answer) => string.Join(
        " | ",
        new[] { "Allow-Origin", "Allow-Credentials", "Allow-Methods", "Allow-Headers", "Expose-Headers", "Max-Age" }
            .Select(name => Header(answer, "Access-Control-" + name))
            .Append(Header(answer, "Vary")));

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";
}
