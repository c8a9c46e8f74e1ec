namespace ObjectStore.Metadata.Schema;

/// <summary>Bits of <c>VersionRecord.flags</c>. Stored.</summary>
[Flags]
public enum VersionFlags : uint
{
    None = 0,

    /// <summary>Its version id is "null".</summary>
    Null = 1,
    DeleteMarker = 2,

    /// <summary>Its bytes are in table d.</summary>
    Inline = 4,

    /// <summary>It is the owner that its content's row names; without it, a row of table r holds the content.</summary>
    OwnsContent = 8,
}
