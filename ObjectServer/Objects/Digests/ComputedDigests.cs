namespace ObjectStore.Server.Objects.Digests;

/// <summary>The digests of one whole body, big-endian. Memory stays valid.</summary>
internal sealed class ComputedDigests
{
    private readonly byte[]?[] _values = new byte[11][];

    public ReadOnlyMemory<byte> Md5 => _values[(int)ChecksumAlgorithm.Md5];

    public long LengthBytes { get; internal init; }

    /// <summary>False if it was not asked for.</summary>
    public bool TryGet(ChecksumAlgorithm algorithm, out ReadOnlyMemory<byte> value)
    {
        var found = _values[(int)algorithm];
        value = found;
        return found is not null;
    }

    internal void Set(ChecksumAlgorithm algorithm, byte[] value) => _values[(int)algorithm] = value;
}
