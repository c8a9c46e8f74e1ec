using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.S3.Authentication;

public sealed class SignatureV4Tests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private readonly FixedTime _time = new(Now);
    private readonly SignatureV4Authenticator _authenticator;
    private readonly TestSigner _signer = new("access/key", "secret", Now);

    public SignatureV4Tests() => _authenticator = new SignatureV4Authenticator(new RootCredentialStore("access/key", "secret"), "us-east-1", _time);

    [Theory]
    [InlineData("/", "")]
    [InlineData("/b/a//b", "")]
    [InlineData("/b/./x/../y", "")]
    [InlineData("/b/%E2%82%AC/%25/%2B", "")]
    [InlineData("/b/a+b%20c", "versionId=null")]
    [InlineData("/b", "prefix=a%2Fb+c&delimiter=%2F&list-type=2")]
    [InlineData("/b", "b=2&a=2&a=1&a&c=")]
    [InlineData("/b", "prefix=%E2%82%AC%26%3D&&max-keys=10&")]
    [InlineData("/b", "A=1&a=2&Z=3&a-b=4&a.b=5")]
    public void A_signed_request_is_accepted_whatever_its_path_and_query(string path, string query)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "127.0.0.1:9000" };
        headers["x-amz-meta-blanks"] = "  a   b  c ";
        headers.Append("x-amz-meta-several", "one");
        headers.Append("x-amz-meta-several", " two ");
        _signer.SignHeaders("GET", path.Replace("a+b", "a%2Bb", StringComparison.Ordinal), query, headers, TestSigner.EmptyHash);
        Authenticate("GET", path, query, headers).Error.ShouldBeNull();
    }

    [Fact]
    public void A_header_sent_as_latin_1_and_signed_as_utf_8_is_accepted()
    {
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "h", ["x-amz-meta-a"] = "Hello World\u00C3\u00A9" };
        _signer.SignHeaders("PUT", "/b/k", "", headers, TestSigner.EmptyHash);
        headers["x-amz-meta-a"] = "Hello World\u00E9";
        Authenticate("PUT", "/b/k", "", headers).Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("Wed, 04 Mar 2026 05:06:07 GMT")]
    [InlineData("Wed, 04 Mar 2026 05:06:07 -0000")]
    [InlineData("Wed, 04 Mar 2026 06:06:07 +0100")]
    [InlineData("20260304T050607Z")]
    public void The_time_of_a_request_may_stand_in_its_Date(string date)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "h", ["Date"] = date };
        _signer.SignHeaders("PUT", "/b/k", "", headers, TestSigner.EmptyHash);
        Authenticate("PUT", "/b/k", "", headers).Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("method", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("path", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("query", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("header", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("hash", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("secret", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("short signature", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("extra header", S3ErrorCode.AccessDenied)]
    [InlineData("no date", S3ErrorCode.AccessDenied)]
    [InlineData("bad date", S3ErrorCode.AccessDenied)]
    [InlineData("other day", S3ErrorCode.AuthorizationHeaderMalformed)]
    [InlineData("no hash", S3ErrorCode.InvalidRequest)]
    [InlineData("bad hash", S3ErrorCode.InvalidArgument)]
    [InlineData("unknown key", S3ErrorCode.InvalidAccessKeyId)]
    [InlineData("region", S3ErrorCode.AuthorizationHeaderMalformed)]
    [InlineData("service", S3ErrorCode.AuthorizationHeaderMalformed)]
    [InlineData("no signature", S3ErrorCode.AuthorizationHeaderMalformed)]
    [InlineData("no credential", S3ErrorCode.AuthorizationHeaderMalformed)]
    [InlineData("basic", S3ErrorCode.InvalidArgument)]
    [InlineData("v2", S3ErrorCode.InvalidRequest)]
    [InlineData("v2 unknown", S3ErrorCode.InvalidAccessKeyId)]
    [InlineData("two", S3ErrorCode.InvalidArgument)]
    [InlineData("both", S3ErrorCode.InvalidArgument)]
    internal void What_is_wrong_is_told_with_aws_code(string fault, S3ErrorCode code)
    {
        var (method, path, query) = ("GET", "/b/k", "versionId=1");
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "h", ["x-amz-meta-a"] = "1" };
        var signer = fault switch
        {
            "secret" => new TestSigner("access/key", "other", Now),
            "unknown key" => new TestSigner("nobody", "secret", Now),
            "region" => new TestSigner("access/key", "secret", Now, region: "eu-west-1"),
            "service" => new TestSigner("access/key", "secret", Now, service: "sts"),
            _ => _signer,
        };
        signer.SignHeaders(method, path, query, headers, fault == "bad hash" ? "nonsense" : TestSigner.EmptyHash);
        var authorization = headers.Authorization.ToString();
        switch (fault)
        {
            case "method": method = "PUT"; break;
            case "path": path = "/b/l"; break;
            case "query": query = "versionId=2"; break;
            case "header": headers["x-amz-meta-a"] = "2"; break;
            case "hash": headers["x-amz-content-sha256"] = TestSigner.Hash("x"u8); break;
            case "short signature": headers.Authorization = authorization[..^1]; break;
            case "extra header": headers["x-amz-acl"] = "public-read"; break;
            case "no date": headers.Remove("x-amz-date"); break;
            case "bad date": headers["x-amz-date"] = "yesterday"; break;
            case "other day": headers["x-amz-date"] = "20260305T050607Z"; break;
            case "no hash": headers.Remove("x-amz-content-sha256"); break;
            case "no signature": headers.Authorization = authorization[..authorization.IndexOf(", Signature", StringComparison.Ordinal)]; break;
            case "no credential": headers.Authorization = authorization.Replace("Credential=", "Cred=", StringComparison.Ordinal); break;
            case "basic": headers.Authorization = "Basic YTpi"; break;
            case "v2": headers.Authorization = "AWS access/key:frJIUN8DYpKDtOLCwo//yllqDzg="; break;
            case "v2 unknown": headers.Authorization = "AWS nobody:frJIUN8DYpKDtOLCwo//yllqDzg="; break;
            case "two": headers.Append("Authorization", authorization); break;
            case "both": query += "&X-Amz-Algorithm=AWS4-HMAC-SHA256"; break;
        }
        var result = Authenticate(method, path, query, headers);
        result.Error.ShouldNotBeNull().Code.ShouldBe(code);
        result.Principal.IsAnonymous.ShouldBeTrue();
    }

    [Theory]
    [InlineData(-900, true)]
    [InlineData(900, true)]
    [InlineData(-901, false)]
    [InlineData(901, false)]
    public void A_clock_may_be_off_by_fifteen_minutes(int seconds, bool accepted)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "h" };
        _signer.SignHeaders("GET", "/", "", headers, TestSigner.EmptyHash);
        _time.Now = Now.AddSeconds(seconds);
        Authenticate("GET", "/", "", headers).Error?.Code.ShouldBe(S3ErrorCode.RequestTimeTooSkewed);
        (Authenticate("GET", "/", "", headers).Error is null).ShouldBe(accepted);
    }

    [Theory]
    [InlineData("1", 1, null)]
    [InlineData("1", 2, S3ErrorCode.AccessDenied)]
    [InlineData("604800", 604800, null)]
    [InlineData("604800", 604801, S3ErrorCode.AccessDenied)]
    [InlineData("604801", 0, S3ErrorCode.AuthorizationQueryParametersError)]
    [InlineData("0", 0, S3ErrorCode.AuthorizationQueryParametersError)]
    [InlineData("-1", 0, S3ErrorCode.AuthorizationQueryParametersError)]
    [InlineData("soon", 0, S3ErrorCode.AuthorizationQueryParametersError)]
    [InlineData("3600", -900, null)]
    [InlineData("3600", -901, S3ErrorCode.AccessDenied)]
    internal void A_presigned_url_lives_as_long_as_it_says(string expires, int secondsLater, S3ErrorCode? code)
    {
        var query = _signer.Presign("GET", "/b/a%20b", "versionId=1", "h:9000", expires);
        _time.Now = Now.AddSeconds(secondsLater);
        Authenticate("GET", "/b/a%20b", query, new HeaderDictionary { ["Host"] = "h:9000" }).Error?.Code.ShouldBe(code!.Value);
        (Authenticate("GET", "/b/a%20b", query, new HeaderDictionary { ["Host"] = "h:9000" }).Error?.Code).ShouldBe(code);
    }

    [Theory]
    [InlineData("X-Amz-Credential")]
    [InlineData("X-Amz-Date")]
    [InlineData("X-Amz-Expires")]
    [InlineData("X-Amz-SignedHeaders")]
    [InlineData("X-Amz-Signature")]
    public void A_presigned_url_needs_all_its_parameters(string missing)
    {
        var query = string.Join('&', _signer.Presign("GET", "/b/k", "", "h", "60").Split('&').Where(pair => !pair.StartsWith(missing + "=", StringComparison.Ordinal)));
        Authenticate("GET", "/b/k", query, new HeaderDictionary { ["Host"] = "h" }).Error.ShouldNotBeNull().Code.ShouldBe(S3ErrorCode.AuthorizationQueryParametersError);
    }

    [Fact]
    public void A_presigned_url_is_for_one_method_path_and_host()
    {
        var query = _signer.Presign("GET", "/b/k", "", "h", "60");
        Authenticate("GET", "/b/k", query, new HeaderDictionary { ["Host"] = "h" }).Error.ShouldBeNull();
        Authenticate("PUT", "/b/k", query, new HeaderDictionary { ["Host"] = "h" }).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
        Authenticate("GET", "/b/l", query, new HeaderDictionary { ["Host"] = "h" }).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
        Authenticate("GET", "/b/k", query, new HeaderDictionary { ["Host"] = "i" }).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
        Authenticate("GET", "/b/k", query + "&acl", new HeaderDictionary { ["Host"] = "h" }).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
        Authenticate("GET", "/b/k", query, new HeaderDictionary { ["Host"] = "h", ["x-amz-acl"] = "private" }).Error!.Code.ShouldBe(S3ErrorCode.AccessDenied);
    }

    [Fact]
    public void More_parameters_than_can_be_signed_are_refused_and_not_cut_off()
    {
        var query = string.Join('&', Enumerable.Range(0, CanonicalRequest.MaxParameters + 1).Select(number => $"p{number}=1"));
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "h" };
        _signer.SignHeaders("GET", "/b", query, headers, TestSigner.EmptyHash);
        Authenticate("GET", "/b", query, headers).Error!.Code.ShouldBe(S3ErrorCode.InvalidRequest);
    }

    [Fact]
    public void A_request_without_any_sign_of_a_signature_is_anonymous()
    {
        var result = Authenticate("GET", "/b/k", "", new HeaderDictionary { ["Host"] = "h" });
        result.Error.ShouldBeNull();
        result.Principal.ShouldBe(Principal.Anonymous);
    }

    [Fact]
    public void No_mutation_of_a_signed_request_is_accepted()
    {
        // Whatever is changed in a header of authorization, the request is refused with an S3 error and nothing is thrown.
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "h" };
        _signer.SignHeaders("GET", "/b/k", "", headers, TestSigner.EmptyHash);
        var good = headers.Authorization.ToString();
        var random = new System.Random(20260304);
        for (var round = 0; round < 20_000; round++)
        {
            var text = good.ToCharArray().ToList();
            for (var change = 0; change <= random.Next(3); change++)
            {
                var place = random.Next(text.Count);
                switch (random.Next(3))
                {
                    case 0: text[place] = (char)random.Next(1, 256); break;
                    case 1: text.RemoveAt(place); break;
                    default: text.Insert(place, "/=,; \t\0a9"[random.Next(9)]); break;
                }
            }
            var changed = new string(text.ToArray());
            headers.Authorization = changed;
            var result = Authenticate("GET", "/b/k", "", headers);
            if (result.Error is null && !Means(changed, good)) throw new ShouldAssertException($"seed 20260304, round {round}: accepted {changed}");
        }
    }

    [Fact]
    public void Garbage_in_a_query_is_refused_and_nothing_is_thrown()
    {
        var names = Gen.Elements("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "%41", "%", "a+");
        var values = Gen.OneOf(
            Gen.Elements("AWS4-HMAC-SHA256", "access/key/20260304/us-east-1/s3/aws4_request", "20260304T050607Z", "60", "host", new string('0', 64), "%2", "%FF", ""),
            ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));
        var query = names.SelectMany(name => values.Select(value => $"{name}={value}")).ArrayOf().Select(pairs => string.Join('&', pairs));
        Prop.ForAll(query.ToArbitrary(), raw =>
        {
            try
            {
                var result = Authenticate("GET", "/b/k", raw, new HeaderDictionary { ["Host"] = "h" });
                return result.Error is not null || result.Principal.IsAnonymous;
            }
            catch (S3Exception exception)
            {
                return exception.Error.Code == S3ErrorCode.InvalidURI;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(1234, 5679));
    }

    [Fact]
    public void Signing_keys_are_cached_and_the_cache_is_bounded()
    {
        var cache = new SigningKeyCache();
        var credential = new Credential("a", "secret", Principal.Anonymous);
        cache.Get(credential, "20260304", "us-east-1", "s3").ShouldBeSameAs(cache.Get(credential, "20260304", "us-east-1", "s3"));
        cache.Get(credential, "20260304", "us-east-1", "s3").ShouldBe(new TestSigner("a", "secret", Now).SigningKey());
        cache.Get(new Credential("a", "secret", Principal.Anonymous), "20260304", "us-east-1", "s3")
            .ShouldNotBeSameAs(cache.Get(credential, "20260304", "us-east-1", "s3"));
    }

    // Blanks, the order of the items and items that nobody knows carry no meaning.
    private static bool Means(string changed, string good)
    {
        static string[] Items(string header) => header["AWS4-HMAC-SHA256".Length..].Split(',').Select(item => item.Trim())
            .Where(item => item.StartsWith("Credential=", StringComparison.Ordinal) || item.StartsWith("SignedHeaders=", StringComparison.Ordinal) || item.StartsWith("Signature=", StringComparison.Ordinal))
            .ToArray();
        return changed.Trim().StartsWith("AWS4-HMAC-SHA256", StringComparison.Ordinal) && Items(changed.Trim()).SequenceEqual(Items(good));
    }

    private AuthenticationResult Authenticate(string method, string path, string query, IHeaderDictionary headers) =>
        _authenticator.Authenticate(new AuthenticationRequest(method, path, new S3Query(query), headers));
}
