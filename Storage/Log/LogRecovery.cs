using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>Scans a directory's files from a mark on, and finds where the newest one ends.</summary>
internal static class LogRecovery
{
    public static LogRecoveryResult Run(
        IFileSystem fileSystem, string directory, Guid owner, LogOptions options, LogMark from, ILogReplayHandler? handler)
    {
        var catalog = LogCatalog.Load(fileSystem, directory, owner);
        var scanner = new LogScanner(from, handler, options.MayDeleteAnyFile);
        var files = new List<LogFileInfo>(catalog.Items.Count);
        var ends = new List<LogFileEnd>();

        for (var i = 0; i < catalog.Items.Count; i++)
        {
            var item = catalog.Items[i];
            var isNewest = i == catalog.Items.Count - 1;
            LogFileEnd? end = catalog.TryGetEnd(item.Number, out var known) ? known : null;
            if (end is not null) ends.Add(known);
            var endOffset = end?.Offset ?? item.LengthBytes;

            var isScanned = item.Number >= from.Next.FileNumber || isNewest;
            if (isScanned)
            {
                using var reader = catalog.OpenReader(fileSystem, item);
                var scan = scanner.ScanFile(reader, end, item.LsnBefore, item.HasHeader);
                endOffset = scan.End;
                if (end is null && !scan.IsSealed && isNewest) ends.Add(new LogFileEnd(item.Number, scan.End, Math.Max(scanner.LastLsn, 0)));
            }
            var lastLsn = isScanned ? Math.Max(scanner.LastLsn, 0) : LsnBeforeNext(catalog, i, options);
            files.Add(new LogFileInfo(item.Number, endOffset, IsSealed: true, lastLsn));
        }

        var position = files.Count == 0 ? default : new LogPosition(files[^1].Number, files[^1].LengthBytes);
        scanner.CheckReached(position);
        var endLsn = Math.Max(scanner.LastLsn, files.Count == 0 ? options.FirstLsn - 1 : 0);
        var result = scanner.Result(position);
        return new LogRecoveryResult(catalog, files, ends, result with { End = result.End with { Lsn = endLsn } });
    }

    /// <summary>The first record of a file names the last LSN before it; 0 if that file may not be the next one.</summary>
    private static long LsnBeforeNext(LogCatalog catalog, int index, LogOptions options)
    {
        var next = catalog.Items[index + 1];
        var isNext = next.Number == catalog.Items[index].Number + 1 || !options.MayDeleteAnyFile;
        return isNext ? next.LsnBefore ?? 0 : 0;
    }
}

internal sealed record LogRecoveryResult(LogCatalog Catalog, List<LogFileInfo> Files, List<LogFileEnd> Ends, LogScanResult Scan);
