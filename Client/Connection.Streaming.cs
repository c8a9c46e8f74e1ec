using System.Globalization;
using System.Security.Cryptography;

namespace ObjectStore.Client;

/// <summary>Bodies of any length: time-outs count from the last progress, and only the headers of an answer are waited for.</summary>
public sealed partial class Connection
{
    /// <summary>From here on the server is asked first whether it wants the body: an error then costs no transfer.</summary>
    private const long AskFirstBytes = 1 << 20;

    /// <summary>The server's answer, also where that is an error; after further attempts as <see cref="SendAsync"/>, where the body can be read again.</summary>
    /// <param name="body">Null for the body of <paramref name="wire"/>.</param>
    /// <param name="credentials">Null for a request that is not signed.</param>
    /// <exception cref="ClientException">No answer came.</exception>
    public async Task<StreamedAnswer> StreamAsync(WireRequest wire, StreamedBody? body, Credentials? credentials, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isLast = attempt >= _options.MaxAttempts || body is { IsRepeatable: false };
            try
            {
                var answer = await StreamOnceAsync(wire, body, credentials, ct);
                if (isLast || !MayRepeat(wire, answer.Status)) return answer;
                await answer.DisposeAsync();
            }
            catch (ClientException failure) when (!isLast && failure.IsTransient && (wire.IsRepeatable || !failure.IsOutcomeUnknown))
            {
                // The next attempt answers, or says why not.
            }
            await Task.Delay(PauseAfter(attempt), _time, ct);
        }
    }

    private async Task<StreamedAnswer> StreamOnceAsync(WireRequest wire, StreamedBody? body, Credentials? credentials, CancellationToken ct)
    {
        var watch = new ProgressWatch(_options.StallTimeout, _options.AnswerTimeout, _time, ct);
        HttpResponseMessage? response = null;
        using var request = new HttpRequestMessage(wire.Method, AddressOf(wire));
        var chunks = body is null ? null : new SignedChunksContent(body, watch, _options.AnswerTimeout);
        try
        {
            AddContent(request, wire, chunks);
            AddHeaders(request, wire);
            if (body is not null) request.Headers.TryAddWithoutValidation("x-amz-decoded-content-length", body.LengthBytes.ToString(CultureInfo.InvariantCulture));
            if (body?.LengthBytes >= AskFirstBytes) request.Headers.ExpectContinue = true;
            if (credentials is not null)
            {
                var hash = chunks is null ? Convert.ToHexStringLower(SHA256.HashData(wire.Body)) : ChunkSigner.ContentHash;
                var signer = RequestSigner.Sign(request, hash, credentials, _options.Region, wire.Service, _time.GetUtcNow());
                if (chunks is not null) chunks.Signer = signer;
            }
            response = await _streaming.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token);
            watch.Allow(Timeout.InfiniteTimeSpan);
            var stream = await response.Content.ReadAsStreamAsync(watch.Token);
            return new StreamedAnswer(response, new AnswerStream(stream, watch, exception => Explain(exception, watch)), watch);
        }
        catch (Exception exception)
        {
            response?.Dispose();
            using (watch)
            {
                ct.ThrowIfCancellationRequested();
                if (chunks?.SourceFailure is { } source) throw new StreamSourceException(source);
                if (exception is HttpRequestException or OperationCanceledException or IOException) throw Explain(exception, watch);
                throw;
            }
        }
    }

    private static void AddContent(HttpRequestMessage request, WireRequest wire, SignedChunksContent? chunks)
    {
        if (chunks is not null) request.Content = chunks;
        // Without a body .NET sends again by itself what broke, and what is not repeatable must not be.
        else if (wire.Body.Length > 0 || wire.Method == HttpMethod.Post || wire.Method == HttpMethod.Put || !wire.IsRepeatable) request.Content = new ByteArrayContent(wire.Body);
        if (wire.ContentType is not null) request.Content?.Headers.TryAddWithoutValidation("Content-Type", wire.ContentType);
    }

    // Some belong to the content, as .NET sees it.
    private static void AddHeaders(HttpRequestMessage request, WireRequest wire)
    {
        foreach (var (name, value) in wire.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private ClientException Explain(Exception exception, ProgressWatch watch) => exception switch
    {
        _ when watch.HasStalled => ClientException.TimedOut($"{Server} did not answer, or nothing of a body moved, for {_options.StallTimeout.TotalSeconds:0} s.", exception),
        HttpRequestException request => Explain(request),
        _ => ClientException.Unreachable($"The connection to {Server} broke: {exception.GetBaseException().Message}", wasSent: true, exception),
    };
}
