namespace ObjectStore.Cosi;

/// <summary>Why a call is refused. Rpc/Statuses.cs maps each to its gRPC status, and to nothing else.</summary>
internal enum RefusalReason
{
    /// <summary>The request, the class's parameters or the access class's are wrong: repeating it does not help.</summary>
    InvalidArgument,

    /// <summary>A bucket that was to exist does not.</summary>
    NotFound,

    /// <summary>The name is taken by something that is not what is asked for.</summary>
    AlreadyExists,

    /// <summary>Another call for the same name is under way: repeat it.</summary>
    Aborted,

    /// <summary>The state of the bucket forbids it, such as objects in a bucket that is to be deleted.</summary>
    FailedPrecondition,

    /// <summary>Several buckets in one access where that cannot be.</summary>
    OutOfRange,

    /// <summary>The driver's own credentials may not do it.</summary>
    PermissionDenied,

    /// <summary>The driver's own credentials are not the server's.</summary>
    Unauthenticated,

    /// <summary>The server cannot be reached, or asks for patience: repeat it.</summary>
    Unavailable,

    /// <summary>A limit of the server is reached.</summary>
    ResourceExhausted,

    /// <summary>Not served by this driver or this server.</summary>
    Unimplemented,

    /// <summary>The server answered what it never should.</summary>
    Internal,
}

/// <param name="Message">For those who run the cluster: says what to do, has no secrets.</param>
internal sealed record Refusal(RefusalReason Reason, string Message);

/// <summary>What a call came to: a value, or why there is none.</summary>
internal readonly record struct Outcome<T>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    /// <summary>Null if there is a value.</summary>
    public Refusal? Refusal { get; }

    public bool IsOk => Refusal is null;

    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public T Value => IsOk ? _value! : throw new InvalidOperationException($"Refused: {Refusal!.Message}");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>The value of a call that has nothing to tell.</summary>
internal readonly record struct Done;
