using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>What befalls one call.</summary>
internal enum Trouble
{
    None,

    /// <summary>The body is shorter than it was announced.</summary>
    BodyEnds,

    /// <summary>The body's digest is not what its sender said.</summary>
    BodyRefused,

    /// <summary>The drives take nothing.</summary>
    Drives,

    /// <summary>The drives take a while for each blob.</summary>
    Slow,

    /// <summary>The first commits meet others.</summary>
    Conflicts,

    /// <summary>A commit fails, and whether it was made is not known: it was not.</summary>
    CommitLost,

    /// <summary>As before, but it was made.</summary>
    AnswerLost,

    /// <summary>The process ends before a commit, and another one begins.</summary>
    Crash,

    /// <summary>Another server's call on the same keys comes between what a transaction reads and its commit.</summary>
    Race,
}

/// <summary>Lets one trouble befall one call, at one of its commits.</summary>
internal sealed class TroubleMaker(ObjectBench bench, Random random)
{
    private int _fired;

    public Trouble Kind { get; private set; }

    /// <summary>Whether it came to pass.</summary>
    public bool Fired => _fired > 0;

    /// <summary>Run once, in the midst of a commit.</summary>
    public required Func<Task> Race { get; init; }

    public void Arm(Trouble kind)
    {
        (Kind, _fired) = (kind, 0);
        var skip = random.Next(3) == 0 ? random.Next(4) : 0;
        var times = random.Next(1, 4);
        switch (kind)
        {
            case Trouble.Drives:
                bench.Blobs.CommitFault = new BlobStoreException(BlobStoreFault.TooFewDrives, "away");
                _fired = 1;
                break;
            case Trouble.Slow:
                bench.Blobs.BeforeCommit = _ =>
                {
                    bench.Time.Advance(TimeSpan.FromSeconds(11));
                    _fired = 1;
                };
                break;
            case Trouble.BodyEnds or Trouble.BodyRefused:
                _fired = 1;
                break;
            case Trouble.AnswerLost:
                bench.Store.AfterCommit = _ => Once(ref skip, () => throw new KvException(KvFault.UnknownOutcome, "The answer was lost."));
                break;
            case Trouble.Conflicts:
                bench.Store.BeforeCommit = _ =>
                {
                    if (Interlocked.Increment(ref _fired) <= times) throw new KvException(KvFault.Conflict, "Another one came first.");
                };
                break;
            case not Trouble.None:
                bench.Store.BeforeCommit = _ => Once(ref skip, Before);
                break;
        }
    }

    public void Disarm()
    {
        (bench.Blobs.CommitFault, bench.Blobs.BeforeCommit) = (null, null);
        if (Kind != Trouble.None) (bench.Store.BeforeCommit, bench.Store.AfterCommit) = (null, null);
    }

    private void Once(ref int skip, Action action)
    {
        if (Interlocked.Decrement(ref skip) >= 0 || Interlocked.Exchange(ref _fired, 1) != 0) return;
        action();
    }

    private void Before()
    {
        switch (Kind)
        {
            case Trouble.CommitLost: throw new KvException(KvFault.UnknownOutcome, "The commit was lost.");
            case Trouble.Crash: throw new OperationCanceledException("The process ends here.");
            default: Task.Run(Race).GetAwaiter().GetResult(); break;
        }
    }

    /// <summary>A body, as the trouble has it.</summary>
    public BytesSource Body(byte[] bytes, bool isLengthKnown) => Kind switch
    {
        Trouble.BodyEnds => new BytesSource(bytes) { AnnouncedBytes = bytes.Length + 1 },
        Trouble.BodyRefused => new BytesSource(bytes, isLengthKnown) { Check = _ => new Failure(ObjectFault.BadDigest) },
        _ => new BytesSource(bytes, isLengthKnown),
    };
}
