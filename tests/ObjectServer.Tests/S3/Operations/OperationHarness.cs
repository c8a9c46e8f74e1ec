using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Operations;
using ObjectStore.Server.S3.Routing;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>What was sent. <see cref="Aborted"/>: the connection was broken.</summary>
internal sealed record Answer(int Status, IHeaderDictionary Headers, byte[] Body, bool Aborted)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body without the XML declaration, which must be there.</summary>
    public string Xml
    {
        get
        {
            const string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
            Text.ShouldStartWith(declaration);
            return Text[declaration.Length..];
        }
    }

    /// <summary>The text of the first element of this name; null if there is none.</summary>
    public string? Element(string name)
    {
        var start = Text.IndexOf($"<{name}>", StringComparison.Ordinal);
        return start < 0 ? null : Text[(start + name.Length + 2)..Text.IndexOf($"</{name}>", StringComparison.Ordinal)];
    }

    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    /// <summary>Status and error code, or the status alone.</summary>
    public string Outcome => Element("Code") is { } code ? $"{Status} {code}" : $"{Status}";
}

/// <summary>Runs operations as the pipeline does, but without sockets and signatures: requests in, exact bytes out.</summary>
internal sealed class OperationHarness : IAsyncDisposable
{
    public const string OwnerId = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";

    private static readonly Principal Owner = new(PrincipalKind.Root, "123456789012", OwnerId, "root", "arn:aws:iam::123456789012:root");
    private readonly OperationHandlers _handlers;
    private readonly InMemoryKeyValueStore _store;

    private OperationHarness(InMemoryKeyValueStore store, MemoryBlobStore blobs, ObjectServices services, FakeIdentities identities, S3OperationOptions options)
    {
        (_store, Blobs, Services, Identities) = (store, blobs, services, identities);
        _handlers = new OperationHandlers(OperationSet.All(services, identities, options));
    }

    public MemoryBlobStore Blobs { get; }

    public ObjectServices Services { get; }

    /// <summary>Knows the account that makes the requests; others may be added.</summary>
    public FakeIdentities Identities { get; }

    public bool Anonymous { get; set; }

    public S3Dialect Dialect { get; set; } = S3Dialect.Aws;

    /// <summary>What is asked beside the call itself, and what is denied of it; all is allowed at first.</summary>
    public FakeAccess Access { get; set; } = new();

    /// <summary>The exception that the last request ended with, which its answer may hide.</summary>
    public Exception? LastFault { get; private set; }

    public static async Task<OperationHarness> OpenAsync(string region = "us-east-1", TimeProvider? time = null, Func<S3OperationOptions, S3OperationOptions>? configure = null)
    {
        var store = new InMemoryKeyValueStore();
        var blobs = new MemoryBlobStore();
        var services = await ObjectServices.OpenAsync(store, blobs, new() { MinPartBytes = 5 }, time ?? TimeProvider.System, new Random(1), CancellationToken.None, new Keyring(new TestKeys()));
        var options = new S3OperationOptions(region) { AllowCustomerKeysWithoutTls = true };
        return new OperationHarness(store, blobs, services, new FakeIdentities().Add(Owner.AccountId, OwnerId, "root"), configure?.Invoke(options) ?? options);
    }

    public Task<Answer> SendAsync(string method, string target, string body, params (string Name, string Value)[] headers) =>
        SendAsync(method, target, Encoding.UTF8.GetBytes(body), headers);

    public async Task<Answer> SendAsync(string method, string target, byte[]? body = null, params (string Name, string Value)[] headers) =>
        await TrySendAsync(method, target, body ?? [], headers) ?? throw new InvalidOperationException($"No operation: {method} {target}");

