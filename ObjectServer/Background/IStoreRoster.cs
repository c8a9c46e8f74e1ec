using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <summary>Which drives belong to the store, and whether they are there.</summary>
internal interface IStoreRoster
{
    /// <summary>
    /// Null when every drive of the store serves and the metadata has all its mirrors; else what is missing, in words.
    /// Answers from memory.
    /// </summary>
    string? Gap { get; }

    /// <summary>The drives that serve now.</summary>
    IReadOnlyList<IDrive> Serving { get; }
}
