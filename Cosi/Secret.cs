namespace ObjectStore.Cosi;

/// <summary>A text that must not reach a log or a message: only <see cref="Reveal"/> gives it.</summary>
internal sealed class Secret(string value)
{
    public string Reveal() => value;

    public override string ToString() => "(secret)";
}
