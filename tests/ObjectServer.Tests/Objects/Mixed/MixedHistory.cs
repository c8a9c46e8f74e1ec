using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>
/// Random calls of all kinds on two buckets, some of which fail half way, are raced or crash, against a model that knows bodies, tags, annotations and
/// quotas. What a call answers must be possible, and the store be as the model says if it is.
/// </summary>
internal sealed partial class MixedHistory
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly string[] AnnotationNames = ["n", "no", "ü"];

    private static readonly Scheme Warm = new(5, 1);
    private static readonly Scheme Frozen = new(3, 3);

    public static readonly StorageClassTable Classes = new(new Dictionary<string, Scheme> { ["WARM"] = Warm, ["FROZEN"] = Frozen });

    private static readonly CustomerKey CustomerKey = new(ObjectBench.Bytes(32, 1));

    private readonly ObjectBench _bench;
    private readonly Random _random;
    private readonly TroubleMaker _trouble;
    private readonly MixedBucket[] _buckets = [new(ObjectBench.Bucket), new("other-bucket")];
    private readonly int _seed;
    private readonly List<string> _log = [];
    private int _step;
    private bool _isNested;

    /// <summary>Blobs may be left that only a search for orphans finds.</summary>
    private bool _mayLeak;

    public MixedHistory(ObjectBench bench, int seed)
    {
        (_bench, _seed, _random) = (bench, seed, new Random(seed));
        _trouble = new TroubleMaker(bench, _random) { Race = RaceAsync };
        Services = bench.Services;
    }

    /// <summary>False where the store below has no hooks.</summary>
    public bool MakesTrouble { get; init; } = true;

    /// <summary>How often each trouble came to pass.</summary>
    public Dictionary<Trouble, int> Troubles { get; } = [];

    public int Refused { get; private set; }

    /// <summary>Versions that were read and of which something is compressed.</summary>
    public int Compressed { get; private set; }

    private ObjectServices Services { get; set; }

    private string Note => $"seed {_seed}, step {_step}:\n{string.Join('\n', _log.TakeLast(12))}";

    public async Task BeginAsync()
    {
        await _bench.CreateBucketAsync(_buckets[1].Name);
        foreach (var bucket in _buckets)
        {
            await SetRulesAsync(bucket);
            await SetCompressionAsync(bucket, isOn: true);
            // Somebody listens to all of it, so that the queue must count what happens.
            var rule = new NotificationRuleRecord { Id = "all", TargetArn = $"arn:aws:sqs:us-east-1:000000000000:{bucket.Name}", Events = { "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleTransition" } };
            (await Services.Buckets.SetNotificationAsync(bucket.Name, new NotificationRecord { Rules = { rule } }, default)).IsOk.ShouldBeTrue();
        }
    }

    public async Task StepAsync(int step)
    {
        _step = step;
        var bucket = _buckets[_random.Next(3) == 0 ? 1 : 0];
        switch (_random.Next(40))
        {
            case 0 when !ReferenceEquals(bucket, _buckets[1]) && _step > 60 && _random.Next(3) == 0:
                bucket.Versioning = _random.Next(3) == 0 ? VersioningState.Suspended : VersioningState.Enabled;
                _log.Add($"{step} versioning {bucket.Name} {bucket.Versioning}");
                (await Services.Buckets.SetVersioningAsync(bucket.Name, bucket.Versioning, default)).IsOk.ShouldBeTrue(Note);
                break;
            case 1:
                await SetQuotaAsync(bucket);
                break;
            case 2 when MakesTrouble && _random.Next(3) == 0:
                await _bench.CollectAllAsync();
                await ReopenAsync();
                break;
            case 3 or 4 or 5:
                await ExpireAsync();
                break;
            case 6:
                await CollectAsync();
                break;
            case 7 when _random.Next(3) == 0:
                await SetRulesAsync(bucket);
                break;
            case 7:
                await SetCompressionAsync(bucket, _random.Next(4) > 0);
                break;
            case 8 or 9 or 10 or 11 or 12:
                await UploadStepAsync(bucket);
                break;
            default:
                await CallAsync(bucket);
                break;
        }
        await ShouldBeSoundAsync();
    }

    /// <summary>The store as it was committed, in a process that remembers nothing.</summary>
    public async Task ReopenAsync()
    {
        _log.Add($"{_step} reopen");
        await _bench.ReopenAsync(_bench.Store, _random.Next());
        Services = _bench.Services;
    }

    public void Take(ObjectServices services) => (Services, _mayLeak) = (services, true);

    /// <summary>A call on an object.</summary>
    private async Task CallAsync(MixedBucket bucket)
    {
        var key = Names[_random.Next(Names.Length)];
        switch (_random.Next(22))
        {
            case 0 or 1 or 2 or 3: await PutAsync(bucket, key); break;
            case 4 or 5 or 6 or 7: await AppendAsync(bucket, key); break;
            case 8 or 9 or 10: await CopyAsync(bucket, key); break;
            case 11 or 12: await RenameAsync(bucket, key); break;
            case 13: await DeleteAsync(bucket, key); break;
            case 14: await DeleteVersionAsync(bucket, key); break;
            case 15: await TagAsync(bucket, key); break;
            case 16: await RewrapAsync(bucket, key); break;
            case 17: await RemoveAnnotationAsync(bucket, key); break;
            default: await AnnotateAsync(bucket, key); break;
        }
    }

    /// <summary>What another server does meanwhile: a call without trouble, or the collector's turn.</summary>
    private async Task RaceAsync()
    {
        var (own, store) = (Services, _bench.Store);
        var (before, after) = (store.BeforeCommit, store.AfterCommit);
        (store.BeforeCommit, store.AfterCommit, _isNested) = (null, null, true);
        // Positions in queues come from the clock, and are given by one server: two must not take the same.
        var session = await SessionNumber.TakeAsync(store, default);
        Services = ObjectServices.Create(new ObjectEngine(store, _bench.Blobs, own.Engine.Options, session, new Md5Service(), _bench.Time, new Random(_random.Next()), own.Engine.Changes)
        {
            Keys = own.Engine.Keys, Classes = Classes, Lifecycle = new LifecycleRuleCache(LifecycleClock.Calendar, Classes),
        });
        try
        {
            for (var calls = _random.Next(1, 3); calls > 0; calls--)
            {
                if (_random.Next(6) == 0) await _bench.CollectAllAsync();
                else await CallAsync(_buckets[_random.Next(3) == 0 ? 1 : 0]);
            }
        }
        finally
        {
            // That server goes on, and frees what it has thrown away.
            while (Services.Engine.Discarded.TryTake(out var blob)) await _bench.Blobs.DeleteAsync(blob!, default);
            (Services, store.BeforeCommit, store.AfterCommit, _isNested) = (own, before, after, false);
        }
    }

    /// <summary>Runs one call and applies it to the model if it was made.</summary>
    /// <param name="run">Gives the version that it made, where it made one.</param>
    /// <param name="apply">Takes what <paramref name="run"/> gave; null where the answer was lost.</param>
    /// <param name="expected">Without trouble: <see cref="ObjectFault.None"/>, or a fault; <see cref="ObjectFault.Unreadable"/> for any.</param>
    private async Task DoAsync(string what, Func<Task<Result<string?>>> run, Func<string?, Task> apply, ObjectFault expected = ObjectFault.None)
    {
        var kind = _isNested || !MakesTrouble || _random.Next(3) > 0 ? Trouble.None : AnyTrouble(Trouble.BodyEnds);
        if (_isNested)
        {
            var plain = await run();
            _log.Add($"{_step}   race: {what} -> {plain.Fault}");
            // Where bytes move, other rows that are due are worked at side by side.
            if (plain.Fault == ObjectFault.ConditionalRequestConflict) return;
            Judge(plain.Fault, expected, mayFail: false);
            if (plain.IsOk) await apply(plain.Value);
            return;
        }
        _trouble.Arm(kind);
        Result<string?> result;
        try
        {
            result = await run();
        }
        catch (OperationCanceledException) when (kind == Trouble.Crash && _trouble.Fired)
        {
            _trouble.Disarm();
            _log.Add($"{_step} {what}, crash");
            Count(kind);
            _mayLeak = true;
            await ReopenAsync();
            return;
        }
        finally
        {
            _trouble.Disarm();
        }
        _log.Add($"{_step} {what}, {kind}{(_trouble.Fired ? "!" : "")} -> {result.Fault} {result.Failure?.Message}");
        await SettleAsync(kind, result, apply, expected);
    }

    private async Task SettleAsync(Trouble kind, Result<string?> result, Func<string?, Task> apply, ObjectFault expected)
    {
        if (_trouble.Fired) Count(kind);
        switch (_trouble.Fired ? kind : Trouble.None)
        {
            case Trouble.CommitLost:
                _mayLeak = true;
                result.Fault.ShouldBe(ObjectFault.UnknownOutcome, Note);
                return;
            case Trouble.AnswerLost:
                _mayLeak = true;
                result.Fault.ShouldBe(ObjectFault.UnknownOutcome, Note);
                await apply(null);
                return;
            case Trouble.Race:
                // What it met may be anything; what it made must be right.
                if (result.IsOk) await apply(result.Value);
                return;
            case var other:
                Judge(result.Fault, expected, mayFail: other is Trouble.BodyEnds or Trouble.BodyRefused or Trouble.Drives);
                if (result.IsOk) await apply(result.Value);
                return;
        }
    }

    private void Judge(ObjectFault fault, ObjectFault expected, bool mayFail)
    {
        if (expected == ObjectFault.QuotaExceeded && fault == expected) Refused++;
        if (mayFail && fault != ObjectFault.None) return;
        if (expected == ObjectFault.Unreadable) fault.ShouldNotBe(ObjectFault.None, Note);
        else fault.ShouldBe(expected, Note);
    }

    /// <summary>Every other history knows none that may leave blobs behind, so that all of them must be gone at its end.</summary>
    private Trouble AnyTrouble(Trouble first)
    {
        var kind = (Trouble)_random.Next((int)first, (int)Trouble.Race + 1);
        return _seed % 2 == 1 && kind is (Trouble.CommitLost or Trouble.AnswerLost or Trouble.Crash) ? Trouble.Race : kind;
    }

    private void Count(Trouble kind) => Troubles[kind] = Troubles.GetValueOrDefault(kind) + 1;

    private BytesSource Body(byte[] bytes) => _isNested ? new BytesSource(bytes, _random.Next(2) == 0) : _trouble.Body(bytes, _random.Next(2) == 0);

    /// <summary>Nothing, inlined ones, and such of one and of several blobs.</summary>
    private byte[] NewBody() => BodyOf(_random.Next(8) switch { 0 => 0, 1 => _random.Next(1, 17), 2 => 16, 3 => 17, _ => _random.Next(18, 200) });

    /// <summary>Most of them shrink, or parts of them do.</summary>
    private byte[] BodyOf(int length)
    {
        var body = ObjectBench.Bytes(length, _random.Next());
        if (_random.Next(3) == 0) return body;
        var at = _random.Next(4) == 0 ? _random.Next(length + 1) : 0;
        body.AsSpan(at, _random.Next(2) == 0 ? length - at : _random.Next(length - at + 1)).Fill((byte)_random.Next(256));
        return body;
    }

    private static EncryptionRequest? Sealing(EncryptionMethod method) => method == EncryptionMethod.None
        ? null
        : new EncryptionRequest { Method = method, CustomerKey = method == EncryptionMethod.CustomerKey ? CustomerKey : null, KeyId = method == EncryptionMethod.ManagedKey ? "second" : null };

    private static CustomerKey? KeyFor(EncryptionMethod? method) => method == EncryptionMethod.CustomerKey ? CustomerKey : null;

    private EncryptionMethod AnyMethod() => (EncryptionMethod)_random.Next(4);

    private string? AnyClass() => _random.Next(4) switch { 0 => "WARM", 1 => "FROZEN", 2 => "STANDARD", _ => null };

    private static string VersionIn(WriteResult written) => written.VersionId;
}
