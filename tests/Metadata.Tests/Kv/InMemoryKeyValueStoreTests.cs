using ObjectStore.Metadata.Kv;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.Metadata.Tests.Kv;

public sealed class InMemoryKeyValueStoreTests : KeyValueStoreContract
{
    protected override Task<IKeyValueStore> OpenAsync() => Task.FromResult<IKeyValueStore>(new InMemoryKeyValueStore());
}
