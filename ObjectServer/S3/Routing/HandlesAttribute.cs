namespace ObjectStore.Server.S3.Routing;

/// <summary>Says which row of the <see cref="OperationTable"/> an <see cref="IS3Operation"/> is the handler of.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
internal sealed class HandlesAttribute(S3OperationName name) : Attribute
{
    public S3OperationName Name { get; } = name;
}
