using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.TestKit;

/// <summary>
/// A file system in memory that forgets what was not synced. A crash keeps, loses or tears every write and every change of
/// a name that no sync has covered, by a seeded choice; faults are injected by rules. Thread-safe.
/// </summary>
/// <remarks>
/// The model: a file has bytes as read back now, and bytes on disk with a list of writes not yet there. fdatasync and
/// fsync empty the list. A directory has names now and names on disk, with a list of changes; fsync of the directory
/// empties that. A crash applies a random part of each list, writes cut at sectors of 512 bytes.
/// </remarks>
public sealed partial class FaultyFileSystem(int seed) : IFileSystem
{
    public const int SectorBytes = 512;

    private readonly Lock _gate = new();
    private readonly Random _random = new(Scatter(seed));
    private readonly List<FaultRule> _rules = [];
    private Dictionary<string, Node> _names = CreateRoot();
    private Dictionary<string, Node> _durableNames = CreateRoot();
    private readonly List<NameChange> _nameChanges = [];
    private bool _isDead;

    /// <summary>How the random part of a crash was chosen; print it when a test fails.</summary>
    public int Seed { get; } = seed;

    /// <summary>Counts of calls since the start.</summary>
    public int WriteCount { get; private set; }

    public int SyncCount { get; private set; }

    /// <summary>Bytes that files may hold together; writes beyond fail with ENOSPC.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Whether direct files demand alignment. On by default, as the kernel does.</summary>
    public bool SupportsDirect { get; set; } = true;

    /// <summary>Adds a rule; dispose it to take it away.</summary>
    public FaultRule Inject(FaultRule rule)
    {
        lock (_gate) _rules.Add(rule);
        rule.Removed = () =>
        {
            lock (_gate) _rules.Remove(rule);
        };
        return rule;
    }

    /// <summary>
    /// The power goes: this file system fails from now on, and so does every handle of it. Gives what the disks hold
    /// afterwards, without the rules.
    /// </summary>
    public FaultyFileSystem Crash()
    {
        lock (_gate)
        {
            _isDead = true;
            ApplySomeNameChanges();
            return CopyTo(new FaultyFileSystem(_random.Next()), _durableNames, node => node.AfterCrash(_random));
        }
    }

    /// <summary>The process is killed: this file system fails from now on. Gives what the kernel kept, which is all that was written.</summary>
    public FaultyFileSystem Kill()
    {
        lock (_gate)
        {
            _isDead = true;
            var next = CopyTo(new FaultyFileSystem(_random.Next()), _names, node => node.AfterKill());
            next._durableNames = new Dictionary<string, Node>(StringComparer.Ordinal);
            foreach (var (path, node) in _durableNames)
            {
                // A name that is on disk for a file that no longer has one now: only a crash would show it.
                next._durableNames[path] = _names.TryGetValue(path, out var same) && same == node ? next._names[path] : node.AfterKill();
            }
            foreach (var change in _nameChanges)
            {
                next._nameChanges.Add(change with
                {
                    Node = change.Node is null ? null : next._names.GetValueOrDefault(change.Path, change.Node),
                    Moved = change.To is null ? null : next._names.GetValueOrDefault(change.To, change.Moved!),
                });
            }
            return next;
        }
    }

    /// <summary>Flips one bit, on disk and in the cache.</summary>
    public void FlipBit(string path, long offset, int bit = 0)
    {
        lock (_gate) Find(path, "flip").Corrupt(offset, 1, value => (byte)(value ^ (1 << bit)));
    }

    /// <summary>Overwrites a range on disk and in the cache.</summary>
    public void Overwrite(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        var next = 0;
        lock (_gate) Find(path, "overwrite").Corrupt(offset, copy.Length, _ => copy[next++]);
    }

    public byte[] Snapshot(string path)
    {
        lock (_gate) return Find(path, "snapshot").Current.AsSpan(0, (int)Find(path, "snapshot").Length).ToArray();
    }

    public IFile Open(string path, FileOpenMode mode, bool direct = false)
    {
        Check(FaultyOperation.Open, path);
        lock (_gate)
        {
            if (_names.TryGetValue(path, out var node))
            {
                if (mode == FileOpenMode.CreateNew) throw Failure(Errno.EEXIST, "open", path);
                if (node.IsDirectory) throw Failure(21, "open", path);
            }
            else
            {
                if (mode is FileOpenMode.Read or FileOpenMode.ReadWrite) throw Failure(Errno.ENOENT, "open", path);
                RequireParent(path);
                node = new Node(isDirectory: false);
                ChangeName(path, node);
            }
            return new FaultyFile(this, node, path, direct && SupportsDirect, mode != FileOpenMode.Read);
        }
    }

    public void CreateDirectory(string path)
    {
        Check(FaultyOperation.ChangeName, path);
        lock (_gate)
        {
            if (_names.TryGetValue(path, out var node))
            {
                if (!node.IsDirectory) throw Failure(Errno.EEXIST, "mkdir", path);
                return;
            }
            RequireParent(path);
            ChangeName(path, new Node(isDirectory: true));
        }
    }

    public IReadOnlyList<DirectoryEntry> List(string directory)
    {
        Check(FaultyOperation.Read, directory);
        lock (_gate)
        {
            if (!Find(directory, "opendir").IsDirectory) throw Failure(Errno.ENOTDIR, "opendir", directory);
            return _names.Where(name => name.Key != directory && Path.GetDirectoryName(name.Key) == directory)
                .Select(name => new DirectoryEntry(Path.GetFileName(name.Key), name.Value.IsDirectory))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();
        }
    }

    public bool FileExists(string path)
    {
        Check(FaultyOperation.Open, path);
        lock (_gate) return _names.TryGetValue(path, out var node) && !node.IsDirectory;
    }

