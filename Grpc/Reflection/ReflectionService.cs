using Google.Protobuf.Reflection;

namespace ObjectStore.Grpc.Reflection;

/// <summary>Tells clients such as grpcurl which services there are and how their messages look.</summary>
public sealed class ReflectionService
{
    private readonly IReadOnlyList<string> _services;
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);

    /// <param name="services">All that are served besides this one. Of two files that define one symbol the first counts.</param>
    public ReflectionService(IEnumerable<GrpcService> services)
    {
        Service = new GrpcService(ReflectionReflection.Descriptor.Services[0])
            .Conversation<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo", Answer);
        GrpcService[] all = [.. services, Service];
        _services = [.. all.Select(service => service.Descriptor.FullName).Distinct(StringComparer.Ordinal)];
        foreach (var service in all) Add(service.Descriptor.File);
    }

    public GrpcService Service { get; }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse { Service = { _services.Select(name => new ServiceResponse { Name = name }) } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                AnswerFile(response, _files.GetValueOrDefault(request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                AnswerFile(response, _symbols.GetValueOrDefault(request.FileContainingSymbol), request.FileContainingSymbol);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType when _symbols.ContainsKey(request.AllExtensionNumbersOfType):
                response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = request.AllExtensionNumbersOfType };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                response.ErrorResponse = NotFound(request.AllExtensionNumbersOfType);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                response.ErrorResponse = NotFound($"extension {request.FileContainingExtension.ExtensionNumber} of {request.FileContainingExtension.ContainingType}");
                break;
            default:
                response.ErrorResponse = new ErrorResponse { ErrorCode = (int)GrpcStatusCode.InvalidArgument, ErrorMessage = "The request asks for nothing." };
                break;
        }
        return response;
    }

    private static void AnswerFile(ServerReflectionResponse response, FileDescriptor? file, string name)
    {
        if (file is null)
        {
            response.ErrorResponse = NotFound(name);
            return;
        }
        response.FileDescriptorResponse = new FileDescriptorResponse();
        var told = new HashSet<string>(StringComparer.Ordinal);
        Tell(file);

        void Tell(FileDescriptor one)
        {
            if (!told.Add(one.Name)) return;
            response.FileDescriptorResponse.FileDescriptorProto.Add(one.SerializedData);
            foreach (var dependency in one.Dependencies) Tell(dependency);
        }
    }

    private static ErrorResponse NotFound(string what) => new() { ErrorCode = (int)GrpcStatusCode.NotFound, ErrorMessage = $"{what} is not known here." };

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file)) return;
        foreach (var dependency in file.Dependencies) Add(dependency);
        foreach (var service in file.Services)
        {
            _symbols.TryAdd(service.FullName, file);
            foreach (var method in service.Methods) _symbols.TryAdd(method.FullName, file);
        }
        foreach (var type in file.MessageTypes) Add(type, file);
        foreach (var type in file.EnumTypes) _symbols.TryAdd(type.FullName, file);
    }

    private void Add(MessageDescriptor type, FileDescriptor file)
    {
        _symbols.TryAdd(type.FullName, file);
        foreach (var nested in type.NestedTypes) Add(nested, file);
        foreach (var nested in type.EnumTypes) _symbols.TryAdd(nested.FullName, file);
    }
}
