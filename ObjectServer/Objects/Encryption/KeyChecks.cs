using System.Security.Cryptography;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Holds a store to the keys that it has been served with. Otherwise a file that is missing for a moment (an unmounted volume,
/// a wrong path) would be made anew, and what is sealed under its key be lost when the right one is back. A row of table y for
/// each key ever seen tells it again by a digest that is keyed with it, which tells nothing of the key.
/// </summary>
internal static class KeyChecks
{
    private const int CheckBytes = 16;

    /// <summary>Opens the key file, or makes it for a store that has had none.</summary>
    /// <exception cref="InvalidDataException">It is no key file, or not this store's; says what is wrong.</exception>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    /// <exception cref="KvException">The keys could not be noted.</exception>
    public static async ValueTask<KeyFile> OpenAsync(string path, IKeyValueStore store, CancellationToken ct)
    {
        using var transaction = store.Begin();
        if (!File.Exists(path) && !await transaction.IsEmptyAsync(SchemaKeys.KeyChecks(), ct))
            throw new InvalidDataException($"{path} is not there, and this store has been served with keys: bring them back. A file with new ones, under ids of their own, has to be made by hand.");
        var file = KeyFile.OpenOrCreate(path);
        var isNew = false;
        foreach (var id in file.KeyIds)
        {
            var row = SchemaKeys.KeyCheck(id);
            var check = CheckOf(file, id);
            var known = await transaction.GetAsync(row, ct);
            if (known is { } bytes && !CryptographicOperations.FixedTimeEquals(bytes.Span, check))
                throw new InvalidDataException($"The key '{id}' in {path} is another than the one of that name that this store has been served with.");
            if (known is not null) continue;
            transaction.Put(row, check);
            isNew = true;
        }
        if (isNew) await transaction.CommitAsync(ct);
        return file;
    }

    private static byte[] CheckOf(KeyFile file, string id) => file.Digest(id, Encoding.ASCII.GetBytes("objectstore key check"))[..CheckBytes];
}
