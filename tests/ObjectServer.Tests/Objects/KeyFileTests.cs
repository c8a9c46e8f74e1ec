using ObjectStore.Server.Objects;
using ObjectStore.TestKit.Kv;

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
    [InlineData("""{"default": "a", "keys": {"a": null}}""")]
    public void A_file_that_is_no_key_file_is_refused_and_left_alone(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, text);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Should.Throw<InvalidDataException>(() => KeyFile.OpenOrCreate(FilePath));
        File.ReadAllText(FilePath).ShouldBe(text);
    }

    [Fact]
    public async Task A_store_that_has_used_keys_does_not_begin_anew_with_others()
    {
        var store = new InMemoryKeyValueStore();
        var first = await KeyChecks.OpenAsync(FilePath, store, default);
        var wrapped = await first.WrapAsync(first.DefaultKeyId, new byte[32], default, default);
        var kept = FilePath + ".kept";
        File.Move(FilePath, kept);

        // Not there: an unmounted volume, a wrong path. What was sealed under a key made now would be lost with it.
        await RefusedAsync(store, "is not there");
        File.Exists(FilePath).ShouldBeFalse();

        // Another store's file, whose key has the same name.
        await KeyChecks.OpenAsync(FilePath, new InMemoryKeyValueStore(), default);
        await RefusedAsync(store, "'default'");

        File.Move(kept, FilePath, overwrite: true);
        var again = await KeyChecks.OpenAsync(FilePath, store, default);
        (await again.UnwrapAsync(again.DefaultKeyId, wrapped, default, default)).ShouldBe(new byte[32]);
    }

    [Fact]
    public async Task Keys_may_be_added_and_taken_out_but_not_exchanged_for_others_of_their_names()
    {
        var store = new InMemoryKeyValueStore();
        Write("a", ("a", 1));
        await KeyChecks.OpenAsync(FilePath, store, default);
        Write("b", ("a", 1), ("b", 2));
        await KeyChecks.OpenAsync(FilePath, store, default);
        Write("b", ("b", 2));
        await KeyChecks.OpenAsync(FilePath, store, default);
        Write("b", ("a", 3), ("b", 2));
        await RefusedAsync(store, "'a'");
        Write("b", ("a", 1), ("b", 2));
        (await KeyChecks.OpenAsync(FilePath, store, default)).DefaultKeyId.ShouldBe("b");
    }

    private async Task RefusedAsync(InMemoryKeyValueStore store, string because) =>
        (await Should.ThrowAsync<InvalidDataException>(() => KeyChecks.OpenAsync(FilePath, store, default).AsTask())).Message.ShouldContain(because);

    private void Write(string first, params (string Id, int Seed)[] keys)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        var entries = keys.Select(key => $"\"{key.Id}\": \"{Convert.ToBase64String(ObjectBench.Bytes(32, key.Seed))}\"");
        File.WriteAllText(FilePath, $$"""{"default": "{{first}}", "keys": { {{string.Join(", ", entries)}} } }""");
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
