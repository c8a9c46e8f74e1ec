using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Composition;

/// <summary>What lies in one drive directory. State is null if the directory cannot even be read.</summary>
internal sealed record SurveyedDirectory(string Path, DriveDirectoryState? State, DriveIdentity? Identity, string? Reason);

/// <summary>
/// A look at all drive directories before anything is opened or changed, and the decision what they are together.
/// Drives are recognised by the identity inside them; a directory's place in the list means nothing.
/// </summary>
internal sealed class DriveSurvey
{
    private DriveSurvey(IReadOnlyList<SurveyedDirectory> directories) => Directories = directories;

    public IReadOnlyList<SurveyedDirectory> Directories { get; }

    /// <summary>The store that the formatted drives belong to; null if there is none yet.</summary>
    public Guid? Store { get; private init; }

    public IEnumerable<SurveyedDirectory> Formatted => Directories.Where(directory => directory.State == DriveDirectoryState.Formatted);

    /// <exception cref="StartException">Drives of several stores, one drive twice, or directories that nothing can be made of.</exception>
    public static DriveSurvey Take(IFileSystem fileSystem, IReadOnlyList<string> paths)
    {
        var directories = paths.Select(path => Look(fileSystem, System.IO.Path.GetFullPath(path))).ToArray();
        var formatted = directories.Where(directory => directory.State == DriveDirectoryState.Formatted).ToArray();
        var stores = formatted.GroupBy(directory => directory.Identity!.Store).ToArray();
        if (stores.Length > 1)
        {
            throw new StartException("The drives belong to different stores; start with the drives of one:\n" + string.Join('\n',
                stores.Select(store => $"  store {store.Key}: {string.Join(", ", store.Select(directory => directory.Path))}")));
        }
        var twice = formatted.GroupBy(directory => directory.Identity!.Drive).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new StartException($"The same drive ({twice.Key}) lies in {string.Join(" and ", twice.Select(directory => directory.Path))}: " +
                "one is a copy. Start without the copy.");
        }
        if (stores.Length == 0) RefuseWhatIsNotFree(directories);
        return new DriveSurvey(directories) { Store = stores.Length == 0 ? null : stores[0].Key };
    }

    /// <summary>Directories that a new drive can be made in.</summary>
    public IEnumerable<SurveyedDirectory> Free => Directories.Where(directory => IsFree(directory.State));

    private static bool IsFree(DriveDirectoryState? state) =>
        state is DriveDirectoryState.Empty or DriveDirectoryState.Missing or DriveDirectoryState.HalfFormatted;

    private static void RefuseWhatIsNotFree(IReadOnlyList<SurveyedDirectory> directories)
    {
        var others = directories.Where(directory => !IsFree(directory.State)).ToArray();
        if (others.Length == 0) return;
        throw new StartException("No store was found, and none is made, because not every directory is free:\n" +
            string.Join('\n', others.Select(directory => $"  {directory.Path}: {directory.Reason}")));
    }

    private static SurveyedDirectory Look(IFileSystem fileSystem, string path)
    {
        try
        {
            var reading = DriveIdentity.TryRead(fileSystem, path);
            return new SurveyedDirectory(path, reading.State, reading.Identity, reading.Reason);
        }
        catch (FileSystemException e)
        {
            return new SurveyedDirectory(path, null, null, $"it cannot be read: {e.Message}");
        }
    }
}
