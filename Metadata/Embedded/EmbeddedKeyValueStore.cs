using System.Buffers.Binary;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The default backend: a journal that is mirrored over min(m + 1, drives) drives, and a RocksDB beside each copy that
/// caches it. Every acknowledged commit is synced on every mirror. Reads come from one mirror's snapshot.
/// </summary>
/// <remarks>Formats: docs/formats/journal.md.</remarks>
public sealed class EmbeddedKeyValueStore : IKeyValueStore
{
    private readonly Cache _cache;
    private readonly MirrorSet _mirrors;
    private readonly Committer _committer;
    private readonly MirrorReplacer _replacer;
    private readonly Lock _closeLock = new();
    private Task? _close;

    private EmbeddedKeyValueStore(Cache cache, MirrorSet mirrors, Committer committer, MirrorReplacer replacer, uint session)
    {
        _cache = cache;
        _mirrors = mirrors;
        _committer = committer;
        _replacer = replacer;
        SessionNumber = session;
    }

    /// <summary>Taken durably by this open, and larger than that of any open before it.</summary>
    public uint SessionNumber { get; }

    public EmbeddedHealth Health => _mirrors.Health();

    /// <summary>Opens the store on its drives, or begins one if none of them has ever held a store.</summary>
    /// <param name="drives">All drives that could be opened, in any order.</param>
    /// <param name="options">Limits and deadlines.</param>
    /// <param name="time">Measures deadlines.</param>
    /// <param name="logger">Told what an operator should know.</param>
    /// <param name="ct">Heeded while mirrors are levelled.</param>
    /// <exception cref="KvException">
    /// <see cref="KvFault.Unavailable"/>: drives are missing, and the message says which. <see cref="KvFault.Corrupt"/>: no member is whole.
    /// </exception>
    public static async Task<EmbeddedKeyValueStore> OpenAsync(
        IReadOnlyList<IMirrorDrive> drives, EmbeddedOptions options, TimeProvider time, ILogger? logger = null, CancellationToken ct = default)
    {
        logger ??= NullLogger.Instance;
        var cache = Cache.CreateLru(options.BlockCacheBytes);
        try
        {
            var keeper = new MembershipKeeper(drives, options, time, logger);
            var opener = new MirrorOpener(options, cache, logger);
            var mirrors = new MirrorSet(await new StoreOpener(drives, keeper, opener, logger).OpenAsync(ct), keeper, options, time, logger);
            return await StartAsync(drives, cache, mirrors, keeper, opener, options, time, logger, ct);
        }
        catch (MembershipException exception)
        {
            cache.Dispose();
            throw new KvException(KvFault.Unavailable, exception.Message, exception);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    public IKvSnapshot Snapshot() => new EmbeddedSnapshot(_mirrors.AcquireView());

    public IKvTransaction Begin() => new EmbeddedTransaction(_committer, _mirrors.AcquireView());

    public ValueTask DisposeAsync()
    {
        lock (_closeLock) return new ValueTask(_close ??= CloseAsync());
    }

    private static async Task<EmbeddedKeyValueStore> StartAsync(
        IReadOnlyList<IMirrorDrive> drives, Cache cache, MirrorSet mirrors, MembershipKeeper keeper, MirrorOpener opener, EmbeddedOptions options, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var committer = new Committer(options, mirrors);
        try
        {
            var session = await TakeSessionAsync(mirrors, committer, ct);
            // From the second epoch on, empty journals are known to be a loss.
            if (mirrors.Epoch == 1) await committer.RunExclusiveAsync(() => keeper.ChangeAsync(keeper.Current.Members), ct);
            EmbeddedEvents.Opened(logger, mirrors.Epoch, mirrors.Members.Count, mirrors.LastLsn, session);
            var replacer = new MirrorReplacer(drives, mirrors, committer, opener, options, keeper.WantedMirrors, time, logger);
            mirrors.MemberFenced = replacer.Wake;
            mirrors.MemberFailed = () => FenceFailed(committer, mirrors);
            return new EmbeddedKeyValueStore(cache, mirrors, committer, replacer, session);
        }
        catch
        {
            await committer.DisposeAsync();
            await mirrors.CloseAsync();
            throw;
        }
    }

    private async Task CloseAsync()
    {
        _mirrors.MemberFenced = null;
        await _replacer.DisposeAsync();
        await _committer.DisposeAsync();
        await _mirrors.CloseAsync();
        _cache.Dispose();
    }

    private static async Task<uint> TakeSessionAsync(MirrorSet mirrors, Committer committer, CancellationToken ct)
    {
        byte[] key = [KvTables.System, .. "session"u8];
        using var transaction = new EmbeddedTransaction(committer, mirrors.AcquireView());
        var last = await transaction.GetAsync(key, ct) is { } row ? BinaryPrimitives.ReadUInt32BigEndian(row.Span) : 0;
        var session = checked(last + 1);
        var value = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(value, session);
        transaction.Put(key, value);
        await transaction.CommitAsync(ct);
        return session;
    }

    private static void FenceFailed(Committer committer, MirrorSet mirrors) => _ = Task.Run(async () =>
    {
        try
        {
            await committer.RunExclusiveAsync(mirrors.FenceFailedAsync, CancellationToken.None);
        }
        catch (ChannelClosedException)
        {
            // The store is closing: the next open fences what has failed.
        }
        catch (Exception exception)
        {
            // The store has latched, or is closing; either way commits say so from now on.
            mirrors.Latch($"a failed mirror could not be fenced: {exception.Message}");
        }
    });
}
