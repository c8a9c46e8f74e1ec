using System.Net;

namespace ObjectStore.Server.Objects;

/// <summary>Who changed an object, and by which request.</summary>
/// <param name="RequestId">x-amz-request-id.</param>
/// <param name="HostId">x-amz-id-2.</param>
/// <param name="SourceAddress">Null for what the server does by itself.</param>
/// <param name="PrincipalId">aws:userid; "anonymous" for the anonymous.</param>
internal sealed record ChangeOrigin(string RequestId, string HostId, IPAddress? SourceAddress, string PrincipalId)
{
    /// <summary>The server itself, by a rule of lifecycle.</summary>
    public static readonly ChangeOrigin Server = new("", "", null, "");

    /// <summary>Replication, which has brought it from elsewhere: events tell of it, and it is not replicated again.</summary>
    public static readonly ChangeOrigin Replication = new("", "", null, "") { IsReplication = true };

    public bool IsReplication { get; init; }
}
