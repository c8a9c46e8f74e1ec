namespace ObjectStore.Server.Configuration;

/// <summary>A text that must not reach a log: only <see cref="Reveal"/> gives it.</summary>
internal sealed class Secret(string value)
{
    public int Length => value.Length;

    public string Reveal() => value;

    public override string ToString() => "(secret)";
}
