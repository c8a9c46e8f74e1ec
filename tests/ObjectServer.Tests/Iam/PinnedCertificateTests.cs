using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ObjectStore.Server.Iam;

namespace ObjectStore.ObjectServer.Tests.Iam;

public sealed class PinnedCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public void Only_what_a_pinned_authority_has_signed_is_trusted()
    {
        using var authority = Authority("CN=authority");
        using var impostor = Authority("CN=authority");
        using var genuine = Leaf(authority, Now.AddHours(1));
        using var forged = Leaf(impostor, Now.AddHours(1));
        using var expired = Leaf(authority, Now.AddMinutes(-30));
        using var belowLeaf = Leaf(genuine, Now.AddMinutes(30), _key);
        string[] thumbprints = [authority.Thumbprint.ToLowerInvariant()];
        IsPinned(genuine, thumbprints, authority).ShouldBeTrue();
        IsPinned(forged, thumbprints, authority).ShouldBeFalse("the name of an authority is not its signature");
        IsPinned(expired, thumbprints, authority).ShouldBeFalse();
        IsPinned(belowLeaf, thumbprints, genuine, authority).ShouldBeFalse("a server's certificate is no authority");
        IsPinned(genuine, [impostor.Thumbprint], authority).ShouldBeFalse();
        // A server's own certificate may be pinned, too.
        IsPinned(genuine, [genuine.Thumbprint]).ShouldBeTrue();
    }

    public void Dispose() => _key.Dispose();

    private static bool IsPinned(X509Certificate2 certificate, string[] thumbprints, params X509Certificate2[] sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.Build(certificate).ShouldBeFalse();
        return ProviderDocuments.IsPinned(chain, thumbprints);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(Now.AddHours(-2), Now.AddHours(2));
    }

    private X509Certificate2 Leaf(X509Certificate2 issuer, DateTimeOffset until, ECDsa? issuerKey = null)
    {
        var request = new CertificateRequest("CN=provider.example", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        using var key = issuerKey is null ? issuer.GetECDsaPrivateKey() : null;
        return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey ?? key!), Now.AddHours(-1), until, RandomNumberGenerator.GetBytes(8));
    }
}
