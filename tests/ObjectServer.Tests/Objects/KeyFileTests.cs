using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("objectstore-keys-").FullName;

    private string FilePath => Path.Combine(_directory, "below", "keys.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_missing_file_is_made_for_its_owner_only_and_opens_again_with_the_same_key()
    {
        var made = KeyFile.OpenOrCreate(FilePath);
        File.GetUnixFileMode(FilePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var wrapped = await made.WrapAsync(made.DefaultKeyId, new byte[32], "bound"u8.ToArray(), default);
        var again = KeyFile.OpenOrCreate(FilePath);
        (await again.UnwrapAsync(again.DefaultKeyId, wrapped, "bound"u8.ToArray(), default)).ShouldBe(new byte[32]);
        await Should.ThrowAsync<KeyManagerException>(() => again.UnwrapAsync(again.DefaultKeyId, wrapped, "else"u8.ToArray(), default).AsTask());
        (await again.HasKeyAsync("nobody's", default)).ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_others_can_read_is_refused()
    {
        KeyFile.OpenOrCreate(FilePath);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Should.Throw<InvalidDataException>(() => KeyFile.OpenOrCreate(FilePath)).Message.ShouldContain("chmod 600");
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("{}")]
    [InlineData("""{"default": "a", "keys": {}}""")]
    [InlineData("""{"default": "a", "keys": {"a": "c2hvcnQ="}}""")]
    [InlineData("""{"default": "a", "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "more": 1}""")]
    [InlineData("""{"default": "a", "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "a": "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""")]
    public void A_file_that_is_no_key_file_is_refused_and_left_alone(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, text);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Should.Throw<InvalidDataException>(() => KeyFile.OpenOrCreate(FilePath));
        File.ReadAllText(FilePath).ShouldBe(text);
    }
}
