using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Tests.Kv;

namespace ObjectStore.Metadata.Tests.Embedded;

public sealed class EmbeddedContractTests : KeyValueStoreContract
{
    private readonly TestStore _store = new(drives: 3);

    protected override async Task<IKeyValueStore> OpenAsync() => await _store.OpenAsync();

    protected override async Task CleanUpAsync() => await _store.DisposeAsync();
}
