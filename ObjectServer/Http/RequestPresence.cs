namespace ObjectStore.Server.Http;

/// <summary>Whether a request of an HTTP/1.1 connection is being answered by us; what is written otherwise is the server's own.</summary>
internal sealed class RequestPresence
{
    public bool IsAnswering { get; private set; }

    public void Begin() => IsAnswering = true;

    public void End() => IsAnswering = false;
}
