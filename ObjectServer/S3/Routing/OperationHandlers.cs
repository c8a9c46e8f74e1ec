using System.Reflection;

namespace ObjectStore.Server.S3.Routing;

/// <summary>The handlers by operation; filled once at start from what each handler says it <see cref="HandlesAttribute">handles</see>.</summary>
internal sealed class OperationHandlers
{
    private readonly IS3Operation?[] _byName = new IS3Operation?[Enum.GetValues<S3OperationName>().Length];

    public OperationHandlers(IEnumerable<IS3Operation> operations)
    {
        foreach (var operation in operations)
        {
            foreach (var name in NamesOf(operation.GetType()))
            {
                if (_byName[(int)name] is not null) throw new InvalidOperationException($"{name} has two handlers.");
                _byName[(int)name] = operation;
            }
        }
    }

    /// <summary>The handler, or null if the call is not built.</summary>
    public IS3Operation? Find(S3OperationName name) => _byName[(int)name];

    /// <summary>The calls that this program has a handler for.</summary>
    public static IReadOnlySet<S3OperationName> Built { get; } = typeof(OperationHandlers).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IS3Operation)) && type is { IsAbstract: false })
        .SelectMany(NamesOf)
        .ToHashSet();

    private static IEnumerable<S3OperationName> NamesOf(Type handler) =>
        handler.GetCustomAttributes<HandlesAttribute>(inherit: false).Select(attribute => attribute.Name);
}
