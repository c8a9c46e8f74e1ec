using ObjectStore.Metadata.Schema;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Objects;

/// <summary>How a body is to be compressed.</summary>
/// <param name="Level">Of Zstandard, 1 to 12; 0: not at all.</param>
internal readonly record struct CompressionChoice(int Level)
{
    public static CompressionChoice None => default;

    public bool IsNone => Level == 0;
}

/// <summary>What new objects of a bucket are compressed. Without types and extensions: all but what is known to be compressed already.</summary>
/// <param name="Level">1 to 12.</param>
/// <param name="Types">Media types, lower case; <c>text/*</c> is all of text.</param>
/// <param name="Extensions">Of keys, lower case, with the dot.</param>
internal sealed record BucketCompression(int Level, IReadOnlyList<string> Types, IReadOnlyList<string> Extensions)
{
    public const int DefaultLevel = 1;

    /// <summary>Of types and of extensions: the bucket's row is read with every request.</summary>
    public const int MaxItems = 32;

    /// <summary>Of a type or extension, in characters.</summary>
    public const int MaxItemLength = 64;

    /// <summary>All that is worth a try, at the default level.</summary>
    public static BucketCompression Default { get; } = new(DefaultLevel, [], []);

    /// <summary>The same in the form that is stored, or why it cannot be.</summary>
    public static (BucketCompression? Valid, string? Problem) Validate(int level, IEnumerable<string> types, IEnumerable<string> extensions)
    {
        if (level is < ZstdCompressor.MinLevel or > ZstdCompressor.MaxLevel) return (null, $"A level is {ZstdCompressor.MinLevel} to {ZstdCompressor.MaxLevel}.");
        string[] allTypes = [.. types.Select(type => type.Trim().ToLowerInvariant()).Distinct()];
        string[] allExtensions = [.. extensions.Select(extension => extension.Trim().ToLowerInvariant()).Select(extension => extension.StartsWith('.') ? extension : "." + extension).Distinct()];
        if (allTypes.Length > MaxItems || allExtensions.Length > MaxItems) return (null, $"There can be {MaxItems} types and {MaxItems} extensions.");
        if (Array.Find(allTypes, type => !IsMediaType(type)) is { } type) return (null, $"\"{type}\" is no media type such as application/json or text/*.");
        if (Array.Find(allExtensions, extension => !IsExtension(extension)) is { } extension) return (null, $"\"{extension}\" is no extension such as .log.");
        return (new BucketCompression(level, allTypes, allExtensions), null);
    }

    public static BucketCompression? Of(BucketCompressionRecord? record) =>
        record is null ? null : new BucketCompression((int)record.Level, [.. record.MediaTypes], [.. record.Extensions]);

    public BucketCompressionRecord ToRecord()
    {
        var record = new BucketCompressionRecord { Level = (uint)Level };
        record.MediaTypes.AddRange(Types);
        record.Extensions.AddRange(Extensions);
        return record;
    }

    private static bool IsMediaType(string type)
    {
        var parts = type.Split('/');
        if (type.Length > MaxItemLength || parts.Length != 2) return false;
        return parts[0] == "*" ? parts[1] == "*" : IsToken(parts[0]) && (parts[1] == "*" || IsToken(parts[1]));
    }

    private static bool IsExtension(string extension) => extension.Length is > 1 and <= MaxItemLength && extension.All(character => character is > ' ' and <= '~' and not '/');

    // Source: RFC 9110, section 5.6.2.
    private static bool IsToken(string text) => text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || "!#$&^_.+-".Contains(character, StringComparison.Ordinal));
}

/// <summary>What a version says of contents that it is put together of: whether any is compressed, and the bytes that they take.</summary>
internal struct StoredLengths
{
    private uint _method;
    private ulong _sum;

    public void Add(uint method, ulong storedLength, ulong length)
    {
        _method = Math.Max(_method, method);
        _sum += method == 0 ? length : storedLength;
    }

    /// <summary>As <see cref="WrittenContent.Compression"/>.</summary>
    public readonly (uint Method, ulong StoredLength) Sum => _method == 0 ? default : (_method, _sum);

    /// <summary>What a slice of a version takes: the share that its length is.</summary>
    public static ulong ShareOf(VersionRecord version, long length) => version.Length == 0 ? 0 : (ulong)((UInt128)version.StoredLength * (ulong)length / version.Length);
}

/// <summary>What stored bytes are, beside themselves: goes with them wherever they are taken as they are.</summary>
/// <param name="SealedAs">The content that they were sealed as; none where they are plain.</param>
/// <param name="Compression">Null where they are not compressed.</param>
internal readonly record struct ContentForm(ContentId SealedAs, CompressionRecord? Compression)
{
    public static ContentForm Of(ContentId id, ContentRecord record, bool isSealed) => new(isSealed ? ContentRows.SealedAs(id, record) : default, record.Compression);
}
