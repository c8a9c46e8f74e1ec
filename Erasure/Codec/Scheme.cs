namespace ObjectStore.Erasure.Codec;

/// <summary>
/// k data shards and m parity shards: any k of the k+m give the blob back. k = 1 is replication.
/// </summary>
/// <param name="DataShards">k, at least 1.</param>
/// <param name="ParityShards">m, at least 0; k + m is at most 256 (the order of the field GF(2^8)).</param>
public readonly record struct Scheme(int DataShards, int ParityShards)
{
    public const int MaxTotalShards = 256;

    public int TotalShards => DataShards + ParityShards;

    public bool IsValid => DataShards >= 1 && ParityShards >= 0 && TotalShards <= MaxTotalShards;

    public override string ToString() => $"{DataShards}+{ParityShards}";
}
