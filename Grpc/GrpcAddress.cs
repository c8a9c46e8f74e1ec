using System.Net;

namespace ObjectStore.Grpc;

/// <summary>Where a server listens: "unix:///path" (also "unix:path" or a plain absolute path) or "tcp://host:port" (also "host:port").</summary>
public sealed record GrpcAddress
{
    /// <summary>The kernel's bound on the path of a socket (sun_path), less the terminating zero.</summary>
    public const int MaxSocketPathBytes = 107;

    private GrpcAddress(string? socketPath, IPEndPoint? endPoint)
    {
        SocketPath = socketPath;
        EndPoint = endPoint;
    }

    /// <summary>Null for TCP.</summary>
    public string? SocketPath { get; }

    /// <summary>Null for a unix socket.</summary>
    public IPEndPoint? EndPoint { get; }

    /// <exception cref="FormatException">Says what is wrong and what is right.</exception>
    public static GrpcAddress Parse(string text)
    {
        if (text.StartsWith("unix://", StringComparison.Ordinal)) return Unix(text["unix://".Length..], text);
        if (text.StartsWith("unix:", StringComparison.Ordinal)) return Unix(text["unix:".Length..], text);
        if (text.StartsWith('/')) return Unix(text, text);
        var tcp = text.StartsWith("tcp://", StringComparison.Ordinal) ? text["tcp://".Length..] : text;
        if (tcp.StartsWith("localhost:", StringComparison.Ordinal)) tcp = "127.0.0.1" + tcp["localhost".Length..];
        if (IPEndPoint.TryParse(tcp, out var endPoint) && tcp.Contains(':', StringComparison.Ordinal)) return new GrpcAddress(null, endPoint);
        throw new FormatException($"'{text}' is no address to listen on: unix:///path/to.sock or tcp://127.0.0.1:9100 are.");
    }

    public override string ToString() => SocketPath is null ? $"tcp://{EndPoint}" : $"unix://{SocketPath}";

    private static GrpcAddress Unix(string path, string text)
    {
        if (!path.StartsWith('/')) throw new FormatException($"The socket's path in '{text}' must be absolute.");
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxSocketPathBytes)
            throw new FormatException($"The socket's path in '{text}' is longer than {MaxSocketPathBytes} bytes, which no system takes.");
        return new GrpcAddress(path, null);
    }
}
