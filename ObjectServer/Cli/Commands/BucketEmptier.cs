using ObjectStore.Client.S3;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary>Deletes every version and delete marker of a bucket, a page of a thousand at a time.</summary>
internal static class BucketEmptier
{
    private const int ReportEvery = 10_000;

    /// <exception cref="CliException">Something cannot be deleted, for instance because it is locked.</exception>
    public static async Task EmptyAsync(S3Client s3, string bucket, bool bypassGovernance, Printer printer, CancellationToken ct)
    {
        var deleted = 0L;
        while (true)
        {
            // From the beginning each time: what was there is gone, and what came meanwhile is found.
            var versions = (await s3.ListVersionsAsync(bucket, null, ct)).Versions;
            if (versions.Count == 0) return;
            if (await s3.DeleteVersionsAsync(bucket, versions, bypassGovernance, ct) is [var failure, ..])
            {
                throw new CliException(ExitCode.Conflict, failure.Code,
                    $"{failure.Key} (version {failure.VersionId}) cannot be deleted: {failure.Message}. {Texts.Count(deleted)} versions were deleted before this page.");
            }
            var before = deleted / ReportEvery;
            deleted += versions.Count;
            if (deleted / ReportEvery > before) printer.Note($"{Texts.Count(deleted)} versions deleted");
        }
    }
}
