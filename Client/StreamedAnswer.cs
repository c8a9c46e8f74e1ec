using System.Net.Http.Headers;

namespace ObjectStore.Client;

/// <summary>The headers of an answer, by names without regard to case; the first value of each.</summary>
public sealed class AnswerHeaders
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    internal AnswerHeaders(HttpResponseHeaders headers, HttpContentHeaders content)
    {
        foreach (var (name, values) in headers.NonValidated) _values.TryAdd(name, string.Join(',', values));
        foreach (var (name, values) in content.NonValidated) _values.TryAdd(name, string.Join(',', values));
    }

    /// <summary>Null where the answer has no such header.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    public IEnumerable<KeyValuePair<string, string>> All => _values;
}

/// <summary>An answer whose body is read while it comes. Dispose it, or its connection stays busy.</summary>
public sealed class StreamedAnswer : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly ProgressWatch _watch;

    internal StreamedAnswer(HttpResponseMessage response, Stream body, ProgressWatch watch)
    {
        (_response, _watch) = (response, watch);
        Headers = new AnswerHeaders(response.Headers, response.Content.Headers);
        Body = body;
    }

    public int Status => (int)_response.StatusCode;

    public bool IsSuccess => Status is >= 200 and < 300;

    public AnswerHeaders Headers { get; }

    public string? RequestId => Headers["x-amz-request-id"];

    /// <summary>Of the body; null where the server did not say.</summary>
    public long? LengthBytes => _response.Content.Headers.ContentLength;

    /// <summary>Reads end with a <see cref="ClientException"/> where the connection breaks before the length is there, or stalls.</summary>
    public Stream Body { get; }

    public async ValueTask DisposeAsync()
    {
        await Body.DisposeAsync();
        _response.Dispose();
        _watch.Dispose();
    }
}
