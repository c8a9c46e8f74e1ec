namespace ObjectStore.CompatTests.Clients;

/// <summary>A tree of files whose names are what people really have, and what breaks clients.</summary>
internal static class OddTree
{
    public static IReadOnlyDictionary<string, byte[]> Make(string directory, int seed)
    {
        string[] names =
        [
            "plain.txt", "with space.txt", "a+b=c&d.txt", "percent%20literal.txt", "ünïcödé/日本語.txt", "emoji-😀.bin",
            "quote'and\"double.txt", "deep/er/and/deeper/file.bin", "semi;colon,comma.txt", "tilde~dash-under_score.txt",
            "hash#question?.txt", "brackets[1](2){3}.txt", "empty.bin", "dollar$at@bang!.txt", "UPPER/lower/MiXeD.Txt",
        ];
        var random = new Random(seed);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var bytes = new byte[name == "empty.bin" ? 0 : random.Next(1, 200_000)];
            random.NextBytes(bytes);
            files[name] = bytes;
            var path = Path.Combine(directory, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
        return files;
    }

    public static void ShouldMatch(string directory, IReadOnlyDictionary<string, byte[]> files)
    {
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(directory, file))
            .Order(StringComparer.Ordinal).ShouldBe(files.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, bytes) in files)
            File.ReadAllBytes(Path.Combine(directory, name)).AsSpan().SequenceEqual(bytes).ShouldBeTrue(name);
    }
}
