using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>What tells others of changes, put together.</summary>
internal sealed class NotificationService
{
    public required NotificationOptions Options { get; init; }

    public required EventTargets Targets { get; init; }

    public required NotificationChecks Checks { get; init; }

    /// <summary>To be run in the background; shows its numbers.</summary>
    public required EventDispatcher Dispatcher { get; init; }

    /// <param name="keys">Null: secrets of targets are stored plain.</param>
    /// <exception cref="Metadata.Kv.KvException">The targets cannot be read.</exception>
    public static async ValueTask<NotificationService> OpenAsync(
        ObjectEngine engine, IIdentities identities, NotificationOptions options, Random random, ILoggerFactory loggers, CancellationToken ct, IEventSenders? senders = null, IKeyManager? keys = null)
    {
        var targets = new EventTargets(engine.Store, engine.Time, new EventTargetSecrets(new SecretSealer(keys)));
        if (await targets.LoadAsync(ct) is { } problem) NotificationLog.SecretsWait(loggers.CreateLogger<EventDispatcher>(), problem);
        return new NotificationService
        {
            Options = options,
            Targets = targets,
            Checks = new NotificationChecks(targets, senders ?? new EventSenders(options.TestTimeout, options.AllowedEndpoints), identities),
            Dispatcher = new EventDispatcher(engine, targets, senders ?? new EventSenders(options.Timeout, options.AllowedEndpoints), options, random, loggers.CreateLogger<EventDispatcher>()),
        };
    }
}
