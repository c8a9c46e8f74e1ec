using System.Reflection;

namespace ObjectStore.Deploy.Tests;

/// <summary>Files of the source tree.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>Where the renderer of the chart is built to.</summary>
    public static string RendererBinary { get; } = Metadata("RendererBinary");

    public static string ServerBinary { get; } = Metadata("ServerBinary");

    public static string CosiBinary { get; } = Metadata("CosiBinary");

    public static string Chart { get; } = Path("deploy/helm/objectstore");

    public static string Renderer { get; } = Path("tests/Deploy.Tests/Renderer");

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(Path(relative));

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
