using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Identities;

/// <summary>A long-lived key of a user or of an account's root.</summary>
internal sealed record AccessKey(string Id, Secret Secret, bool IsActive, DateTimeOffset CreatedAt)
{
    /// <summary>From then on it is as good as deleted; null for one that does not expire. Whole seconds.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What it was asked for by; null for a key without a label.</summary>
    public string? Label { get; init; }

    /// <summary>Of a key with a label: 1 or more.</summary>
    public int Generation { get; init; }

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;
}

/// <summary>A label of a user's keys.</summary>
/// <param name="Generation">The newest that a key was made for, also when that key is gone.</param>
internal sealed record KeyLabel(string Name, int Generation);

/// <summary>A key of a user to be there. The times count when it is made.</summary>
/// <param name="Label">1 to 128 letters, digits, '_', '-' and '.'.</param>
/// <param name="Generation">1 or more; a higher one than there was makes another key and retires those before it.</param>
internal sealed record LabelledKey(string Label, int Generation)
{
    /// <summary>When it ends; null for never. Fractions of a second are cut off.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The same from the making on.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How long keys of older generations live on.</summary>
    public TimeSpan Grace { get; init; }
}

/// <param name="IsNew">Whether the key was made by this call.</param>
internal readonly record struct EnsuredKey(AccessKey Key, bool IsNew);
