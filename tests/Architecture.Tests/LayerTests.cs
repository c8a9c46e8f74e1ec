using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ObjectStore.Architecture.Tests;

/// <summary>References follow the data: nothing below may name anything above it (docs/ARCHITECTURE.md).</summary>
public sealed partial class LayerTests
{
    private static readonly string Root = typeof(LayerTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    [Theory]
    [InlineData("Select", "")]
    [InlineData("RocksDb", "")]
    [InlineData("Zstd", "")]
    [InlineData("Storage", "RocksDb")]
    [InlineData("Erasure", "Storage")]
    [InlineData("Metadata", "RocksDb Storage")]
    [InlineData("ObjectServer", "Client Erasure Metadata Select Storage Zstd")]
    [InlineData("Client", "")]
    [InlineData("Grpc", "")]
    [InlineData("Cosi", "Client Grpc")]
    public void A_project_references_only_what_lies_below_it(string project, string allowed)
    {
        var references = XDocument.Load(Path.Combine(Root, project, project + ".csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Order(StringComparer.Ordinal);
        references.ShouldBe(allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("Objects", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(S3|Http|Admin)\b")]
    [InlineData("Identities", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(S3|Http|Admin|Iam|Objects)\b")]
    [InlineData("Iam", @"\bHttpContext\b|ObjectStore\.Server\.(Http|Objects)\b")]
    [InlineData("Background", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(S3|Http|Admin)\b")]
    [InlineData("Notifications", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(S3|Http|Admin|Iam)\b")]
    [InlineData("Remotes", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(S3|Http|Admin)\b")]
    [InlineData("Replication", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(Http|Admin|Iam|Composition)\b")]
    [InlineData("S3", @"\bHttpContext\b|ObjectStore\.Server\.Http\b")]
    [InlineData("Admin", @"Microsoft\.AspNetCore|ObjectStore\.Server\.(Http|Composition|Cli)\b")]
    [InlineData("Cli", @"ObjectStore\.(Metadata|Erasure|Storage)\b|ObjectStore\.Server\.(?!Cli\b)|System\.Net\.Http\b|\bHttpClient\b")]
    public void Inside_the_server_a_layer_does_not_name_one_above_it(string folder, string forbidden)
    {
        var files = Directory.GetFiles(Path.Combine(Root, "ObjectServer", folder), "*.cs", SearchOption.AllDirectories);
        files.ShouldNotBeEmpty();
        var offenders = files.SelectMany(file => File.ReadLines(file)
            .Where(line => !Comment().IsMatch(line) && Regex.IsMatch(line, forbidden))
            .Select(line => $"{Path.GetRelativePath(Root, file)}: {line.Trim()}"));
        offenders.ShouldBeEmpty();
    }

    /// <summary>The documents of the admin API are shared with its clients; all else of a client is for the command line, and for what goes to other stores.</summary>
    [Fact]
    public void The_server_takes_of_the_client_only_the_documents_of_the_admin_API()
    {
        var offenders = Directory.GetFiles(Path.Combine(Root, "ObjectServer"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Regex.IsMatch(file, "/ObjectServer/(Cli|Remotes|Tiers|Replication)/|/obj/"))
            .SelectMany(file => File.ReadLines(file).Where(line => !Comment().IsMatch(line) && Regex.IsMatch(line, @"ObjectStore\.Client\b(?!\.Admin;)"))
                .Select(line => $"{Path.GetRelativePath(Root, file)}: {line.Trim()}"));
        offenders.ShouldBeEmpty();
    }

    [Fact]
    public void The_metadata_uses_of_the_storage_only_its_log()
    {
        var offenders = Directory.GetFiles(Path.Combine(Root, "Metadata"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => File.ReadLines(file).Where(line => Regex.IsMatch(line, @"ObjectStore\.Storage\.(Bulk|Index|Reclaim|Drives)\b"))
                .Select(line => $"{Path.GetRelativePath(Root, file)}: {line.Trim()}"));
        offenders.ShouldBeEmpty();
    }

    [Fact]
    public void The_composition_root_fits_a_screen_and_a_half() =>
        File.ReadLines(Path.Combine(Root, "ObjectServer", "Program.cs")).Count().ShouldBeLessThan(80);

    [Fact]
    public void No_code_is_left_unwritten()
    {
        string[] folders = ["Select", "RocksDb", "Zstd", "Storage", "Erasure", "Metadata", "Client", "ObjectServer", "Grpc", "Cosi"];
        var stubs = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && File.ReadAllText(file).Contains("NotImplementedException", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Root, file));
        stubs.ShouldBeEmpty();
    }

    [GeneratedRegex(@"^\s*//")]
    private static partial Regex Comment();
}
