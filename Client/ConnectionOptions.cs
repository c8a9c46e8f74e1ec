using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ObjectStore.Client;

/// <summary>How one server is reached. Immutable.</summary>
public sealed record ConnectionOptions
{
    public const string DefaultRegion = "us-east-1";

    /// <summary>Scheme, host and port; paths are the protocol's.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>What is signed for; the server's own.</summary>
    public string Region { get; init; } = DefaultRegion;

    /// <summary>Certificates that alone are trusted; empty for those of the system.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For one attempt, from its start to the answer's last byte.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Of a body that is streamed: how long nothing of it may move before the attempt is given up. Its whole may take any time.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the bucket is part of the host's name (bucket.server) and not of the path (server/bucket).</summary>
    public bool VirtualHosts { get; init; }

    /// <summary>Longest answer that is taken; the longest that a server gives is a page of a thousand versions.</summary>
    public int MaxAnswerBytes { get; init; } = 64 << 20;

    /// <summary>How often a request is sent at most. Only what is safe to repeat, or surely was not carried out, is sent again.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Before the second attempt; it doubles with each further one, up to <see cref="LongestPause"/>, less up to half by chance.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The server of a text such as https://objects.example.org:9000; null if it is none.</summary>
    public static Uri? ParseEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 ? uri : null;

    /// <summary>The certificates of a PEM file.</summary>
    /// <exception cref="FormatException">Says why it cannot be used.</exception>
    public static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FormatException($"The certificates of {file} cannot be read: {exception.Message}", exception);
        }
        return authorities.Count > 0 ? authorities : throw new FormatException($"{file} holds no certificate.");
    }
}
