namespace ObjectStore.Grpc;

/// <summary>Told of every call that has ended, from any thread: for metrics and logs.</summary>
public interface IGrpcObserver
{
    /// <param name="method">"package.Service/Method", or empty when there is no such method: what a client made up must not become a label of metrics.</param>
    /// <param name="fault">What the handler threw, when the status does not come from a <see cref="GrpcException"/>.</param>
    void CallEnded(string method, GrpcStatusCode code, string message, TimeSpan elapsed, Exception? fault);
}
