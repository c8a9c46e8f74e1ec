using ObjectStore.Server.Admin;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Logging;

namespace ObjectStore.Server.Composition;

/// <summary>What lies behind the protocol, opened and ready: drives, metadata, object services, and the operations over them.</summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>The calls of S3 that are built.</summary>
    IReadOnlyList<IS3Operation> Operations { get; }

    /// <summary>Accounts, users and their keys.</summary>
    IdentityService Identities { get; }

    /// <summary>What pages of other origins may do, which concerns every answer.</summary>
    ICorsRules Cors { get; }

    /// <summary>For the operator, who sees everybody's.</summary>
    BucketService Buckets { get; }

    /// <summary>Where changes are told, and who.</summary>
    NotificationService Notifications { get; }

    /// <summary>For the operator.</summary>
    IStoreStatus Status { get; }

    /// <summary>Calls of the admin API beyond those of accounts, buckets and targets.</summary>
    IEnumerable<AdminCall> AdminCalls => [];

    /// <summary>Decides what requests may do.</summary>
    IAuthorizer Authorizer { get; }

    /// <summary>For websites; null where there are none.</summary>
    ObjectReader? Reader => null;

    /// <summary>Counts requests for their buckets; null where nobody does.</summary>
    RequestMetrics? RequestMetrics => null;

    /// <summary>Takes the records of requests; null where none are kept.</summary>
    AccessLog? AccessLog => null;

    IReadOnlyList<IMetricsSource> Metrics { get; }

    /// <summary>Answers from memory.</summary>
    HealthReport Health { get; }
}

/// <summary>Opens the store.</summary>
/// <exception cref="StartException">It must not be opened; says why, in words for the operator.</exception>
internal delegate ValueTask<IStore> StoreOpener(ServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct);
