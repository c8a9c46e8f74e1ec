namespace ObjectStore.Server.Objects.Digests;

/// <summary>A checksum fed piece by piece. Not thread-safe.</summary>
internal interface IRunningChecksum : IDisposable
{
    void Append(ReadOnlySpan<byte> data);

    /// <summary>Big-endian, as the wire's base64 wants it.</summary>
    byte[] Finish();
}
