using System.Diagnostics.CodeAnalysis;

namespace ObjectStore.Server.Objects;

/// <summary>A refusal, with the facts that an answer to it may need.</summary>
internal sealed record Failure(ObjectFault Fault)
{
    /// <summary>For people.</summary>
    public string? Message { get; init; }

    /// <summary>Of a delete marker that is in the way.</summary>
    public string? VersionId { get; init; }

    /// <summary>When the delete marker was made.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>What a condition was judged against, where it exists.</summary>
    public ObjectInfo? Object { get; init; }

    public int? PartNumber { get; init; }
}

/// <summary>Either a value or a <see cref="Failure"/>. Faults of the machine are exceptions instead.</summary>
internal readonly struct Result<T>
{
    private readonly T? _value;

    public Result(T value) => _value = value;

    public Result(Failure failure) => Failure = failure;

    /// <summary>Null on success.</summary>
    public Failure? Failure { get; }

    public ObjectFault Fault => Failure?.Fault ?? ObjectFault.None;

    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsOk => Failure is null;

    /// <exception cref="InvalidOperationException">It is a failure.</exception>
    public T Value => IsOk ? _value! : throw new InvalidOperationException($"No value: {Failure.Fault} {Failure.Message}");

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(Failure failure) => new(failure);

    public static implicit operator Result<T>(ObjectFault fault) => new(new Failure(fault));
}

/// <summary>The value of an operation that only succeeds.</summary>
internal readonly record struct Done;