    /// <summary>Null when there is no operation for the request, or its framing is refused before one runs.</summary>
    public async Task<Answer?> TrySendAsync(string method, string target, byte[] body, (string Name, string Value)[] headers)
    {
        var response = new RecordedResponse();
        if (Context(method, target, body, headers, response, Anonymous ? Principal.Anonymous : Owner, Access, Dialect) is not { } context
            || _handlers.Find(context.Operation.Name) is not { } operation)
        {
            return null;
        }

        LastFault = null;
        try
        {
            await operation.ExecuteAsync(context, CancellationToken.None);
        }
        catch (Exception fault)
        {
            LastFault = fault;
            await context.SendErrorAsync(S3FaultMap.Map(fault), CancellationToken.None);
        }

        await response.Body.CompleteAsync();
        return response.ToAnswer();
    }

    public static (S3RequestContext Context, RecordedResponse Response) ContextFor(string method, string target)
    {
        var response = new RecordedResponse();
        return (Context(method, target, [], [], response, Owner, new FakeAccess(), S3Dialect.Aws)!, response);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static S3RequestContext? Context(
        string method, string target, byte[] body, (string Name, string Value)[] headers, RecordedResponse response, Principal principal, FakeAccess access, S3Dialect dialect)
    {
        var mark = target.IndexOf('?');
        var (path, query) = mark < 0 ? (target, "") : (target[..mark], target[(mark + 1)..]);
        var slash = path.IndexOf('/', 1);
        var bucket = slash < 0 ? path[1..] : path[1..slash];
        var key = slash < 0 ? "" : PercentEncoding.DecodePath(path.AsSpan(slash + 1))!;
        var parsed = new S3Query(query);
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
            dictionary.Append(name, value);

        HoistedHeaders.Restore(parsed, dictionary);
        ExpectedDigests.TryRead(dictionary, ofBody: !(method == "POST" && parsed.Contains("uploadId")), trailerAllowed: false, null, out var digests).ShouldBeNull();
        var level = bucket.Length == 0 ? ResourceLevel.Service : key.Length == 0 ? ResourceLevel.Bucket : ResourceLevel.Key;
        var selectors = parsed.SelectorBits | (dictionary.ContainsKey("x-amz-copy-source") ? SelectorSet.CopySourceBit : 0);
        if (!OperationRouter.TryRoute(Enum.Parse<RequestMethod>(method, ignoreCase: true), level, selectors, out var row))
            return null;
        var request = new AccessRequest
        {
            Operation = row!,
            Principal = principal,
            Bucket = bucket.Length == 0 ? null : bucket,
            Key = key.Length == 0 ? null : key,
            Query = parsed,
            Headers = dictionary,
            Time = DateTimeOffset.UtcNow,
        };
        return new S3RequestContext
        {
            Operation = row!,
            Dialect = dialect,
            Principal = principal,
            Access = access.For(request),
            Bucket = request.Bucket,
            Key = request.Key,
            Query = parsed,
            Headers = dictionary,
            Body = new MemoryBody(body, digests),
            Response = response,
            RequestId = "0123456789ABCDEF",
            HostId = "host",
            Resource = path,
            Scheme = "http",
            Host = "localhost:9000",
        };
    }

    private sealed class MemoryBody(byte[] content, ExpectedDigests expected) : RequestBody(expected)
    {
        private int _position;

        public override long? LengthBytes => content.Length;

        public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
        {
            var count = Math.Min(destination.Length, content.Length - _position);
            content.AsMemory(_position, count).CopyTo(destination);
            _position += count;
            return ValueTask.FromResult(count);
        }
    }

    internal sealed class RecordedResponse : IS3Response
    {
        private readonly MemoryStream _sent = new();

        public RecordedResponse() => Body = PipeWriter.Create(_sent);

        public int StatusCode { get; set; } = 200;

        public IHeaderDictionary Headers { get; } = new HeaderDictionary();

        public PipeWriter Body { get; }

        public bool HasStarted => _sent.Length > 0;

        private bool Aborted { get; set; }

        public void Abort() => Aborted = true;

        public Answer ToAnswer() => new(StatusCode, Headers, _sent.ToArray(), Aborted);
    }
}
