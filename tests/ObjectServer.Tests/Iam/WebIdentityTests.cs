using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ObjectStore.ObjectServer.Tests.Identities;
using ObjectStore.Server.Iam;
using static ObjectStore.ObjectServer.Tests.Identities.IdentityBench;

namespace ObjectStore.ObjectServer.Tests.Iam;

public sealed class WebIdentityTests : IDisposable
{
    private const string Issuer = "https://idp.example.com/realm";
    private const string KeysAddress = "https://idp.example.com/keys";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task A_token_of_a_known_provider_gives_a_session(string algorithm)
    {
        var (bench, query, role) = await OpenAsync();
        var reply = (await AssumeAsync(query, role, Token(bench, algorithm: algorithm, key: algorithm[0] == 'E' ? "ec" : "rsa"))).Ok();
        var principal = bench.Service.Find(reply["AccessKeyId"], reply["SessionToken"]).Credential!.Principal;
        principal.FederatedProvider.ShouldBe($"arn:aws:iam::{bench.Account.Id}:oidc-provider/idp.example.com/realm");
        principal.FederatedClaims.ShouldContain(new IdentityTag("idp.example.com/realm:sub", "subject"));
        reply["SubjectFromWebIdentityToken"].ShouldBe("subject");
        reply["Audience"].ShouldBe("client");
    }

