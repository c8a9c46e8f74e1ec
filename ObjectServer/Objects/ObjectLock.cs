namespace ObjectStore.Server.Objects;

/// <summary>Values are stored.</summary>
internal enum RetentionMode : byte
{
    None = 0,

    /// <summary>Who may bypass it can shorten or remove it, and delete the version.</summary>
    Governance = 1,

    /// <summary>Nobody can shorten or remove it, or delete the version, before its time.</summary>
    Compliance = 2,
}

/// <summary>Values are stored.</summary>
internal enum LegalHold : byte
{
    /// <summary>Never set.</summary>
    None = 0,
    Off = 1,

    /// <summary>Nobody can delete the version until it is off.</summary>
    On = 2,
}

/// <summary>Until when a version is kept; default: not at all.</summary>
internal readonly record struct Retention(RetentionMode Mode, DateTimeOffset RetainUntil)
{
    public bool IsSet => Mode != RetentionMode.None;
}

/// <summary>What protects a version from deletion. Default: nothing.</summary>
internal readonly record struct ObjectLock(Retention Retention, LegalHold LegalHold)
{
    public bool IsSet => Retention.IsSet || LegalHold != LegalHold.None;
}

/// <summary>What a bucket gives to new versions whose writer asks for no retention: days or years, the other is 0.</summary>
internal sealed record DefaultRetention(RetentionMode Mode, int Days, int Years);
