using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>Another S3 endpoint, for tiers and replication. Its secret is never told.</summary>
public sealed record RemoteDocument
{
    public required string Name { get; init; }

    public required string Endpoint { get; init; }

    public required string Region { get; init; }

    public required string AccessKey { get; init; }

    /// <summary>PEM certificates that alone are trusted; absent for the system's.</summary>
    public string? Authorities { get; init; }

    /// <summary>Whether the bucket stands in the host's name.</summary>
    public required bool VirtualHosts { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required DateTime ModifiedAt { get; init; }
}

public sealed record RemoteListDocument(IReadOnlyList<RemoteDocument> Remotes);

/// <summary>What a remote shall be; what is absent is not kept from before, but for the secret.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewRemoteDocument
{
    /// <summary>http://HOST[:PORT] or https://HOST[:PORT].</summary>
    public required string Endpoint { get; init; }

    /// <summary>us-east-1 if absent.</summary>
    public string? Region { get; init; }

    public required string AccessKey { get; init; }

    /// <summary>Absent: the one from before.</summary>
    public string? SecretKey { get; init; }

    /// <summary>PEM certificates that alone are trusted.</summary>
    public string? Authorities { get; init; }

    /// <summary>False if absent.</summary>
    public bool? VirtualHosts { get; init; }

    public override string ToString() => $"NewRemoteDocument {{ Endpoint = {Endpoint}, AccessKey = {AccessKey} }}";
}

/// <summary>How a remote is to be tried out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RemoteTestDocument
{
    /// <summary>An object is written there, read and deleted. Absent: buckets are listed.</summary>
    public string? Bucket { get; init; }

    /// <summary>Of that object's key.</summary>
    public string? Prefix { get; init; }
}

public sealed record RemoteTestResultDocument
{
    public required bool IsOk { get; init; }

    /// <summary>Of the error; absent if all went well.</summary>
    public string? Code { get; init; }

    public required string Message { get; init; }

    public required long ElapsedMs { get; init; }
}