    [Fact]
    public async Task What_is_wrong_with_a_token_is_told()
    {
        var (bench, query, role) = await OpenAsync();
        using var stranger = RSA.Create(2048);
        var now = bench.Time.Now.ToUnixTimeSeconds();
        (string Token, string Code)[] cases =
        [
            ("abcdef", "InvalidIdentityToken"),
            (Token(bench, algorithm: "none", key: null), "InvalidIdentityToken"),
            (Sign("""{"alg":"HS256","kid":"rsa"}""", Claims(bench), data => HMACSHA256.HashData(_rsa.ExportRSAPublicKey(), data)), "InvalidIdentityToken"),
            (Sign("""{"alg":"RS256","kid":"rsa"}""", Claims(bench), data => stranger.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), "InvalidIdentityToken"),
            (Sign("""{"alg":"RS256","kid":"rsa","crit":["exp"]}""", Claims(bench), data => _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), "InvalidIdentityToken"),
            (Token(bench, $$"""{"iss":"https://evil.example.com","aud":"client","sub":"subject","exp":{{now + 60}}}"""), "InvalidIdentityToken"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"other","sub":"subject","exp":{{now + 60}}}"""), "InvalidIdentityToken"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","azp":"other","sub":"subject","exp":{{now + 60}}}"""), "InvalidIdentityToken"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","sub":"subject"}"""), "InvalidIdentityToken"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","sub":"subject","exp":{{now - 61}}}"""), "ExpiredTokenException"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","sub":"subject","exp":{{now + 600}},"nbf":{{now + 120}}}"""), "InvalidIdentityToken"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","sub":"other","exp":{{now + 60}}}"""), "AccessDenied"),
            (Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","sub":"subject","sub":"subject","exp":{{now + 60}}}"""), "InvalidIdentityToken"),
        ];
        foreach (var (token, code) in cases) (await AssumeAsync(query, role, token)).Code.ShouldBe(code, token);
        // A signature over another payload.
        var parts = Token(bench).Split('.');
        (await AssumeAsync(query, role, $"{parts[0]}.{Encode(Encoding.UTF8.GetBytes(Claims(bench).Replace("subject", "admin", StringComparison.Ordinal)))}.{parts[2]}")).Code.ShouldBe("InvalidIdentityToken");
    }

    [Fact]
    public async Task A_provider_without_client_ids_takes_no_token_unless_tests_let_it()
    {
        var (bench, query, role) = await OpenAsync(clients: []);
        (await AssumeAsync(query, role, Token(bench))).Code.ShouldBe("InvalidIdentityToken");
        var lenient = new QueryBench(bench) { AnyAudience = true };
        foreach (var (address, text) in query.Documents.Contents) lenient.Documents.Contents[address] = text;
        (await AssumeAsync(lenient, role, Token(bench))).Ok();
    }

    [Fact]
    public async Task Keys_are_kept_and_fetched_anew_for_an_unknown_one_but_not_at_every_wish()
    {
        var (bench, query, role) = await OpenAsync();
        (await AssumeAsync(query, role, Token(bench))).Ok();
        (await AssumeAsync(query, role, Token(bench))).Ok();
        query.Documents.Fetches.ShouldBe(2);

        using var rotated = RSA.Create(2048);
        string Rotated() => Sign("""{"alg":"RS256","kid":"new"}""", Claims(bench), data => rotated.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        query.Documents.Contents[KeysAddress] = $$"""{"keys":[{{Jwk("new", rotated)}}]}""";
        // Asked a moment ago.
        (await AssumeAsync(query, role, Rotated())).Code.ShouldBe("InvalidIdentityToken");
        query.Documents.Fetches.ShouldBe(2);
        bench.Time.Now += TimeSpan.FromSeconds(31);
        (await AssumeAsync(query, role, Rotated())).Ok();
        query.Documents.Fetches.ShouldBe(4);
        bench.Time.Now += TimeSpan.FromHours(2);
        query.Documents.Contents.Clear();
        (await AssumeAsync(query, role, Rotated())).Code.ShouldBe("IDPCommunicationError");
    }

    [Fact]
    public async Task Session_tags_come_from_the_token_and_not_from_the_unsigned_call()
    {
        var (bench, query, role) = await OpenAsync(""","Condition":{"StringEquals":{"aws:RequestTag/Department":"Engineering"}}""");
        var now = bench.Time.Now.ToUnixTimeSeconds();
        string With(string tags) => Token(bench, $$"""{"iss":"{{Issuer}}","aud":"client","sub":"subject","exp":{{now + 60}}{{tags}}}""");
        var good = (await AssumeAsync(query, role, With(""","https://aws.amazon.com/tags":{"principal_tags":{"Department":["Engineering"]},"transitive_tag_keys":["Department"]}"""))).Ok();
        bench.Service.Find(good["AccessKeyId"], good["SessionToken"]).Credential!.Principal.Tags.ShouldBe([new IdentityTag("Department", "Engineering")]);
        (await AssumeAsync(query, role, With(""))).Code.ShouldBe("AccessDenied");
        (await AssumeAsync(query, role, With(""), ("Tags.member.1.Key", "Department"), ("Tags.member.1.Value", "Engineering"))).Code.ShouldBe("AccessDenied");
        (await AssumeAsync(query, role, With(""","https://aws.amazon.com/tags":{"principal_tags":{"Department":["Engineering","Sales"]}}"""))).Code.ShouldBe("InvalidIdentityToken");
    }

    [Fact]
    public async Task An_http_provider_can_be_made_only_where_it_is_allowed()
    {
        var bench = await IdentityBench.OpenAsync();
        (await bench.Service.Providers.CreateAsync(bench.Account.Id, "http://idp.example.com", [], [], [], default)).Refusal!.Fault.ShouldBe(IdentityFault.InvalidInput);
        await bench.ReopenAsync(insecureOidc: true);
        Ok(await bench.Service.Providers.CreateAsync(bench.Account.Id, "http://idp.example.com", [], [], [], default));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_name_is_no_document()
    {
        StrictJson.ParseObject("""{"\ud800":1,"\udc00":2}"""u8.ToArray()).ShouldBeNull();
        StrictJson.ParseObject("""{"a":{"\ud800":1,"b":2}}"""u8.ToArray()).ShouldBeNull();
    }

    [Fact]
    public void Any_text_is_a_token_or_none_and_any_bytes_a_key_set_or_none()
    {
        var pieces = Gen.Elements(".", "eyJhbGciOiJSUzI1NiJ9", "e30", "=", "-", "_", "\u00e9", "{", "}", "\"keys\"", ":", "[", "]", "\"kty\":\"RSA\"", "\"n\":\"AQAB\"", "\"e\":\"AQAB\"", ",",
            "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"", "\"\\ud800\"", "null", "1e999");
        var texts = Gen.OneOf(Gen.ListOf(pieces).Select(list => string.Concat(list)), ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(texts.ToArbitrary(), text =>
        {
            JsonWebToken.Parse(text)?.Dispose();
            JsonWebKeySet.Parse(Encoding.UTF8.GetBytes(text))?.Dispose();
            JsonWebKeySet.Parse(Encoding.UTF8.GetBytes($$"""{"keys":[{{{text}}}]}"""))?.Dispose();
            return true;
        }));
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    private async Task<(IdentityBench, QueryBench, Role)> OpenAsync(string? condition = null, string[]? clients = null)
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var provider = Ok(await bench.Service.Providers.CreateAsync(bench.Account.Id, Issuer, clients ?? ["client"], [], [], default));
        var role = await bench.NewRoleAsync("worker", $$"""{"Federated":"{{provider.Arn}}"}""",
            extra: condition ?? ""","Condition":{"StringEquals":{"idp.example.com/realm:sub":"subject"}}""");
        query.Documents.Contents[Issuer + "/.well-known/openid-configuration"] = $$"""{"issuer":"{{Issuer}}","jwks_uri":"{{KeysAddress}}"}""";
        var point = _ec.ExportParameters(false).Q;
        query.Documents.Contents[KeysAddress] =
            $$"""{"keys":[{{Jwk("rsa", _rsa)}},{"kty":"EC","crv":"P-256","kid":"ec","x":"{{Encode(point.X!)}}","y":"{{Encode(point.Y!)}}"},{"kty":"oct","k":"AAAA"}]}""";
        return (bench, query, role);
    }

    private static Task<QueryReply> AssumeAsync(QueryBench query, Role role, string token, params (string, string)[] more) =>
        query.StsAsync(null, "AssumeRoleWithWebIdentity", [("RoleArn", role.Arn), ("RoleSessionName", "web"), ("WebIdentityToken", token), .. more]);

    private static string Claims(IdentityBench bench) =>
        $$"""{"iss":"{{Issuer}}","aud":["other","client"],"sub":"subject","iat":{{bench.Time.Now.ToUnixTimeSeconds()}},"exp":{{bench.Time.Now.ToUnixTimeSeconds() + 600}}}""";

    private string Token(IdentityBench bench, string? claims = null, string algorithm = "RS256", string? key = "rsa") => Sign(
        key is null ? $$"""{"alg":"{{algorithm}}"}""" : $$"""{"alg":"{{algorithm}}","kid":"{{key}}"}""",
        claims ?? Claims(bench),
        data => algorithm switch
        {
            "none" => [],
            "ES256" => _ec.SignData(data, HashAlgorithmName.SHA256),
            "PS256" => _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "RS384" => _rsa.SignData(data, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "RS512" => _rsa.SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            _ => _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        });

    private static string Sign(string header, string claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Jwk(string id, RSA key)
    {
        var parameters = key.ExportParameters(false);
        return $$"""{"kty":"RSA","kid":"{{id}}","use":"sig","n":"{{Encode(parameters.Modulus!)}}","e":"{{Encode(parameters.Exponent!)}}"}""";
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
