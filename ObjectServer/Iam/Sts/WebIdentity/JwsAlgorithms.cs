using System.Security.Cryptography;

namespace ObjectStore.Server.Iam;

/// <summary>The signature algorithms that are taken (RFC 7518): asymmetric ones only, so neither "none" nor HMAC under a public key.</summary>
internal static class JwsAlgorithms
{
    private static readonly string[] Known = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public static bool IsKnown(string algorithm) => Known.Contains(algorithm);

    public static bool IsRsa(string algorithm) => algorithm[0] is 'R' or 'P';

    public static HashAlgorithmName HashOf(string algorithm) => algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    public static RSASignaturePadding PaddingOf(string algorithm) => algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;

    /// <summary>The curve that goes with it.</summary>
    public static string CurveOf(string algorithm) => algorithm switch
    {
        "ES256" => "P-256",
        "ES384" => "P-384",
        _ => "P-521",
    };
}
