using System.Net;
using System.Net.Http;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Http;

namespace ObjectStore.ObjectServer.Tests.Http;

public sealed class CertificateStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("objectstore-tls-").FullName;

    private TlsFiles Files => new(Path.Combine(_directory, "cert.pem"), Path.Combine(_directory, "key.pem"));

    [Fact]
    public async Task A_changed_certificate_is_used_for_new_connections_and_a_broken_one_is_not()
    {
        Write("CN=first");
        using var certificates = new CertificateStore(Files, TimeProvider.System, NullLogger<CertificateStore>.Instance);
        await using var server = await TestServer.StartAsync([new FakeGet()], certificates);
        (await SubjectAsync(server, HttpVersion.Version11)).ShouldBe("CN=first");
        (await SubjectAsync(server, HttpVersion.Version20)).ShouldBe("CN=first");

        Write("CN=second");
        certificates.Reload();
        (await SubjectAsync(server, HttpVersion.Version11)).ShouldBe("CN=second");

        await File.WriteAllTextAsync(Files.KeyPath, "not a key");
        certificates.Reload();
        (await SubjectAsync(server, HttpVersion.Version11)).ShouldBe("CN=second");
        File.Delete(Files.CertificatePath);
        certificates.Reload();
        (await SubjectAsync(server, HttpVersion.Version11)).ShouldBe("CN=second");
    }

    [Fact]
    public void Files_that_hold_no_certificate_are_refused_at_start()
    {
        File.WriteAllText(Files.CertificatePath, "nothing");
        File.WriteAllText(Files.KeyPath, "nothing");
        Should.Throw<CryptographicException>(() => new CertificateStore(Files, TimeProvider.System, NullLogger<CertificateStore>.Instance));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Write(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Files.CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(Files.KeyPath, key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<string> SubjectAsync(TestServer server, Version version)
    {
        var subject = "";
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                subject = certificate!.Subject;
                return true;
            },
        };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://127.0.0.1:{server.Port}/-/health/live"))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Version.ShouldBe(version);
        return subject;
    }
}
