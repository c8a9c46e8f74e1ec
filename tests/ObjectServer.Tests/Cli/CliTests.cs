using System.Net;
using System.Net.Sockets;
using System.Text;
using ObjectStore.Server.Cli;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Cli;

/// <summary>The command line against the server in this process: results, refusals, exit codes.</summary>
public sealed class CliTests(SdkServer server) : IClassFixture<SdkServer>
{
    private readonly CliRun _cli = new(server.Address);

    private static string NewName(string kind) => $"{kind}-{Guid.NewGuid():N}";

    [Fact]
    public async Task Accounts_are_made_listed_renamed_and_deleted()
    {
        var name = NewName("account");
        var made = (await _cli.RunAsync($"account create {name} --email {name}@example.org --json")).Ok();
        made["name"].ShouldBe(name);
        (await _cli.RunAsync("account list --json")).Ok().Json.GetProperty("accounts").EnumerateArray().Select(account => account.GetProperty("id").GetString()).ShouldContain(made["id"]);
        (await _cli.RunAsync($"account show {name} --json")).Ok()["buckets"].ShouldBe("0");
        (await _cli.RunAsync($"account show {made["id"]} --json")).Ok()["name"].ShouldBe(name);
        (await _cli.RunAsync($"account rename {name} {name}-2 --json")).Ok()["name"].ShouldBe(name + "-2");
        (await _cli.RunAsync($"account delete {name}-2 --json")).Ok().Output.Trim().ShouldBe("{}");
        (await _cli.RunAsync($"account show {made["id"]}")).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task Tables_are_for_people()
    {
        var name = NewName("account");
        var made = (await _cli.RunAsync("account", "create", name)).Ok();
        made.Output.ShouldContain(name);
        made.Output.ShouldContain("Canonical id");
        made.Error.ShouldContain("admin key create --root");
        var lines = (await _cli.RunAsync("account list")).Ok().Output.Split('\n');
        lines.ShouldContain(line => line.Contains("ID", StringComparison.Ordinal) && line.Contains("Canonical id", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains(name, StringComparison.Ordinal));
        lines.ShouldNotContain(line => line.Contains('\u001b'), "no colours where nobody sees them");
    }

    [Fact]
    public async Task Root_keys_are_made_disabled_rotated_and_deleted()
    {
        var account = NewName("account");
        (await _cli.RunAsync($"account create {account}")).Ok();
        var made = (await _cli.RunAsync($"key create --root --account {account} --json")).Ok();
        var key = made["accessKeyId"];
        var root = new CliRun(server.Address, key, made["secretAccessKey"]);
        (await root.RunAsync("account list")).ExitCode.ShouldBe(ExitCode.NotAllowed, "it is no operator");

        (await _cli.RunAsync($"key disable {key} --root --account {account}")).Ok();
        (await root.RunAsync("account list")).Error.ShouldContain("InvalidAccessKeyId");
        (await _cli.RunAsync($"key enable {key} --root --account {account}")).Ok();
        var fresh = (await _cli.RunAsync($"key rotate {key} --root --account {account} --json")).Ok();
        fresh["secretAccessKey"].ShouldNotBe(made["secretAccessKey"]);
        var keys = (await _cli.RunAsync($"key list --root --account {account} --json")).Ok();
        keys.Json.GetProperty("keys").EnumerateArray().Select(each => (each.GetProperty("accessKeyId").GetString(), each.GetProperty("isActive").GetBoolean()))
            .ShouldBe([(key, false), (fresh["accessKeyId"], true)], ignoreOrder: true);
        keys.Output.ShouldNotContain("secret", Case.Insensitive);
        (await _cli.RunAsync($"key create --root --account {account}")).ExitCode.ShouldBe(ExitCode.Conflict, "two are there");
        (await _cli.RunAsync($"key delete {key} --root --account {account}")).Ok();
        (await _cli.RunAsync($"key delete {key} --root --account {account}")).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task A_key_may_be_brought_along_with_its_secret_from_the_standard_input()
    {
        var account = NewName("account");
        (await _cli.RunAsync($"account create {account}")).Ok();
        _cli.Input = "a-secret-of-before\nmore\n";
        var key = NewName("KEY");
        var made = (await _cli.RunAsync("key", "create", "--root", "--account", account, "--key-id", key, "--secret-file", "-", "--json")).Ok();
        (made["accessKeyId"], made["secretAccessKey"]).ShouldBe((key, "a-secret-of-before"));
        (await _cli.RunAsync($"key create --root --account {account} --key-id {key}2")).ExitCode.ShouldBe(ExitCode.Usage);
    }

    [Theory]
    [InlineData("")]
    [InlineData("account")]
    [InlineData("account create")]
    [InlineData("nonsense")]
    [InlineData("account list extra")]
    [InlineData("account list --colour")]
    [InlineData("key create")]
    [InlineData("key create --root --user x")]
    [InlineData("policy attach x")]
    [InlineData("policy put name no-such-file --user x")]
    [InlineData("account list --endpoint nonsense")]
    [InlineData("account list --endpoint ftp://127.0.0.1")]
    [InlineData("account list --endpoint http://127.0.0.1:9/path")]
    [InlineData("account list --ca-file no-such-file")]
    [InlineData("account list --access-key onlykey")]
    public async Task What_is_typed_wrong_ends_with_2_and_says_why(string commandLine)
    {
        if (commandLine.Contains("onlykey", StringComparison.Ordinal)) _cli.Environment.Remove("OBJECTSTORE_SECRET_KEY");
        var result = await _cli.RunAsync(commandLine);
        result.ExitCode.ShouldBe(ExitCode.Usage);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldStartWith("objectstore: ");
    }

    [Fact]
    public async Task Without_credentials_it_says_what_to_set()
    {
        _cli.Environment.Remove("OBJECTSTORE_ACCESS_KEY");
        _cli.Environment.Remove("OBJECTSTORE_SECRET_KEY");
        var result = await _cli.RunAsync("account list");
        result.ExitCode.ShouldBe(ExitCode.Usage);
        result.Error.ShouldContain("OBJECTSTORE_SECRET_KEY");
        _cli.Environment["AWS_ACCESS_KEY_ID"] = "access-key";
        _cli.Environment["AWS_SECRET_ACCESS_KEY"] = "secret-key-of-the-tests";
        (await _cli.RunAsync("account list")).Ok();
    }

    [Fact]
    public async Task Wrong_credentials_end_with_4_and_never_show_the_secret()
    {
        var result = await new CliRun(server.Address, secretKey: "a-wrong-secret").RunAsync("account list --json");
        result.ExitCode.ShouldBe(ExitCode.NotAllowed);
        var error = System.Text.Json.JsonElement.Parse(result.Error).GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe("SignatureDoesNotMatch");
        error.GetProperty("exitCode").GetInt32().ShouldBe(ExitCode.NotAllowed);
        result.Error.ShouldNotContain("a-wrong-secret");
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_3()
    {
        // Bound and not listening: nobody else gets the port, and nobody answers.
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var result = await _cli.RunAsync($"account list --endpoint http://127.0.0.1:{((IPEndPoint)nobody.LocalEndPoint!).Port}");
        result.ExitCode.ShouldBe(ExitCode.Unreachable);
        result.Error.ShouldContain("cannot be reached");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnull")]
    [InlineData("nonsense")]
    public async Task What_is_no_ObjectStore_ends_with_3(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[16]);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
        });
        var result = await _cli.RunAsync($"info --endpoint http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        result.ExitCode.ShouldBe(ExitCode.Unreachable, result.Error);
        await answering;
    }

    [Fact]
    public async Task Every_command_has_help()
    {
        async Task LookAsync(string path)
        {
            var help = (await _cli.RunAsync(path + " --help")).Ok();
            help.Error.ShouldBeEmpty();
            help.Output.ShouldContain("Usage:");
            help.Output.ShouldContain("objectstore admin" + (path.Length > 0 ? " " + path : ""));
            if (!help.Output.Contains("Commands:", StringComparison.Ordinal)) return;
            var below = help.Output[(help.Output.IndexOf("Commands:", StringComparison.Ordinal) + 9)..].Split("Examples:")[0];
            foreach (var line in below.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' '))
                await LookAsync((path + " " + line.Trim().Split(' ')[0]).Trim());
        }

        await LookAsync("");
        (await _cli.RunAsync("key create --help")).Output.ShouldContain("Examples:");
    }

    [Fact]
    public async Task The_server_is_described()
    {
        (await _cli.RunAsync("info")).Ok().Output.ShouldContain("us-east-1");
        (await _cli.RunAsync("info --json")).Ok()["region"].ShouldBe("us-east-1");
        (await _cli.RunAsync("info drives --json")).Ok().Output.ShouldContain("\"drives\": []");
        (await _cli.RunAsync("info health")).Ok().Output.ShouldContain("ready");
    }

    [Fact]
    public async Task Buckets_are_made_within_an_account_and_seen_by_the_operator()
    {
        var account = NewName("account");
        var bucket = NewName("b");
        (await _cli.RunAsync($"account create {account}")).Ok();
        (await _cli.RunAsync($"bucket create {bucket} --account {account}")).Ok();
        (await _cli.RunAsync($"bucket show {bucket} --json")).Ok()["ownerName"].ShouldBe(account);
        (await _cli.RunAsync($"bucket list --account {account}")).Ok().Output.ShouldContain(bucket);
        (await _cli.RunAsync($"bucket versioning {bucket} --account {account} --json")).Ok()["versioning"].ShouldBe("unversioned");
        (await _cli.RunAsync($"bucket versioning {bucket} enabled --account {account} --json")).Ok()["versioning"].ShouldBe("enabled");
        (await _cli.RunAsync($"bucket versioning {bucket} sideways --account {account}")).ExitCode.ShouldBe(ExitCode.Usage);
        (await _cli.RunAsync($"bucket create {bucket} --account {account}x")).ExitCode.ShouldBe(ExitCode.NotFound);
        (await _cli.RunAsync($"account delete {account}")).ExitCode.ShouldBe(ExitCode.Conflict);
        (await _cli.RunAsync($"bucket delete {bucket} --account {account}")).Ok();
        (await _cli.RunAsync($"bucket show {bucket}")).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task A_quota_is_set_with_units_shown_and_cleared()
    {
        var bucket = await server.NewBucketAsync();
        (await _cli.RunAsync($"bucket quota show {bucket}")).ExitCode.ShouldBe(ExitCode.NotFound);
        (await _cli.RunAsync($"bucket quota set {bucket}")).ExitCode.ShouldBe(ExitCode.Usage);
        (await _cli.RunAsync($"bucket quota set {bucket} --max-bytes 10G")).ExitCode.ShouldBe(ExitCode.Usage);
        (await _cli.RunAsync($"bucket quota set {bucket} --max-bytes 0")).ExitCode.ShouldBe(ExitCode.Failed);
        var set = (await _cli.RunAsync($"bucket quota set {bucket} --max-bytes 10GiB --max-objects 1000000 --json")).Ok();
        (set["maxBytes"], set["maxObjects"], set["usedBytes"]).ShouldBe(("10737418240", "1000000", "0"));
        (await _cli.RunAsync($"bucket quota show {bucket}")).Ok().Output.ShouldContain("0 of 1,000,000");
        (await _cli.RunAsync($"bucket show {bucket}")).Ok().Output.ShouldContain("0 B of 10.0 GiB, 0 of 1,000,000 objects");
        (await _cli.RunAsync($"bucket quota clear {bucket}")).Ok();
        (await _cli.RunAsync($"bucket quota show {bucket}")).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task Compression_is_switched_on_for_what_is_named_shown_and_switched_off()
    {
        var bucket = await server.NewBucketAsync();
        (await _cli.RunAsync($"bucket compression {bucket}")).Ok().Output.ShouldContain("off");
        var set = (await _cli.RunAsync($"bucket compression {bucket} --on --types text/*,application/json --extensions log --level 3 --json")).Ok();
        (set["enabled"], set["level"]).ShouldBe(("True", "3"));
        set["types"].Split('"').Where((_, i) => i % 2 == 1).ShouldBe(["text/*", "application/json"]);
        set["extensions"].ShouldContain("\".log\"");
        (await _cli.RunAsync($"bucket compression {bucket}")).Ok().Output.ShouldContain("text/*, application/json");
        (await _cli.RunAsync($"bucket compression {bucket} --on --off")).ExitCode.ShouldBe(ExitCode.Usage);
        (await _cli.RunAsync($"bucket compression {bucket} --types text/*")).ExitCode.ShouldBe(ExitCode.Usage);
        (await _cli.RunAsync($"bucket compression {bucket} --on --level 40")).ExitCode.ShouldBe(ExitCode.Failed);
        (await _cli.RunAsync($"bucket compression {bucket} --off")).Ok().Output.ShouldContain("off");
        (await _cli.RunAsync("bucket compression no-such-bucket")).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("500", 500L)]
    [InlineData("500B", 500L)]
    [InlineData("1KiB", 1024L)]
    [InlineData("1 kb", 1000L)]
    [InlineData("1.5GiB", 1_610_612_736L)]
    [InlineData("1.5TB", 1_500_000_000_000L)]
    [InlineData("8191PiB", 8191L << 50)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", null)]
    [InlineData("8192PiB", null)]
    [InlineData("0.5", null)]
    [InlineData("-1", null)]
    [InlineData("10G", null)]
    [InlineData("1e3", null)]
    [InlineData("GiB", null)]
    [InlineData("", null)]
    [InlineData("1,000", null)]
    public void A_size_is_a_number_with_or_without_a_unit(string text, long? bytes)
    {
        ByteSize.TryParse(text, out var parsed).ShouldBe(bytes is not null);
        if (bytes is { } expected) parsed.ShouldBe(expected);
    }

    [Fact]
    public async Task A_bucket_is_emptied_by_force_with_all_its_versions()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        string[] keys = ["a", "a", "b/ü +%", "c\u0001&<"];
        foreach (var key in keys) await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = "x" });
        await server.Client.DeleteObjectAsync(bucket, "a");
        (await _cli.RunAsync($"bucket delete {bucket}")).ExitCode.ShouldBe(ExitCode.Conflict);
        (await _cli.RunAsync($"bucket delete {bucket} --force")).Ok();
        (await _cli.RunAsync($"bucket show {bucket}")).ExitCode.ShouldBe(ExitCode.NotFound);
    }
}
