using System.Diagnostics.CodeAnalysis;

namespace ObjectStore.Server.Identities;

/// <summary>Why a change of identities, or a question about them, is refused.</summary>
internal enum IdentityFault
{
    None,
    NoSuchEntity,
    EntityAlreadyExists,

    /// <summary>Something still belongs to what is to be deleted.</summary>
    DeleteConflict,

    LimitExceeded,

    /// <summary>A value that breaks a rule of form: name, path, length.</summary>
    ValidationError,

    InvalidInput,
    MalformedPolicyDocument,

    /// <summary>It is one of those that exist everywhere and cannot be changed.</summary>
    NotAttachable,
    UnmodifiableEntity,

    /// <summary>A generation of a labelled key that has been superseded or has ended: its key is gone, and is not made again.</summary>
    StaleGeneration,

    /// <summary>The store failed while it committed: the change may or may not be there.</summary>
    UnknownOutcome,

    /// <summary>The store cannot commit now; nothing was changed.</summary>
    Unavailable,
}

/// <summary>A refusal, in words for people.</summary>
internal sealed record Refusal(IdentityFault Fault, string Message);

/// <summary>Either a value or a <see cref="Refusal"/>. Faults of the machine are exceptions instead.</summary>
internal readonly struct IdentityResult<T>
{
    private readonly T? _value;

    public IdentityResult(T value) => _value = value;

    public IdentityResult(Refusal refusal) => Refusal = refusal;

    /// <summary>Null on success.</summary>
    public Refusal? Refusal { get; }

    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsOk => Refusal is null;

    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public T Value => IsOk ? _value! : throw new InvalidOperationException($"No value: {Refusal.Fault} {Refusal.Message}");

    public static implicit operator IdentityResult<T>(T value) => new(value);

    public static implicit operator IdentityResult<T>(Refusal refusal) => new(refusal);
}
