using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task Default_credentials_are_refused_off_loopback_and_the_message_says_what_to_do()
    {
        using var data = new TemporaryDirectory();
        var result = await ServerProcess.RunToEndAsync(["serve", "--address", "0.0.0.0:0", "--drives", data["drive{1...6}"]]);
        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("OBJECTSTORE_ROOT_PASSWORD");
        Directory.Exists(data["drive1"]).ShouldBeFalse("a refused start touches nothing");
    }

    [Fact]
    public async Task A_drive_directory_with_other_files_is_refused_and_left_alone()
    {
        using var data = new TemporaryDirectory();
        Directory.CreateDirectory(data["drive3"]);
        await File.WriteAllTextAsync(Path.Combine(data["drive3"], "thesis.txt"), "mine");
        var result = await ServerProcess.RunToEndAsync(["serve", "--address", "127.0.0.1:0", "--drives", data["drive{1...6}"]]);
        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("drive3");
        Directory.GetFileSystemEntries(data["drive3"]).Length.ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_option_is_explained()
    {
        var result = await ServerProcess.RunToEndAsync(["serve", "--colour", "blue"]);
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("--colour");
    }
}
