namespace ObjectStore.Server.Iam;

/// <summary>Either what the result element of an answer holds, or an error.</summary>
internal readonly struct Answer
{
    /// <summary>Answers that have no result element.</summary>
    public static readonly Answer Empty = new(write: null);

    private Answer(Action<AnswerWriter>? write) => Write = write;

    private Answer(QueryError error) => Error = error;

    public Action<AnswerWriter>? Write { get; }

    public QueryError? Error { get; }

    public static Answer Of(Action<AnswerWriter> write) => new(write);

    public static Answer Of<T>(IdentityResult<T> result) => result.IsOk ? Empty : new Answer(QueryErrors.Of(result.Refusal));

    public static Answer Of<T>(IdentityResult<T> result, Action<AnswerWriter, T> write)
    {
        if (!result.IsOk) return new Answer(QueryErrors.Of(result.Refusal));
        var value = result.Value;
        return new Answer(writer => write(writer, value));
    }

    public static implicit operator Answer(QueryError error) => new(error);

    public static implicit operator Answer(Refusal refusal) => new(QueryErrors.Of(refusal));
}
