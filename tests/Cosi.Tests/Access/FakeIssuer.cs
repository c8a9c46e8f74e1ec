using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>Issues service account tokens as a cluster does, and serves the keys that they are checked with.</summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly WebApplication _application;

    private FakeIssuer(WebApplication application) => _application = application;

    public string Url => _application.Urls.Single();

    public static async Task<FakeIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var issuer = new FakeIssuer(application);
        application.Run(issuer.AnswerAsync);
        await application.StartAsync();
        return issuer;
    }

    /// <summary>As the kubelet projects one into a pod.</summary>
    public string Token(string space, string serviceAccount, string audience = "sts.amazonaws.com")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = $$"""{"iss":"{{Url}}","aud":["{{audience}}"],"sub":"system:serviceaccount:{{space}}:{{serviceAccount}}","iat":{{now}},"nbf":{{now}},"exp":{{now + 3600}}}""";
        var signed = $"{Encode("""{"alg":"RS256","kid":"1"}"""u8.ToArray())}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _key.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        return context.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => context.Response.WriteAsync($$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/openid/v1/jwks"}"""),
            "/openid/v1/jwks" => context.Response.WriteAsync(
                $$"""{"keys":[{"kty":"RSA","kid":"1","use":"sig","alg":"RS256","n":"{{Encode(parameters.Modulus!)}}","e":"{{Encode(parameters.Exponent!)}}"}]}"""),
            _ => Task.FromResult(context.Response.StatusCode = 404),
        };
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
