using Google.Protobuf;
using Google.Protobuf.Reflection;
using ObjectStore.Grpc.Protocol;

namespace ObjectStore.Grpc;

/// <summary>
/// A service of a .proto file and the handlers of its methods. A method without a handler answers UNIMPLEMENTED.
/// Built once at start, then read from any thread.
/// </summary>
public sealed class GrpcService(ServiceDescriptor descriptor)
{
    private readonly Dictionary<string, GrpcHandler> _handlers = [];

    public ServiceDescriptor Descriptor { get; } = descriptor;

    internal IReadOnlyDictionary<string, GrpcHandler> Handlers => _handlers;

    /// <summary>One request, one answer. The token is cancelled at the client's deadline, or when it goes away.</summary>
    /// <exception cref="ArgumentException">The service has no such method, or one with other messages or with streams.</exception>
    public GrpcService Unary<TRequest, TResponse>(string method, Func<TRequest, CancellationToken, Task<TResponse>> handle)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse>, new()
    {
        Require<TRequest, TResponse>(method, clientStreams: false, serverStreams: false);
        var parser = new MessageParser<TRequest>(static () => new TRequest());
        _handlers.Add(method, async (call, ct) =>
        {
            var request = await call.ReadOnlyOneAsync(parser, ct);
            await call.WriteAsync(await handle(request, ct), ct);
        });
        return this;
    }

    /// <summary>One request, a stream of answers.</summary>
    internal GrpcService ServerStreaming<TRequest, TResponse>(string method, Func<TRequest, Func<TResponse, Task>, CancellationToken, Task> handle)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse>, new()
    {
        Require<TRequest, TResponse>(method, clientStreams: false, serverStreams: true);
        var parser = new MessageParser<TRequest>(static () => new TRequest());
        _handlers.Add(method, async (call, ct) =>
        {
            var request = await call.ReadOnlyOneAsync(parser, ct);
            await handle(request, response => call.WriteAsync(response, ct), ct);
        });
        return this;
    }

    /// <summary>A stream of requests, each answered at once: all that reflection needs of streaming.</summary>
    internal GrpcService Conversation<TRequest, TResponse>(string method, Func<TRequest, TResponse> answer)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse>, new()
    {
        Require<TRequest, TResponse>(method, clientStreams: true, serverStreams: true);
        var parser = new MessageParser<TRequest>(static () => new TRequest());
        _handlers.Add(method, async (call, ct) =>
        {
            while (await call.ReadAsync(parser, ct) is { } request) await call.WriteAsync(answer(request), ct);
        });
        return this;
    }

    private void Require<TRequest, TResponse>(string method, bool clientStreams, bool serverStreams)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse>, new()
    {
        var found = Descriptor.FindMethodByName(method)
            ?? throw new ArgumentException($"{Descriptor.FullName} has no method {method}.", nameof(method));
        if (found.IsClientStreaming != clientStreams || found.IsServerStreaming != serverStreams
            || found.InputType != new TRequest().Descriptor || found.OutputType != new TResponse().Descriptor)
        {
            throw new ArgumentException($"{Descriptor.FullName}/{method} is not declared as it is handled.", nameof(method));
        }
    }
}
