namespace ObjectStore.Server.Policies;

/// <summary>What a policy is attached to, which decides what its statements must and must not say.</summary>
internal enum PolicyType
{
    /// <summary>Of a user, group or role, a managed policy, a permissions boundary or a session policy: it names no principal.</summary>
    Identity,

    /// <summary>Of a bucket: names principals and resources.</summary>
    Resource,

    /// <summary>Of a role, saying who may assume it: names principals and no resources.</summary>
    Trust,

    /// <summary>Of a topic: names principals and resources.</summary>
    Topic,
}
