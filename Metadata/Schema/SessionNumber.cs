using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Schema;

/// <summary>One number for every opening of a store, never given twice: ids made under it are unique without further writes.</summary>
public static class SessionNumber
{
    /// <summary>Takes the next number durably.</summary>
    /// <exception cref="KvException">The store could not commit: do not serve.</exception>
    public static async ValueTask<uint> TakeAsync(IKeyValueStore store, CancellationToken ct)
    {
        var key = SchemaKeys.Session();
        while (true)
        {
            using var transaction = store.Begin();
            var value = await transaction.GetAsync(key, ct);
            var session = checked((value is null ? 0 : BinaryPrimitives.ReadUInt32BigEndian(value.Value.Span)) + 1);
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, session);
            transaction.Put(key, bytes);
            try
            {
                await transaction.CommitAsync(ct);
                return session;
            }
            catch (KvException e) when (e.Fault == KvFault.Conflict)
            {
                // Another opening took this number: the next one is free.
                continue;
            }
        }
    }
}
