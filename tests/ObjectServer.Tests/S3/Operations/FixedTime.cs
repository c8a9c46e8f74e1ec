namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>A clock that stands at 2024-06-01 12:00:00.250 until it is moved.</summary>
internal sealed class FixedTime : TimeProvider
{
    public const string Iso = "2024-06-01T12:00:00.250Z";
    public const string Http = "Sat, 01 Jun 2024 12:00:00 GMT";

    private DateTimeOffset _now = new(2024, 6, 1, 12, 0, 0, 250, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
