using ObjectStore.Client.Admin;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;
using ObjectStore.Server.Tiers;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Storage classes whose objects lie in other S3 endpoints.</summary>
internal sealed class TierCalls(RemoteService remotes, TierTable tiers)
{
    private const int MaxBucketChars = 255;
    private const int MaxPrefixBytes = 256;
    private const int MaxKeepDays = 36_500;

    public IEnumerable<AdminCall> All =>
    [
        new("GET", "tiers", AdminAction.ListTiers, static _ => AdminResources.Tier("*"), ListAsync),
        new("GET", "tiers/*", AdminAction.GetTier, static path => AdminResources.Tier(path[0]), GetAsync),
        new("PUT", "tiers/*", AdminAction.PutTier, static path => AdminResources.Tier(path[0]), PutAsync) { HasBody = true },
        new("DELETE", "tiers/*", AdminAction.DeleteTier, static path => AdminResources.Tier(path[0]), DeleteAsync),
    ];

    private async ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct)
    {
        var documents = new List<TierDocument>();
        foreach (var tier in tiers.All) documents.Add(await ToDocumentAsync(tier, ct));
        return AdminAnswer.Of(new TierListDocument(documents), AdminJson.Default.TierListDocument);
    }

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct) =>
        tiers.Find(context[0]) is { } tier ? AdminAnswer.Of(await ToDocumentAsync(tier, ct), AdminJson.Default.TierDocument) : NotFound(context[0]);

    private async ValueTask<AdminAnswer> PutAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewTierDocument, out var wish, out var refused)) return refused;
        if (Check(context[0], wish) is { } wrong) return AdminError.Invalid(wrong);
        var tier = new Tier
        {
            StorageClass = context[0],
            Remote = wish.Remote,
            Bucket = wish.Bucket,
            Prefix = wish.Prefix ?? "",
            ReadThrough = wish.ReadThrough ?? false,
            KeepDays = wish.KeepDays ?? 0,
            TargetClass = wish.TargetClass ?? "",
            PlainNames = wish.PlainNames ?? false,
            CreatedAt = remotes.Time.GetUtcNow(),
        };
        try
        {
            var change = await remotes.Tiers.PutAsync(tier, ct);
            return change switch
            {
                TierChange.NoSuchRemote => AdminError.NotFound($"There is no remote \"{tier.Remote}\"."),
                TierChange.IsClass => new AdminError(409, "EntityAlreadyExists", $"{tier.StorageClass} is a storage class of this store already."),
                TierChange.IsMoving => new AdminError(409, "UnmodifiableEntity", "Where a tier lies (remote, bucket, prefix) cannot change: objects are there. Set up another one."),
                TierChange.TooMany => new AdminError(409, "LimitExceeded", $"There may be {TierRegistry.MaxTiers} tiers."),
                _ => AdminAnswer.Of(await ToDocumentAsync(tiers.Find(tier.StorageClass) ?? tier, ct), AdminJson.Default.TierDocument, change == TierChange.Made ? 201 : 200),
            };
        }
        catch (KvException e)
        {
            return Unavailable(e);
        }
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        try
        {
            return await remotes.Tiers.RemoveAsync(context[0], ct) switch
            {
                (TierChange.NotFound, _) => NotFound(context[0]),
                (TierChange.InUse, var use) => AdminError.Conflict($"The tier {context[0]} is in use: {use}."),
                _ => AdminAnswer.NoContent,
            };
        }
        catch (KvException e)
        {
            return Unavailable(e);
        }
    }

    private static string? Check(string storageClass, NewTierDocument wish)
    {
        if (!StorageClassTable.IsName(storageClass)) return $"A storage class begins with a capital letter and has capitals, digits and '_', at most {StorageClassTable.MaxNameLength}; STANDARD is none of them.";
        if (!Remote.IsName(wish.Remote)) return "remote is no name of a remote.";
        var bucket = wish.Bucket.Replace(Tier.BucketVariable, "x", StringComparison.Ordinal);
        if (bucket.Length is 0 or > MaxBucketChars || !bucket.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_'))
            return "bucket is no name of a bucket; ${bucket} in it stands for the name of the objects' bucket.";
        if (wish.Prefix is { } prefix && (System.Text.Encoding.UTF8.GetByteCount(prefix) > MaxPrefixBytes || prefix.Any(char.IsControl))) return $"prefix has at most {MaxPrefixBytes} bytes, and no control characters.";
        if (wish.KeepDays is < 0 or > MaxKeepDays) return $"keepDays is a number from 0 to {MaxKeepDays}.";
        if (wish is { KeepDays: > 0, ReadThrough: not true }) return "keepDays is for tiers with readThrough.";
        if (wish.TargetClass is { } target && (target.Length > MaxBucketChars || target.Any(character => character is <= ' ' or > '~'))) return "targetClass is no name of a storage class.";
        return null;
    }

    private async ValueTask<TierDocument> ToDocumentAsync(Tier tier, CancellationToken ct)
    {
        var numbers = remotes.TierRunner.NumbersOf(tier.StorageClass);
        return new TierDocument
        {
            StorageClass = tier.StorageClass,
            Remote = tier.Remote,
            Bucket = tier.Bucket,
            Prefix = tier.Prefix,
            ReadThrough = tier.ReadThrough,
            KeepDays = tier.KeepDays,
            TargetClass = tier.TargetClass.Length > 0 ? tier.TargetClass : null,
            PlainNames = tier.PlainNames,
            CreatedAt = tier.CreatedAt.UtcDateTime,
            Objects = await remotes.Tiers.CountAsync(tier.StorageClass, ct),
            WaitingMoves = numbers.WaitingMoves,
            WaitingRestores = numbers.WaitingRestores,
            WaitingDeletions = numbers.WaitingDeletions,
            IsAway = numbers.IsAway,
            LastError = numbers.LastError,
        };
    }

    private static AdminError NotFound(string storageClass) => AdminError.NotFound($"There is no tier \"{storageClass}\".");

    private static AdminError Unavailable(KvException e) => e.Fault == KvFault.UnknownOutcome
        ? new AdminError(500, "UnknownOutcome", e.Message)
        : new AdminError(503, "ServiceUnavailable", e.Message);
}
