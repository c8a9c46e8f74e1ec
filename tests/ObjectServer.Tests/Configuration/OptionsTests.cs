using Microsoft.Extensions.Logging;
using ObjectStore.Server.Composition;
using ObjectStore.Server.Configuration;

namespace ObjectStore.ObjectServer.Tests.Configuration;

public sealed class OptionsTests
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly Dictionary<string, string> _files = [];

    [Fact]
    public void Without_a_word_it_serves_six_drives_on_loopback()
    {
        var options = Read().ShouldNotBeNull();
        options.Address.ToString().ShouldBe("127.0.0.1:9000");
        options.Drives.ShouldBe(Enumerable.Range(1, 6).Select(number => Path.GetFullPath($"data/drive{number}")));
        options.Scheme.ToString().ShouldBe("4+2");
        options.Region.ShouldBe("us-east-1");
        options.HasDefaultCredentials.ShouldBeTrue();
        options.Tls.ShouldBeNull();
        options.LogLevel.ShouldBe(LogLevel.Information);
    }

    [Fact]
    public void The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        _files["c.json"] = """{ "address": ":1", "region": "file-1", "parity": 1, "drives": ["/f{1...4}"], /* why */ "domain": "file.example", }""";
        _environment["OBJECTSTORE_CONFIG"] = "c.json";
        _environment["OBJECTSTORE_ADDRESS"] = ":2";
        _environment["OBJECTSTORE_REGION"] = "env-1";
        _environment["OBJECTSTORE_PARITY"] = " ";
        _environment["OBJECTSTORE_ROOT_USER"] = "someone";
        _environment["OBJECTSTORE_ROOT_PASSWORD"] = "something long";
        var options = Read("serve", "--address", "127.0.0.1:3", "--domain", "a.example", "b.example").ShouldNotBeNull();
        options.Address.Port.ShouldBe(3);
        options.Region.ShouldBe("env-1");
        options.Parity.ShouldBe(1);
        options.Drives.ShouldBe(["/f1", "/f2", "/f3", "/f4"]);
        options.Domains.ShouldBe(["a.example", "b.example"]);
        options.RootPassword.Reveal().ShouldBe("something long");
        options.HasDefaultCredentials.ShouldBeFalse();
    }

    [Fact]
    public void The_dialect_is_that_of_AWS_unless_Ceph_s_is_asked_for()
    {
        Read().ShouldNotBeNull().Dialect.ShouldBe(S3Dialect.Aws);
        Read("serve", "--s3-dialect", "aws").ShouldNotBeNull().Dialect.ShouldBe(S3Dialect.Aws);
        Read("serve", "--s3-dialect", "ceph").ShouldNotBeNull().Dialect.ShouldBe(S3Dialect.Ceph);
        _environment["OBJECTSTORE_S3_DIALECT"] = "ceph";
        Read().ShouldNotBeNull().Dialect.ShouldBe(S3Dialect.Ceph);
        foreach (var wrong in new[] { "Ceph", "minio", "true" }) Problems("--s3-dialect", wrong).ShouldHaveSingleItem().ShouldContain(wrong);
    }

    [Fact]
    public void Every_difference_of_the_dialect_of_Ceph_is_off_in_that_of_AWS()
    {
        foreach (var difference in typeof(S3Dialect).GetProperties().Where(property => property.PropertyType == typeof(bool)))
        {
            difference.GetValue(S3Dialect.Aws).ShouldBe(false, difference.Name);
            difference.GetValue(S3Dialect.Ceph).ShouldBe(true, difference.Name);
        }
    }

    [Fact]
    public void Storage_classes_are_schemes_that_the_drives_can_take()
    {
        var standard = Read().ShouldNotBeNull().StorageClasses;
        standard.Single().ToString().ShouldBe("[REDUCED_REDUNDANCY, 5+1]");
        var options = Read("serve", "--allow-classes-without-parity", "--storage-class", "COLD=2+4", "REDUCED_REDUNDANCY=6+0", "STANDARD_IA=3+3").ShouldNotBeNull();
        options.StorageClasses.Select(one => $"{one.Key}={one.Value}").Order(StringComparer.Ordinal).ShouldBe(["COLD=2+4", "REDUCED_REDUNDANCY=6+0", "STANDARD_IA=3+3"]);
        foreach (var wrong in new[] { "COLD", "COLD=", "COLD=2", "COLD=0+2", "COLD=2+", "COLD=+2", "COLD=5+2", "cold=2+1", "STANDARD=2+1", "=2+1", "2X=2+1", "COLD=2+-1" })
            Problems("--storage-class", wrong).ShouldHaveSingleItem().ShouldContain(wrong);
        Problems("--storage-class", "SCRATCH=4+0").ShouldHaveSingleItem().ShouldContain("--allow-classes-without-parity");
        Read("serve", "--parity", "0", "--storage-class", "SCRATCH=4+0").ShouldNotBeNull().StorageClasses["SCRATCH"].ToString().ShouldBe("4+0");
        Read("serve", "--lifecycle-day", "10").ShouldNotBeNull().LifecycleDay.ShouldBe(TimeSpan.FromSeconds(10));
        foreach (var wrong in new[] { "0", "-1", "86401", "1.5", "day" }) Problems("--lifecycle-day", wrong).ShouldHaveSingleItem().ShouldContain("--lifecycle-day");
    }

    [Fact]
    public void Compression_of_new_buckets_is_off_or_a_level()
    {
        Read().ShouldNotBeNull().NewBucketCompression.ShouldBeNull();
        Read("serve", "--compression", "off").ShouldNotBeNull().NewBucketCompression.ShouldBeNull();
        Read("serve", "--compression", "3").ShouldNotBeNull().NewBucketCompression!.Level.ShouldBe(3);
        foreach (var wrong in new[] { "0", "13", "on", "-1", "zstd" }) Problems("--compression", wrong).ShouldHaveSingleItem().ShouldContain(wrong);
    }

    [Fact]
    public void Compression_that_lacks_its_library_is_refused_at_start()
    {
        foreach (var (level, expected) in new[] { ("1", 1), ("off", 0) })
        {
            var sources = Sources(CommandLine.Parse(["serve", "--compression", level]));
            var (options, problems) = OptionsReader.Read(sources, () => "install libzstd1");
            problems.Count(problem => problem.Contains("install libzstd1", StringComparison.Ordinal)).ShouldBe(expected);
            (options is null).ShouldBe(expected > 0);
        }
        OptionsReader.Read(Sources(CommandLine.Parse([])), () => throw new InvalidOperationException("Nobody asks.")).Options.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("0.0.0.0:9000")]
    [InlineData(":9000")]
    [InlineData("*:9000")]
    [InlineData("[::]:9000")]
    [InlineData("192.168.1.2:9000")]
    [InlineData("example.org:9000")]
    public void Default_credentials_are_refused_on_an_address_that_others_can_reach(string address)
    {
        Problems("--address", address).ShouldHaveSingleItem().ShouldContain("OBJECTSTORE_ROOT_PASSWORD");
        _environment["OBJECTSTORE_ROOT_USER"] = "objectadmin";
        _environment["OBJECTSTORE_ROOT_PASSWORD"] = "objectadmin";
        Problems("--address", address).ShouldHaveSingleItem().ShouldContain("default credentials");
        _environment["OBJECTSTORE_ROOT_PASSWORD"] = "my own secret";
        Problems("--address", address).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("127.0.0.1:9000")]
    [InlineData("127.9.9.9:9000")]
    [InlineData("[::1]:9000")]
    [InlineData("localhost:9000")]
    [InlineData("LOCALHOST:0")]
    public void Default_credentials_are_accepted_on_loopback(string address) => Problems("--address", address).ShouldBeEmpty();

    [Theory]
    [InlineData("one root user only", "OBJECTSTORE_ROOT_USER=someone")]
    [InlineData("short user", "OBJECTSTORE_ROOT_USER=ab", "OBJECTSTORE_ROOT_PASSWORD=long enough")]
    [InlineData("blank in user", "OBJECTSTORE_ROOT_USER=a b c", "OBJECTSTORE_ROOT_PASSWORD=long enough")]
    [InlineData("short password", "OBJECTSTORE_ROOT_USER=someone", "OBJECTSTORE_ROOT_PASSWORD=1234567")]
    [InlineData("address", "OBJECTSTORE_ADDRESS=9000")]
    [InlineData("port", "OBJECTSTORE_ADDRESS=127.0.0.1:99999")]
    [InlineData("naked IPv6", "OBJECTSTORE_ADDRESS=::1:9000")]
    [InlineData("parity", "OBJECTSTORE_PARITY=6")]
    [InlineData("parity is a word", "OBJECTSTORE_PARITY=two")]
    [InlineData("drives", "OBJECTSTORE_DRIVES=/d{1..6}")]
    [InlineData("a drive twice", "OBJECTSTORE_DRIVES=/d1 /d2,/d1/")]
    [InlineData("region", "OBJECTSTORE_REGION=a/b")]
    [InlineData("domain", "OBJECTSTORE_DOMAIN=http://example.org")]
    [InlineData("certificate without key", "OBJECTSTORE_TLS_CERTIFICATE=c.pem")]
    [InlineData("io mode", "OBJECTSTORE_IO_MODE=fast")]
    [InlineData("allow unproven metadata", "OBJECTSTORE_ALLOW_UNPROVEN_METADATA=maybe")]
    [InlineData("log level", "OBJECTSTORE_LOG_LEVEL=loud")]
    [InlineData("no such file", "OBJECTSTORE_CONFIG=absent.json")]
    public void What_is_wrong_is_said(string what, params string[] variables)
    {
        foreach (var variable in variables) _environment[variable.Split('=', 2)[0]] = variable.Split('=', 2)[1];
        Problems().ShouldNotBeEmpty(what);
        Problems().ShouldAllBe(problem => !problem.Contains("1234567"));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"colour": "blue"}""")]
    [InlineData("""{"region": {}}""")]
    [InlineData("""{"region": ["a", "b"]}""")]
    [InlineData("""{"drives": []}""")]
    public void A_wrong_file_is_explained(string content)
    {
        _files["c.json"] = content;
        Problems("--config", "c.json").ShouldHaveSingleItem().ShouldContain("c.json");
    }

    [Fact]
    public void All_problems_are_listed_together() =>
        Problems("--address", "x", "--parity", "-", "--region", "?", "--io-mode", "?", "--drive-deadline", "0").Count.ShouldBe(5);

    [Theory]
    [InlineData("--colour", "blue")]
    [InlineData("--address")]
    [InlineData("--address", "127.0.0.1:1", "--address=127.0.0.1:2")]
    [InlineData("start")]
    [InlineData("--root-password", "on the command line")]
    public void A_wrong_command_line_is_explained(params string[] arguments)
    {
        var command = CommandLine.Parse(arguments);
        command.Problems.ShouldNotBeEmpty();
        command.Problems.ShouldAllBe(problem => !problem.Contains("on the command line\""));
    }

    [Theory]
    [InlineData("--help", "Help")]
    [InlineData("serve -h", "Help")]
    [InlineData("--version", "Version")]
    [InlineData("serve", "Serve")]
    [InlineData("", "Serve")]
    public void The_verb_is_recognised(string line, string verb) =>
        CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Verb.ToString().ShouldBe(verb);

    [Fact]
    public void Help_names_every_setting()
    {
        foreach (var setting in Settings.All) CommandLine.HelpText().ShouldContain(setting.IsSecret ? setting.Environment : "--" + setting.Name);
    }

    [Theory]
    [InlineData(1, "1+0")]
    [InlineData(2, "1+1")]
    [InlineData(3, "2+1")]
    [InlineData(4, "2+2")]
    [InlineData(6, "4+2")]
    [InlineData(8, "6+2")]
    [InlineData(11, "8+3")]
    [InlineData(12, "8+4")]
    [InlineData(40, "12+4")]
    public void Parity_follows_the_number_of_drives(int drives, string scheme) =>
        Read("--drives", $"/d{{1...{drives}}}").ShouldNotBeNull().Scheme.ToString().ShouldBe(scheme);

    [Fact]
    public void Unproven_metadata_is_opened_only_on_the_operators_word()
    {
        Unproven().ShouldBeFalse();
        Unproven("--allow-unproven-metadata").ShouldBeTrue();
        Unproven("--allow-unproven-metadata", "--region", "eu-1").ShouldBeTrue();
        Unproven("--allow-unproven-metadata=false").ShouldBeFalse();
        _environment["OBJECTSTORE_ALLOW_UNPROVEN_METADATA"] = "true";
        Unproven().ShouldBeTrue();
        Unproven("--allow-unproven-metadata", "false").ShouldBeFalse();
        _environment.Clear();
        _files["c.json"] = """{ "allow-unproven-metadata": true }""";
        Unproven("--config", "c.json").ShouldBeTrue();

        bool Unproven(params string[] arguments) => StoreHost.MetadataOptionsOf(Read(arguments).ShouldNotBeNull()).AllowUnprovenMembership;
    }

    [Fact]
    public void A_vault_needs_an_address_that_is_safe_and_one_kind_of_credentials()
    {
        string[] safe = ["serve", "--vault-address", "https://vault.example:8200", "--vault-token-file", "/t"];
        var vault = Read(safe).ShouldNotBeNull().Vault.ShouldNotBeNull();
        (vault.Mount, vault.DefaultKey, vault.TokenFile, vault.Namespace).ShouldBe(("transit", "objectstore", "/t", null));
        Read().ShouldNotBeNull().Vault.ShouldBeNull();
        Read("serve", "--vault-address", "http://127.0.0.1:8200", "--vault-role-id", "r", "--vault-secret-id-file", "/s").ShouldNotBeNull();
        foreach (var wrong in new[] { "http://vault.example", "vault.example", "ftp://127.0.0.1", "https://vault.example/v1", "https://a:b@vault.example" })
            Problems("serve", "--vault-address", wrong, "--vault-token-file", "/t").ShouldHaveSingleItem().ShouldContain("--vault-address");
        Problems("serve", "--vault-key", "k").ShouldHaveSingleItem().ShouldContain("--vault-key");
        foreach (string[] wrong in new string[][] { ["--vault-key", "a/b"], ["--vault-mount", "a/../b"], ["--vault-role-id", "r"], ["--vault-timeout", "0"], ["--vault-cache-size", "-1"] })
            Problems([.. safe, .. wrong]).ShouldHaveSingleItem();
        Problems("serve", "--vault-address", "https://vault.example").ShouldHaveSingleItem().ShouldContain("--vault-token-file");
    }

    [Fact]
    public void Secrets_stay_out_of_texts()
    {
        _environment["OBJECTSTORE_ROOT_USER"] = "someone";
        _environment["OBJECTSTORE_ROOT_PASSWORD"] = "very-secret-1";
        var options = Read().ShouldNotBeNull();
        $"{options} {options.RootPassword}".ShouldNotContain("very-secret-1");
    }

    private ServerOptions? Read(params string[] arguments)
    {
        var command = CommandLine.Parse(arguments);
        command.Problems.ShouldBeEmpty();
        return OptionsReader.Read(Sources(command)).Options;
    }

    private IReadOnlyList<string> Problems(params string[] arguments) => OptionsReader.Read(Sources(CommandLine.Parse(arguments))).Problems;

    private SettingSources Sources(CommandLine command) => SettingSources.Collect(
        command.Options, _environment.GetValueOrDefault, path => _files.TryGetValue(path, out var text) ? text : throw new FileNotFoundException($"There is no {path}."));
}
