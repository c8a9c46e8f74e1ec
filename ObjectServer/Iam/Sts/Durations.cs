using System.Globalization;

namespace ObjectStore.Server.Iam;

/// <summary>How long sessions may be, in seconds.</summary>
internal static class Durations
{
    public const int Min = 900;

    /// <summary>Where nothing is asked for.</summary>
    public const int OfRole = 3600;

    private const int MaxOfRole = 43_200;

    public static Refusal? Check(int seconds, int min, int max)
    {
        var text = seconds.ToString(CultureInfo.InvariantCulture);
        if (seconds < min) return IdentityRules.Invalid(text, "durationSeconds", $"Member must have value greater than or equal to {min}");
        return seconds > max ? IdentityRules.Invalid(text, "durationSeconds", $"Member must have value less than or equal to {max}") : null;
    }

    /// <param name="isChained">Whether the caller is itself a session of a role.</param>
    public static Refusal? Check(int seconds, Role role, bool isChained)
    {
        if (Check(seconds, Min, MaxOfRole) is { } refusal) return refusal;
        if (seconds > role.MaxSessionSeconds)
            return new Refusal(IdentityFault.ValidationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        return isChained && seconds > OfRole
            ? new Refusal(IdentityFault.ValidationError, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
            : null;
    }
}