    public bool DirectoryExists(string path)
    {
        Check(FaultyOperation.Open, path);
        lock (_gate) return _names.TryGetValue(path, out var node) && node.IsDirectory;
    }

    public void Rename(string from, string to)
    {
        Check(FaultyOperation.ChangeName, from);
        lock (_gate)
        {
            var moved = Find(from, "rename");
            RequireParent(to);
            var prefix = from + "/";
            var inside = _names.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
            foreach (var name in inside)
            {
                var target = to + name[from.Length..];
                (_names[target], _durableNames[target]) = (_names[name], _names[name]);
                _names.Remove(name);
                _durableNames.Remove(name);
            }
            // One change: a crash leaves the old name or the new one.
            _names.Remove(from);
            _names[to] = moved;
            _nameChanges.Add(new NameChange(from, null, to, moved));
        }
    }

    public void DeleteFile(string path)
    {
        Check(FaultyOperation.ChangeName, path);
        lock (_gate)
        {
            if (Find(path, "unlink").IsDirectory) throw Failure(21, "unlink", path);
            ChangeName(path, null);
        }
    }

    public void DeleteDirectory(string path)
    {
        Check(FaultyOperation.ChangeName, path);
        lock (_gate)
        {
            if (!Find(path, "rmdir").IsDirectory) throw Failure(Errno.ENOTDIR, "rmdir", path);
            if (_names.Keys.Any(name => Path.GetDirectoryName(name) == path)) throw Failure(Errno.ENOTEMPTY, "rmdir", path);
            ChangeName(path, null);
        }
    }

    public void SyncDirectory(string path)
    {
        Check(FaultyOperation.Sync, path);
        lock (_gate)
        {
            Find(path, "fsync");
            SyncCount++;
            foreach (var change in _nameChanges.Where(change => change.IsIn(path)).ToArray())
            {
                change.ApplyTo(_durableNames);
                _nameChanges.Remove(change);
            }
        }
    }

    public FileSystemSpace GetSpace(string path)
    {
        lock (_gate)
        {
            var total = CapacityBytes == long.MaxValue ? 1L << 40 : CapacityBytes;
            return new FileSystemSpace(total, Math.Max(0, total - UsedBytes()));
        }
    }

    /// <summary>Neighbouring seeds of <see cref="Random"/> begin alike, so that a loop over seeds would try few fates.</summary>
    private static int Scatter(int seed) => (int)XxHash3.Hash64(BitConverter.GetBytes(seed));

    private FaultyFileSystem CopyTo(FaultyFileSystem next, Dictionary<string, Node> names, Func<Node, Node> copy)
    {
        var copies = names.Values.Distinct().ToDictionary(node => node, copy);
        next._names = names.ToDictionary(name => name.Key, name => copies[name.Value], StringComparer.Ordinal);
        next._durableNames = new Dictionary<string, Node>(next._names, StringComparer.Ordinal);
        next.CapacityBytes = CapacityBytes;
        next.SupportsDirect = SupportsDirect;
        return next;
    }

    private void RequireAlive(string path)
    {
        if (_isDead) throw new FileSystemException(FileFault.Other, 0, "use", path, "the process has crashed");
    }

    private static Dictionary<string, Node> CreateRoot() => new(StringComparer.Ordinal) { ["/"] = new Node(isDirectory: true) };

    private static FileSystemException Failure(int errno, string operation, string path) =>
        FileSystemException.FromErrno(errno, operation, path);

    private Node Find(string path, string operation) =>
        _names.TryGetValue(path, out var node) ? node : throw Failure(Errno.ENOENT, operation, path);

    private void RequireParent(string path)
    {
        if (!Find(Path.GetDirectoryName(path)!, "open").IsDirectory) throw Failure(Errno.ENOTDIR, "open", path);
    }

    private void ChangeName(string path, Node? node)
    {
        if (node is null) _names.Remove(path);
        else _names[path] = node;
        _nameChanges.Add(new NameChange(path, node, null, null));
    }

    /// <summary>Of each name, a random number of its changes reached the disk, in order.</summary>
    private void ApplySomeNameChanges()
    {
        var lost = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in _nameChanges)
        {
            var isLost = lost.Contains(change.Path) || (change.To is { } to && lost.Contains(to)) || _random.Next(2) == 0;
            if (!isLost)
            {
                change.ApplyTo(_durableNames);
                continue;
            }
            lost.Add(change.Path);
            if (change.To is not null) lost.Add(change.To);
        }
        // What lies in a directory that was lost is lost with it.
        foreach (var name in _durableNames.Keys.OrderBy(name => name.Length).ToArray())
            if (name != "/" && !_durableNames.ContainsKey(Path.GetDirectoryName(name)!)) _durableNames.Remove(name);
    }

    private long UsedBytes() => _names.Values.Distinct().Sum(node => node.AllocatedBytes);

    /// <summary>Lets the rules have their say; outside the lock, as a rule may wait.</summary>
    internal void Check(FaultyOperation operation, string path, long offset = 0, long lengthBytes = 0)
    {
        FaultRule[] rules;
        lock (_gate)
        {
            RequireAlive(path);
            if (_rules.Count == 0) return;
            rules = [.. _rules];
        }
        foreach (var rule in rules) rule.Apply(operation, path, offset, lengthBytes);
    }

    private sealed record NameChange(string Path, Node? Node, string? To, Node? Moved)
    {
        public bool IsIn(string directory) =>
            System.IO.Path.GetDirectoryName(Path) == directory || (To is not null && System.IO.Path.GetDirectoryName(To) == directory);

        public void ApplyTo(Dictionary<string, Node> names)
        {
            if (Node is null) names.Remove(Path);
            else names[Path] = Node;
            if (To is not null) names[To] = Moved!;
        }
    }
}
