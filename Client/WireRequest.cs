namespace ObjectStore.Client;

/// <summary>A request before it is signed.</summary>
/// <param name="PathAndQuery">Percent-encoded, from the first slash.</param>
/// <param name="Service">What it is signed for.</param>
public sealed record WireRequest(HttpMethod Method, string PathAndQuery, string Service)
{
    public byte[] Body { get; init; } = [];

    /// <summary>Goes before the server's name, with a dot between: the bucket, where it stands in the host's name. Null for nothing.</summary>
    public string? Host { get; init; }

    public string? ContentType { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>
    /// Whether sending it twice changes neither what is then there nor the answer, so that it may be sent again after an attempt of which
    /// nobody knows whether it was carried out. By default what reads and what replaces; not what makes or removes: a second answer would be another.
    /// </summary>
    public bool IsRepeatable { get; init; } = Method == HttpMethod.Get || Method == HttpMethod.Head || Method == HttpMethod.Put;
}

/// <summary>An answer with its whole body.</summary>
public sealed record WireAnswer(int Status, byte[] Body, string? RequestId)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}
