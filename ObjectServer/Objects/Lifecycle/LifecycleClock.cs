using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Counts days as S3 does: they are added, and the sum is rounded up to the next midnight in UTC. For tests a day may last some
/// seconds; then nothing is rounded, and dates stay what they are. Source: S3 User Guide, "Lifecycle configuration elements".
/// </summary>
/// <param name="day">Null for days of the calendar.</param>
internal sealed class LifecycleClock(TimeSpan? day = null)
{
    /// <summary>The last midnight that there is a date for: days may be many.</summary>
    private static readonly ulong LastTicks = new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero).ToTicks();

    public static LifecycleClock Calendar { get; } = new();

    public bool IsCalendar => day is null;

    /// <summary>How long one is.</summary>
    public TimeSpan Day => day ?? TimeSpan.FromDays(1);

    /// <summary>When something is due that is so many days after <paramref name="fromTicks"/>.</summary>
    public ulong Due(ulong fromTicks, int days)
    {
        const ulong dayTicks = TimeSpan.TicksPerDay;
        if (day is { } length) return Bounded((UInt128)fromTicks + (UInt128)days * (UInt128)length.Ticks);
        return Bounded(((UInt128)(fromTicks / dayTicks) + (UInt128)days + 1) * dayTicks);
    }

    private static ulong Bounded(UInt128 ticks) => ticks > LastTicks ? LastTicks : (ulong)ticks;

    /// <summary>Dates before 1970 are long past anyway.</summary>
    public static ulong Due(DateTimeOffset date) => date <= DateTimeOffset.UnixEpoch ? 0 : date.ToTicks();
}
