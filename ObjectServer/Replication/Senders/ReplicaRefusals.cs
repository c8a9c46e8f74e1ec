using ObjectStore.Client;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>What refusals of a target mean for a version: whether tomorrow may be different.</summary>
internal static class ReplicaRefusals
{
    /// <summary>
    /// Errors that stay what they are however often the same version is sent. All others may go when somebody makes the bucket, gives the right, raises
    /// the quota or brings the machine back: the version waits, and its reason is shown.
    /// </summary>
    private static readonly HashSet<string> Final = new(StringComparer.Ordinal)
    {
        "ReplicaConflict", "InvalidRequest", "InvalidArgument", "KeyTooLongError", "MetadataTooLarge", "EntityTooLarge", "InvalidTag", "InvalidStorageClass", "NotImplemented",
        "NoSuchVersion", "AnnotationLimitExceeded", "InvalidAnnotationName", "AnnotationNameTooLong", "UnsupportedMediaType", "MethodNotAllowed",
    };

    public static ReplicaOutcome Of(Failure failure)
    {
        var reason = failure.Message is { Length: > 0 } message ? $"{failure.Fault}: {message}" : failure.Fault.ToString();
        return failure.Fault switch
        {
            ObjectFault.ReplicaConflict => ReplicaOutcome.Refused("The key has another version with that sequence."),
            ObjectFault.MalformedReplica or ObjectFault.InvalidKey or ObjectFault.InvalidStorageClass or ObjectFault.ObjectLockNotEnabled or ObjectFault.NoKeyManager or ObjectFault.NoSuchKeyId
                or ObjectFault.NoSuchVersion or ObjectFault.AnnotationsUnsupported or ObjectFault.TooManyAnnotations or ObjectFault.EntityTooLarge
                or ObjectFault.ObjectArchived => ReplicaOutcome.Refused(reason),
            _ => ReplicaOutcome.Unavailable(reason),
        };
    }

    public static ReplicaOutcome Of(ClientException failure)
    {
        var reason = failure.Kind == ClientErrorKind.Refused ? $"{failure.Code}: {failure.Message}" : failure.Message;
        return failure.Kind == ClientErrorKind.Refused && !failure.IsTransient && Final.Contains(failure.Code) ? ReplicaOutcome.Refused(reason) : ReplicaOutcome.Unavailable(reason);
    }
}
